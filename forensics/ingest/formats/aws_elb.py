"""AWS Classic Load Balancer access logs. `time` is when the request came in. TCP listeners log no request."""

import polars as pl

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.pattern import QUOTED, TAIL, Layout, Pattern
from forensics.ingest.formats.written_times import UTC

_SECONDS = r"-?[0-9]+(?:\.[0-9]+)?"
_TIMES = ("request_processing_time", "backend_processing_time", "response_processing_time")
_CORE = (
    rf"^(?P<time>{UTC}) (?P<elb>[^ ]+) (?P<client>[^ ]+:[0-9]+) (?P<backend>[^ ]+)"
    rf" (?P<request_processing_time>{_SECONDS}) (?P<backend_processing_time>{_SECONDS})"
    rf" (?P<response_processing_time>{_SECONDS}) (?P<elb_status_code>[0-9]{{3}}|-)"
    rf' (?P<backend_status_code>[0-9]{{3}}|-) (?P<received_bytes>[0-9]+) (?P<sent_bytes>[0-9]+) "(?P<request>{QUOTED})"'
)
_AGENT = rf' "(?P<user_agent>{QUOTED})" (?P<ssl_cipher>[^ ]+) (?P<ssl_protocol>[^ ]+)'
_TCP = "- - - "


def _refined(fields: pl.DataFrame) -> pl.DataFrame:
    """Refuse what a TCP listener logged, and add the three processing times up where all are known."""
    micro = [(pl.col(name).cast(pl.Float64) * 1_000_000).round().cast(pl.Int64) for name in _TIMES]
    known = pl.all_horizontal(part >= 0 for part in micro)
    return fields.with_columns(
        pl.when(pl.col("request") != _TCP).then("_rank").alias("_rank"),
        pl.when(known).then(pl.sum_horizontal(micro)).cast(pl.String).alias("duration"),
    )


_LAYOUT = Layout(
    name="aws_elb",
    patterns=(Pattern(_CORE + _AGENT + TAIL), Pattern(_CORE + TAIL)),
    roles=(
        ("timestamp:start", "time"),
        ("source_ip:peer", "client"),
        ("request_line", "request"),
        ("http_response_status_code", "elb_status_code"),
        ("http_request_bytes", "received_bytes"),
        ("http_response_bytes", "sent_bytes"),
        ("event_duration_us:us", "duration"),
        ("user_agent_original", "user_agent"),
    ),
    refused=((f'"{_TCP}"', "non_http"),),
    refine=_refined,
)
_LINE = "2026-03-02T04:05:06.250000Z shop 198.18.0.7:2817 198.19.0.1:80 0.000086 0.001048 0.001337 200 200 7 57"
AWS_ELB = LineFormat(
    name="aws_elb",
    title="AWS Classic Load Balancer",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            f'{_LINE} "GET https://shop.example:443/ HTTP/1.1" "x/1" DHE-RSA-AES128-SHA TLSv1.2',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "timestamp_kind": "start",
                "source_ip": "198.18.0.7",
                "url_domain": "shop.example",
                "url_path": "/",
                "http_response_status_code": 200,
                "http_request_bytes": 7,
                "http_response_bytes": 57,
                "event_duration_us": 2471,
                "user_agent_original": "x/1",
                "parse_flags": [],
            },
        ),
        Sample(
            f'{_LINE} "GET http://shop.example:80/ HTTP/1.1"',
            {"user_agent_original": None, "url_path": "/", "parse_flags": []},
        ),
    ),
    rejected=(
        Sample(
            "2026-03-02T04:05:06.250000Z shop 198.18.0.7:2817 198.19.0.1:80 0.001069 0.000028 0.000041 - - 82 305"
            ' "- - - " "-" - -',
            reason="non_http",
        ),
        Sample(_LINE, reason="not_aws_elb"),
    ),
)
