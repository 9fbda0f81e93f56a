"""AWS CloudFront standard logs: tabs, two header lines, UTC, the time when the edge had finished responding.

The fields grew from twelve to thirty-three, always at the right end, and delivery may cut the last ones off: the
header decides, and without one the order of the documentation. User agents are percent-encoded, in older files twice;
they are decoded, so that the same client looks the same in other logs. All other fields stay as logged.
"""

from collections.abc import Sequence

import polars as pl

from forensics.ingest.formats import headed, named
from forensics.ingest.formats.base import Binding, Family, LineFormat, Sample, Wishes
from forensics.ingest.lookups import lookups

_FIELDS = headed.Header(("Fields",), *headed.W3C_MARK)
_STANDARD = headed.column_names(
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent)"
    " cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken"
    " x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status"
    " fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len"
    " sc-range-start sc-range-end"
)
_FEWEST = 12
_AGENT, _FORWARDED, _MILLISECONDS = "cs_User-Agent", "x-forwarded-for", "timestamp(ms)"
_CHECKED = {"date": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "time": r"^[0-9]{2}:[0-9]{2}:[0-9]{2}$", "sc-status": r"^[0-9-]+$"}
_ROLES = (
    ("timestamp:end", "instant"),
    ("timestamp:end", _MILLISECONDS),
    ("timestamp:end", "timestamp"),
    ("source_ip:peer", "c-ip"),
    ("network_forwarded_ip", _FORWARDED),
    ("source_as_number", "asn"),
    ("http_request_method", "cs-method"),
    ("url_domain", "x-host-header"),
    ("url_domain", "cs_Host"),
    ("url_path", "cs-uri-stem"),
    ("url_query", "cs-uri-query"),
    ("http_version", "cs-protocol-version"),
    ("http_response_status_code", "sc-status"),
    ("http_response_bytes", "sc-bytes"),
    ("http_request_bytes", "cs-bytes"),
    ("event_duration_us:s", "time-taken"),
    ("user_agent_original", _AGENT),
    ("http_request_referrer", "cs_Referer"),
)
# Decoded once more where the first pass left escapes and no blank: older files were encoded twice.
_DECODE = """
WITH once AS (SELECT row, text, coalesce(try(url_decode(text)), text) AS decoded FROM lines)
SELECT CASE WHEN regexp_matches(decoded, '%[0-9A-Fa-f]{2}') AND NOT contains(decoded, ' ')
       THEN coalesce(try(url_decode(decoded)), decoded) ELSE decoded END AS decoded
FROM once
ORDER BY row
"""


def bind(sample: Sequence[str], wishes: Wishes) -> Binding:
    """Return the roles of all fields CloudFront has."""
    headers = headed.headers(sample, _FIELDS, "Fields")
    seen = [name for header in headers for name in headed.column_names(header)]
    return named.bind(_ROLES, seen or _STANDARD, wishes)


