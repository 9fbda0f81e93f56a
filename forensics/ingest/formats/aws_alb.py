"""AWS Application Load Balancer access logs.

`time` is when the response was generated, `request_creation_time` when the request came in: that one counts where it
is logged. The fields grew over the years, always at the right end; whatever follows the known ones is kept.
"""

import polars as pl

from forensics.ingest.formats.base import Family, LineFormat, Sample
from forensics.ingest.formats.pattern import QUOTED, TAIL, Layout, Pattern
from forensics.ingest.formats.written_times import UTC

_SECONDS = r"-?[0-9]+(?:\.[0-9]+)?"
_TIMES = ("request_processing_time", "target_processing_time", "response_processing_time")
_CORE = (
    rf"^(?P<type>h(?:ttps?|2)|grpcs|wss?) (?P<time>{UTC}) (?P<elb>[^ ]+) (?P<client>[^ ]+) (?P<target>[^ ]+)"
    rf" (?P<request_processing_time>{_SECONDS}) (?P<target_processing_time>{_SECONDS})"
    rf" (?P<response_processing_time>{_SECONDS}) (?P<elb_status_code>[0-9]{{3}}|-) (?P<target_status_code>[0-9]{{3}}|-)"
    r" (?P<received_bytes>-?[0-9]+) (?P<sent_bytes>-?[0-9]+)"
)
_AGENT = rf' "(?P<request>{QUOTED})" "(?P<user_agent>{QUOTED})"'
_STRAY = r' "(?P<request>.*?)" "(?P<user_agent>.*?)"'
_REST = r"(?P<_rest> [^ ]+ [^ ]+ (?:arn:|-).*)?$"


def _quoted(*names: str) -> str:
    return "".join(rf' "(?P<{name}>{QUOTED})"' for name in names)


# Sixteen groups at most are read in one pass, so a line is read in steps: what every line of today has, then what
# was added to it. Lines of older days end earlier.
_TLS = rf"^ (?P<ssl_cipher>[^ ]+) (?P<ssl_protocol>[^ ]+) (?P<target_group_arn>[^ ]+){_quoted('trace_id')}"
_RULE = (
    rf"{_quoted('domain_name', 'chosen_cert_arn')} (?P<matched_rule_priority>[^ ]+) (?P<request_creation_time>[^ ]+)"
)
_ACTION = _quoted("actions_executed", "redirect_url", "error_reason")
_TODAY = rf"{_TLS}{_RULE}{_ACTION}(?P<_added> .*)?$"
_EARLIER = rf"{_TLS}(?:{_RULE}(?:{_ACTION})?)?{TAIL}"
_TARGETS = _quoted("target_port_list", "target_status_code_list", "classification", "classification_reason")
_TRANSFORM = _quoted("transformed_host", "transformed_uri", "request_transform_status")
_ADDED = rf"^(?:{_TARGETS}(?: (?P<conn_trace_id>TID_[^ ]+|-)(?:{_TRANSFORM})?)?)?{TAIL}"


def _refined(fields: pl.DataFrame) -> pl.DataFrame:
    """Split what follows the user agent, and add the three processing times up where all are known."""
    later = _later(fields["_rest"])
    micro = [(pl.col(name).cast(pl.Float64) * 1_000_000).round().cast(pl.Int64) for name in _TIMES]
    known = pl.all_horizontal(part >= 0 for part in micro)
    total = pl.when(known).then(pl.sum_horizontal(micro)).cast(pl.String).alias("duration")
    return pl.concat([fields.with_columns(total), later], how="horizontal")


