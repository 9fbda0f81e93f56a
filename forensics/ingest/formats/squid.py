"""Squid's native access log. The time is when the reply was finished; Squid cuts queries off unless told otherwise."""

import polars as pl

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.pattern import TAIL, Layout, Pattern

_LEAD = (
    r"^(?P<time>[0-9]{9,10}\.[0-9]{3}) +(?P<elapsed>-?[0-9]+) (?P<client>[^ ]+)"
    r" (?P<result>[A-Z_]+)/(?P<status>[0-9]{3}) (?P<bytes>-?[0-9]+) (?P<method>[^ ]+)"
)
_END = r" (?P<user>[^ ]+) (?P<hierarchy>[A-Z_]+)/(?P<peer>[^ ]+) (?P<mime>[^ ]+)"


def _refined(fields: pl.DataFrame) -> pl.DataFrame:
    """Tell requests that Squid could not read: their URL is `error:WHY` and their method `NONE`."""
    unreadable = pl.col("url").str.starts_with("error:")
    return fields.with_columns(
        pl.when(unreadable).then("url").alias("unreadable"),
        pl.when(~unreadable).then("url").alias("url"),
        pl.when(~unreadable).then("method").alias("method"),
    )


_LAYOUT = Layout(
    name="squid",
    patterns=(
        Pattern(f"{_LEAD} (?P<url>[^ ]+){_END}{TAIL}"),
        Pattern(f"{_LEAD} (?P<url>.+?){_END}{TAIL}", flag="blanks_in_url"),
    ),
    roles=(
        ("timestamp:end", "time"),
        ("source_ip:peer", "client"),
        ("user_id:user", "user"),
        ("request_line", "unreadable"),
        ("http_request_method", "method"),
        ("url_original", "url"),
        ("http_response_status_code", "status"),
        ("http_response_bytes", "bytes"),
        ("event_duration_us:ms", "elapsed"),
    ),
    refine=_refined,
)


SQUID = LineFormat(
    name="squid",
    title="Squid native access log",
    reference="https://wiki.squid-cache.org/Features/LogFormat",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            "1772424306.250    153 198.18.0.7 TCP_MISS/200 1374 GET http://job.example/list? ann HIER_DIRECT/198.19.0.1"
            " text/html",
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "end",
                "user_id": "ann",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "peer",
                "http_request_method": "GET",
                "url_original": "http://job.example/list?",
                "url_domain": "job.example",
                "url_path": "/list",
                "http_response_status_code": 200,
                "http_response_bytes": 1374,
                "event_duration_us": 153_000,
                "parse_flags": [],
                "extra": '{"result":"TCP_MISS","hierarchy":"HIER_DIRECT","peer":"198.19.0.1","mime":"text/html"}',
            },
        ),
        Sample(
            "1772424306.250      0 2001:db8::7 TCP_TUNNEL/200 39 CONNECT chat.example:443 - HIER_DIRECT/2001:db8::9 -",
            {
                "user_id": None,
                "source_range": "2001:db8::/48",
                "http_request_method": "CONNECT",
                "url_original": "chat.example:443",
                "url_domain": "chat.example",
                "url_path": None,
            },
        ),
        Sample(
            "1772424306.001      0 198.18.0.7 NONE/400 3560 NONE error:invalid-request - HIER_NONE/- text/html",
            {
                "http_request_method": None,
                "url_original": "error:invalid-request",
                "url_path": None,
                "parse_flags": ["malformed_request"],
            },
        ),
        Sample(
            "1772424306.001      9 198.18.0.7 TCP_HIT/000 0 GET http://a.example/b - HIER_NONE/- - [Host: a] [x]",
            {
                "http_response_status_code": None,
                "parse_flags": ["trailing_fields"],
                "extra": '{"result":"TCP_HIT","hierarchy":"HIER_NONE","trailing":"[Host: a] [x]"}',
            },
        ),
        Sample(
            "1772424306.001      9 198.18.0.7 TCP_MISS/200 5 GET http://a.example/b c - HIER_NONE/- text/html",
            {"url_path": "/b c", "parse_flags": ["blanks_in_url"]},
        ),
    ),
    rejected=(
        Sample("1772424306.001 9 198.18.0.7 TCP_MISS 200 5 GET http://a.example/b - HIER_NONE/- -", reason="not_squid"),
        Sample("2026/03/02 04:05:06 kid1| Starting Squid Cache version 6.6", reason="not_squid"),
    ),
)
