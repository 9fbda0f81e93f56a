"""The access log of Bitbucket Server and Data Center: fields apart by bars, one line in and one line out.

A request is logged when it comes in (`i@` in front of its id, nothing known of its answer) and when it is answered
(`o@`): the first line is refused as `request_start`, so that no request counts twice. What comes over SSH, and what the
nodes ask each other over gRPC, is no HTTP. The time of an answer is an end. Several addresses are those that proxies
passed on, the peer is the last one.
"""

import polars as pl

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.pattern import QUOTED, TAIL, Layout, Pattern

_TIME = r"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2},[0-9]{3})"
_ADDRESSES = r"(?P<addresses>[0-9A-Fa-f.:]+(?:, ?[0-9A-Fa-f.:]+)*)"
_NUMBER = r"(?:[0-9]+|-)"
_BEGIN = r"^[0-9A-Fa-f.:, ]+ \| "


def _refined(fields: pl.DataFrame) -> pl.DataFrame:
    """Tell the peer from the addresses that were passed on."""
    listed = pl.col("addresses").str.replace_all(" ", "", literal=True).str.split(",")
    passed_on = listed.list.slice(0, listed.list.len() - 1).list.join(",")
    return fields.with_columns(
        listed.list.last().alias("peer"),
        pl.when(listed.list.len() > 1).then(passed_on).alias("forwarded"),
    ).drop("addresses")


_LAYOUT = Layout(
    name="bitbucket",
    patterns=(
        Pattern(
            rf"^{_ADDRESSES} \| (?P<protocol>https?) \| (?P<request_id>[^ i|][^ |]*) \| (?P<user>[^|]+) \| {_TIME}"
            rf' \| "(?P<request>{QUOTED})" \| "(?P<referrer>{QUOTED})" "(?P<user_agent>{QUOTED})"'
            rf" \| (?P<status>[0-9]{{3}}|-) \| (?P<read>{_NUMBER}) \| (?P<written>{_NUMBER}) \| (?P<labels>[^|]+)"
            rf" \| (?P<elapsed>{_NUMBER}) \| (?P<session_id>[^ |]+) \|{TAIL}"
        ),
    ),
    roles=(
        ("timestamp:end", "time"),
        ("source_ip:peer", "peer"),
        ("network_forwarded_ip", "forwarded"),
        ("user_id:user", "user"),
        ("request_line", "request"),
        ("http_response_status_code", "status"),
        ("http_request_bytes", "read"),
        ("http_response_bytes", "written"),
        ("event_duration_us:ms", "elapsed"),
        ("http_request_referrer", "referrer"),
        ("user_agent_original", "user_agent"),
    ),
    refused=(
        (rf"{_BEGIN}https? \| i[@*]", "request_start"),
        (rf"{_BEGIN}(?:ssh|grpc) \| ", "non_http"),
    ),
    refine=_refined,
)
_AT = "2026-03-02 04:05:06,838"
_END = '"GET /scm/a.git/info/refs?b=1 HTTP/1.1" | "" "git/2.44.0"'
BITBUCKET = LineFormat(
    name="bitbucket",
    title="Bitbucket Server and Data Center access log",
    reference="https://confluence.atlassian.com/bitbucketserverkb/how-to-read-the-bitbucket-server-log-formats-"
    "779171668.html",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            f"198.18.9.9,198.18.0.7 | https | o@9K7Z3NNx245x3112x1 | ann | {_AT} | {_END} | 200 | 13"
            " | 512 | refs, cache:hit | 101 | - |",
            {
                "timestamp": "2026-03-02T04:05:06.838000+00:00",
                "timestamp_kind": "end",
                "user_id": "ann",
                "user_id_kind": "user",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "peer",
                "network_forwarded_ip": ["198.18.9.9"],
                "http_request_method": "GET",
                "url_path": "/scm/a.git/info/refs",
                "url_query": "b=1",
                "http_version": "1.1",
                "http_response_status_code": 200,
                "http_request_bytes": 13,
                "http_response_bytes": 512,
                "event_duration_us": 101_000,
                "user_agent_original": "git/2.44.0",
                "http_request_referrer": None,
                "parse_flags": ["timezone_assumed"],
                "extra": '{"protocol":"https","request_id":"o@9K7Z3NNx245x3112x1","labels":"refs, cache:hit"}',
            },
        ),
        Sample(
            f"2001:db8::7 | http | *1Y8NA7Ox764x406x0 | - | {_AT} | {_END} | 401 | - | - | - | - | - |",
            {"user_id": None, "source_range": "2001:db8::/48", "http_request_bytes": None, "event_duration_us": None},
        ),
    ),
    rejected=(
        Sample(
            f"198.18.0.7 | https | i@9K7Z3NNx245x3112x1 | - | {_AT} | {_END} | - | - | - | - | - | - |",
            reason="request_start",
        ),
        Sample(
            "198.18.0.7 | ssh | o*N65BDNx354x326903x0 | ann | 2026-03-02 04:05:06,838 | SSH - git-upload-pack '/a.git'"
            " | - | 0 | 123 | 1024 | refs, ssh:id:610 | 38 | 1cl58rd |",
            reason="non_http",
        ),
        Sample(
            "2026-03-02 04:05:06,838 INFO [main] c.a.b.i.b.BitbucketServerApplication started", reason="not_bitbucket"
        ),
    ),
)