def _later(rest: pl.Series) -> pl.DataFrame:
    """Return the fields behind the user agent; what cannot be split is `trailing` as a whole."""
    today = rest.str.extract_groups(_TODAY).struct.unnest()
    added = today["_added"].str.extract_groups(_ADDED).struct.unnest()
    read = pl.concat([today.drop("_added"), added], how="horizontal")
    missed = rest.is_not_null() & today["ssl_cipher"].is_null()
    if not missed.any():
        return read
    older = rest.filter(missed).str.extract_groups(_EARLIER).struct.unnest()
    whole = pl.when(pl.col("ssl_cipher").is_null()).then(rest.filter(missed).str.strip_chars_start())
    older = older.with_columns(whole.otherwise("trailing").alias("trailing"))
    return read.with_columns(read[name].scatter(missed.arg_true(), older[name]) for name in older.columns)


_LAYOUT = Layout(
    name="aws_alb",
    patterns=(Pattern(_CORE + _AGENT + _REST), Pattern(_CORE + _STRAY + _REST, flag="unescaped_quote")),
    roles=(
        ("timestamp:start", "request_creation_time"),
        ("timestamp:end", "time"),
        ("source_ip:peer", "client"),
        ("request_line", "request"),
        ("http_response_status_code", "elb_status_code"),
        ("http_request_bytes", "received_bytes"),
        ("http_response_bytes", "sent_bytes"),
        ("event_duration_us:us", "duration"),
        ("user_agent_original", "user_agent"),
    ),
    refine=_refined,
)

_LINE = (
    "https 2026-03-02T04:05:06.250000Z app/shop/50dc6c49 198.18.0.7:2817 198.19.0.1:80 0.001 0.020 0.000 200 200"
    ' 34 366 "GET https://shop.example:443/a?b=1 HTTP/1.1" "x/1 (y)" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2'
    ' arn:aws:elasticloadbalancing:eu-west-1:000000000000:targetgroup/t/1 "Root=1-58337262-36d228ad5d99923122bbe354"'
)
_GREW = ' "shop.example" "-" 0 2026-03-02T04:05:06.229000Z "forward" "-" "-"'
AWS_ALB = LineFormat(
    name="aws_alb",
    title="AWS Application Load Balancer",
    reference="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html",
    family=Family.LINES,
    bind=_LAYOUT.bind,
    read=_LAYOUT.read,
    may_read=_LAYOUT.may_read,
    accepted=(
        Sample(
            f'{_LINE}{_GREW} "198.19.0.1:80" "200" "-" "-" TID_1 "-" "-" "-" "new"',
            {
                "timestamp": "2026-03-02T04:05:06.229000+00:00",
                "timestamp_kind": "start",
                "user_id": None,
                "source_ip": "198.18.0.7",
                "source_ip_origin": "peer",
                "http_request_method": "GET",
                "url_original": "https://shop.example:443/a?b=1",
                "url_domain": "shop.example",
                "url_path": "/a",
                "http_version": "1.1",
                "http_response_status_code": 200,
                "http_request_bytes": 34,
                "http_response_bytes": 366,
                "event_duration_us": 21_000,
                "user_agent_original": "x/1 (y)",
                "parse_flags": ["trailing_fields"],
            },
        ),
        Sample(
            _LINE,
            {"timestamp": "2026-03-02T04:05:06.250000+00:00", "timestamp_kind": "end", "parse_flags": []},
        ),
        Sample(
            "http 2026-03-02T04:05:06.250000Z app/shop/50dc6c495c0c9188 [2001:db8::7]:2817 - -1 -1 -1 400 - 0 288"
            f' "- http://shop.example:80- -" "-" - - - "-"{_GREW}',
            {
                "source_ip": "2001:db8::7",
                "http_request_method": None,
                "url_original": "- http://shop.example:80- -",
                "user_agent_original": None,
                "event_duration_us": None,
                "parse_flags": ["malformed_request"],
            },
        ),
        Sample(
            _LINE.replace("x/1 (y)", 'x" "y'),
            {"user_agent_original": 'x" "y', "parse_flags": ["unescaped_quote"]},
        ),
    ),
    rejected=(
        Sample(_LINE.replace("https ", "tls ", 1), reason="not_aws_alb"),
        Sample("Enable AccessLog for ELB: 000000000000 at 2026-03-02T04:05:06.250Z", reason="not_aws_alb"),
    ),
)
