"""Nginx Proxy Manager: the formats `proxy` (proxy hosts) and `standard` (redirections, dead hosts).

nginx writes a line when the request is over, so its time is an end. `$upstream_status` lists the answers of all servers
that were tried.
"""

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.pattern import QUOTED, TAIL, Layout, Pattern
from forensics.ingest.formats.written_times import CLF

_TRIED = r"(?P<upstream_cache_status>[A-Z]+|-) (?P<upstream_status>[0-9-]+(?:(?:, | : )[0-9-]+)*) "
_BOTH = (
    r'(?P<status>[0-9]{3}) - (?P<method>[^ ]+) (?P<scheme>[^ ]+) (?P<host>[^ ]+) "(?P<target>' + QUOTED + r')"'
    r" \[Client (?P<client>[^\]]+)\] \[Length (?P<length>[0-9]+)\] \[Gzip (?P<gzip_ratio>[^\]]+)\]"
)
_AGENT = rf' "(?P<user_agent>{QUOTED})" "(?P<referrer>{QUOTED})"{TAIL}'
_LAYOUT = Layout(
    name="nginx_proxy_manager",
    patterns=(
        Pattern(rf"^\[(?P<time>{CLF})\] {_TRIED}{_BOTH} \[Sent-to (?P<sent_to>[^\]]*)\]{_AGENT}"),
        Pattern(rf"^\[(?P<time>{CLF})\] {_BOTH}{_AGENT}"),
    ),
    roles=(
        ("timestamp:end", "time"),
        ("source_ip:peer", "client"),
        ("http_request_method", "method"),
        ("url_domain", "host"),
        ("url_original", "target"),
        ("http_response_status_code", "status"),
        ("http_response_body_bytes", "length"),
        ("user_agent_original", "user_agent"),
        ("http_request_referrer", "referrer"),
    ),
)
_END = 'GET https shop.example "/a?b=1" [Client 198.18.0.7] [Length 512] [Gzip 2.47]'
NGINX_PROXY_MANAGER = LineFormat(
    name="nginx_proxy_manager",
    title="Nginx Proxy Manager access log (proxy, standard)",
    reference="https://github.com/NginxProxyManager/nginx-proxy-manager (docker/rootfs/etc/nginx/conf.d/include/"
    "log-proxy.conf)",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            f'[02/Mar/2026:04:05:06 +0200] MISS 200 200 - {_END} [Sent-to 198.19.0.1] "x/1" "https://a.example/"',
            {
                "timestamp": "2026-03-02T02:05:06+00:00",
                "timestamp_kind": "end",
                "user_id": None,
                "source_ip": "198.18.0.7",
                "source_ip_origin": "peer",
                "http_request_method": "GET",
                "url_domain": "shop.example",
                "url_path": "/a",
                "url_query": "b=1",
                "http_response_status_code": 200,
                "http_response_body_bytes": 512,
                "user_agent_original": "x/1",
                "http_request_referrer": "https://a.example/",
                "parse_flags": [],
                "extra": '{"upstream_cache_status":"MISS","upstream_status":"200","scheme":"https",'
                '"gzip_ratio":"2.47","sent_to":"198.19.0.1"}',
            },
        ),
        Sample(
            '[02/Mar/2026:04:05:06 +0000] - 502, 504 : 200 200 - POST http shop.example "/\\x22" [Client 2001:db8::7]'
            ' [Length 0] [Gzip -] [Sent-to app] "-" "-"',
            {
                "source_range": "2001:db8::/48",
                "url_path": "/\\x22",
                "user_agent_original": None,
                "extra": '{"upstream_status":"502, 504 : 200","scheme":"http","sent_to":"app"}',
            },
        ),
        Sample(
            f'[02/Mar/2026:04:05:06 +0000] 404 - {_END} "x/1" "-"',
            {"http_response_status_code": 404, "extra": '{"scheme":"https","gzip_ratio":"2.47"}'},
        ),
    ),
    rejected=(
        Sample("2026/03/02 04:05:06 [error] 7#7: *1 connect() failed", reason="not_nginx_proxy_manager"),
        Sample(f"[02/Mar/2026:04:05:06 +0000] 404 - {_END}", reason="not_nginx_proxy_manager"),
    ),
)
