"""Caddy's structured access log, of version 2.0 (`remote_addr`) and later (`remote_ip`, `client_ip`).

Caddy writes all its loggers into one stream; only `http.log.access*` are requests. `client_ip` is Caddy's own
decision by its `trusted_proxies`; the peer stays in `extra`. Written when the response is done: the time is an end.
"""

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_preset import Mark, Preset

_OWN_LOGGERS = (
    r"^(?:http\.(?:auto_https|handlers|acme_client|stdlib)|http\.log\.error|tls\.|admin\.api$|pki\.ca)"
    r"|^(?:http|tls|admin|http\.log)$"
)

CADDY_JSON = Preset(
    name="caddy_json",
    title="Caddy access log (JSON)",
    reference="https://caddyserver.com/docs/logging",
    claims=(
        (Mark("/logger", r"^http\.log\.access"), "/request/method"),
        (Mark("/logger", _OWN_LOGGERS), "/level", "/msg", "/ts"),
    ),
    requests=(Mark("/logger", r"^http\.log\.access"),),
    roles={
        "timestamp:end": ("/ts",),
        "user_id:user": ("/user_id",),
        "user_id:api_key": ("/request/headers/X-Api-Key/0",),
        "user_id:authorization": ("/request/headers/Authorization/0",),
        "source_ip:field": ("/request/client_ip",),
        "source_ip:peer": ("/request/remote_ip", "/request/remote_addr"),
        "network_forwarded_ip": ("/request/headers/X-Forwarded-For",),
        "http_request_method": ("/request/method",),
        "url_original": ("/request/uri",),
        "url_domain": ("/request/host",),
        "http_version": ("/request/proto",),
        "http_response_status_code": ("/status",),
        "http_response_body_bytes": ("/size",),
        "event_duration_us:s": ("/duration", "/latency"),
        "user_agent_original": ("/request/headers/User-Agent/0",),
        "http_request_referrer": ("/request/headers/Referer/0",),
    },
    accepted=(
        Sample(
            '{"level":"info","ts":1772424306.25,"logger":"http.log.access.log0","msg":"handled request","request":'
            '{"remote_ip":"198.18.0.1","remote_port":"4711","client_ip":"198.18.0.7","proto":"HTTP/2.0","method":"GET",'
            '"host":"shop.example","uri":"/a?b=1","headers":{"User-Agent":["x/1"],"Referer":["https://a.example/"],'
            '"X-Forwarded-For":["198.18.0.7"],"Authorization":["REDACTED"]}},"bytes_read":0,"user_id":"ann",'
            '"duration":0.000033987,"size":17,"status":200,"resp_headers":{"Server":["Caddy"]}}',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "end",
                "user_id": "ann",
                "user_id_kind": "user",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "field",
                "network_forwarded_ip": ["198.18.0.7"],
                "http_request_method": "GET",
                "url_path": "/a",
                "url_query": "b=1",
                "url_domain": "shop.example",
                "http_version": "2",
                "http_response_status_code": 200,
                "http_response_body_bytes": 17,
                "event_duration_us": 34,
                "user_agent_original": "x/1",
                "http_request_referrer": "https://a.example/",
            },
        ),
        Sample(
            '{"level":"info","ts":"2026-03-02T04:05:06.250Z","logger":"http.log.access","msg":"handled request",'
            '"request":{"remote_addr":"[2001:db8::7]:4711","proto":"HTTP/1.1","method":"POST","host":"a.example",'
            '"uri":"/","headers":{"User-Agent":["x/1","y/2"],"X-Api-Key":["demo-0001"]}},"common_log":"-",'
            '"duration":1.5,"size":0,"status":0}',
            {
                "source_ip": "2001:db8::7",
                "source_ip_origin": "peer",
                "user_id_kind": "api_key",
                "http_response_status_code": None,
                "event_duration_us": 1_500_000,
                "user_agent_original": "x/1",
                "extra": '{"level":"info","logger":"http.log.access","msg":"handled request","common_log":"-",'
                '"request":{"headers":{"User-Agent":["x/1","y/2"]}}}',
            },
        ),
    ),
    rejected=(
        Sample(
            '{"level":"info","ts":1772424306.2,"logger":"tls.cache.maintenance","msg":"started background"}',
            reason="non_http",
        ),
        Sample(
            '{"level":"error","ts":1772424306.2,"logger":"http.log.error","msg":"dial","request":{"method":"GET"},'
            '"status":502}',
            reason="non_http",
        ),
        Sample(
            '{"level":"info","ts":"noon","logger":"http.log.access","msg":"","request":{"method":"GET"}}',
            reason="no_timestamp",
        ),
    ),
)