def read(text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read a column of lines, each under the header in force there or, without one, in the documented order."""
    return headed.read("aws_cloudfront", headed.in_force(text, binding, _FIELDS), _FIELDS.directives, _section, binding)


def may_read(text: pl.Series) -> bool:
    """Tell whether any line has tabs between its fields, or may be a header."""
    return bool(text.str.contains_any(["\t", "#"]).any())


def _section(lines: pl.DataFrame) -> pl.DataFrame:
    """Read the lines under one header."""
    header = lines["Fields"][0]
    names = headed.column_names(header) if header else _STANDARD
    if not {"x-edge-location", _MILLISECONDS} & set(names):
        return headed.refused(lines, "not_aws_cloudfront")
    frame = lines.select("_row", pl.col("text").str.split("\t").alias("_cells"))
    cells, size = pl.col("_cells"), pl.col("_cells").list.len()
    frame = frame.with_columns(cells.list.get(place, null_on_oob=True).alias(name) for place, name in enumerate(names))
    told = [pl.col(name).str.contains(shape) for name, shape in _CHECKED.items() if name in names]
    good = pl.all_horizontal(size >= min(_FEWEST, len(names)), *told).fill_null(value=False)
    more, fewer = size > len(names), size < len(names)
    flag = pl.when(more).then(pl.lit("trailing_fields")).when(fewer).then(pl.lit("missing_fields"))
    fields = frame.with_columns(
        pl.when(more).then(cells.list.slice(len(names)).list.join("\t")).alias(named.TRAILING),
        flag.alias("_flag"),
        pl.when(~good).then(pl.lit("not_aws_cloudfront")).alias("_reason"),
    )
    return _refined(fields.drop("_cells"))


def _refined(fields: pl.DataFrame) -> pl.DataFrame:
    """Join date and time, and decode the forwarded addresses and the user agent."""
    if {"date", "time"} <= set(fields.columns):
        instant = pl.concat_str("date", pl.lit("T"), "time", pl.lit("Z")).alias("instant")
        fields = fields.with_columns(instant).drop("date", "time")
    if _FORWARDED in fields.columns:
        fields = fields.with_columns(pl.col(_FORWARDED).str.replace_all("%20", "", literal=True))
    return fields.with_columns(decoded_agents(fields[_AGENT])) if _AGENT in fields.columns else fields


def decoded_agents(agents: pl.Series) -> pl.Series:
    """Return percent-decoded user agents, each distinct one decoded once; what is no UTF-8 stays as logged."""
    distinct = agents.filter(agents.str.contains("%", literal=True).fill_null(value=False)).unique().sort()
    if distinct.is_empty():
        return agents
    rows = pl.DataFrame({"row": pl.int_range(len(distinct), eager=True), "text": distinct})
    with lookups() as engine:
        engine.register("lines", rows.to_arrow())
        decoded = pl.Series("decoded", engine.rows(_DECODE)["decoded"])
    return agents.replace(distinct, decoded)


def carry(text: pl.Series, binding: Binding) -> tuple[str, ...]:
    """Return the header line in force behind a chunk."""
    return headed.carry(text, binding, _FIELDS)


_OLD = (
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)"
    " cs(User-Agent) cs-uri-query"
)
_HEADER = ("#Version: 1.0", _OLD)
_LINE = (
    "2026-03-02\t04:05:06\tFRA50-P1\t703\t198.18.0.7\tGET\td1.cloudfront.example\t/a%20b\t200\t-\tx/1%20(y;%20z+)\tq=1"
)
_MORE = (
    "\t-\tHit\tR1==\tshop.example\thttps\t62\t0.113\t198.18.9.9,%20198.18.0.7\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit"
    "\tHTTP/2.0\t-\t-\t51754\t0.113\tHit\ttext/html\t20"
)
CLOUDFRONT = LineFormat(
    name="aws_cloudfront",
    title="AWS CloudFront standard log",
    reference="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html",
    family=Family.LINES,
    bind=bind,
    read=read,
    may_read=may_read,
    carry=carry,
    accepted=(
        Sample(
            f"{_LINE}{_MORE}\t-\t-",
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "timestamp_kind": "end",
                "source_ip": "198.18.0.7",
                "network_forwarded_ip": ["198.18.9.9", "198.18.0.7"],
                "url_domain": "shop.example",
                "url_original": "/a%20b?q=1",
                "http_version": "2",
                "http_response_status_code": 200,
                "http_response_bytes": 703,
                "http_request_bytes": 62,
                "event_duration_us": 113_000,
                "user_agent_original": "x/1 (y; z+)",
                "parse_flags": [],
            },
        ),
        Sample(f"{_LINE}{_MORE}", {"url_path": "/a%20b", "parse_flags": ["missing_fields"]}),
        Sample(f"{_LINE}{_MORE}\t-\t-\tnew\tnewer", {"parse_flags": ["trailing_fields"]}),
        Sample(
            _LINE.replace("x/1%20(y;%20z+)", "x/1%2520(y;%2520z+)"),
            {"user_agent_original": "x/1 (y; z+)", "url_domain": "d1.cloudfront.example", "parse_flags": []},
            beside=_HEADER,
        ),
        Sample(
            _LINE.replace("x/1%20(y;%20z+)", "x/1%20%2541%FF"),
            {"user_agent_original": "x/1%20%2541%FF", "extra": '{"x-edge-location":"FRA50-P1"}'},
            beside=_HEADER,
        ),
    ),
    rejected=(
        Sample("2026-03-02\t04:05:06\tFRA50-P1\t703", reason="not_aws_cloudfront"),
        Sample("2026-03-02\t04:05\tFRA50-P1\t703", beside=_HEADER, reason="not_aws_cloudfront"),
    ),
)
