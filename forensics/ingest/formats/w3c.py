"""W3C Extended Log File Format, as IIS and its relatives write it. Times are UTC and stand for the end of a request.

`#Fields` says which columns there are, and may change inside a file. IIS writes `+` for a blank; in user agents it is
read back as one, so that the same client looks the same in other logs. All other columns stay as logged.
"""

from collections.abc import Sequence

import polars as pl

from forensics.ingest.formats import headed, named, w3c_columns, w3c_dates
from forensics.ingest.formats.base import Binding, Family, LineFormat, Sample, Wishes

_HEADER = headed.Header(("Fields", "Software", "Date", "GMT-Offset"), *headed.W3C_MARK)
_SAME = ["Fields", "Software", "GMT-Offset"]  # what lines share that are split together
_CLOUDFRONT = "x-edge-location"
_HTTP = frozenset({"cs-method", "cs-uri", "cs-uri-stem", "sc-status"})  # a firewall's extended log has none of these
_FTP = r"^\[[0-9]+\]"
_ROLES = (
    ("timestamp:end", "instant"),
    ("timestamp:end", "timestamp"),
    ("source_ip:peer", "c-ip"),
    ("network_forwarded_ip", "X-Forwarded-For"),
    ("network_forwarded_ip", "cs_X-Forwarded-For"),
    ("user_id:user", "cs-username"),
    ("user_id:user", "c-auth-id"),
    ("http_request_method", "cs-method"),
    ("url_original", "cs-uri"),
    ("url_path", "cs-uri-stem"),
    ("url_query", "cs-uri-query"),
    ("url_domain", "cs-host"),
    ("url_domain", "cs_Host"),
    ("http_version", "cs-version"),
    ("http_response_status_code", "sc-status"),
    ("http_response_bytes", "sc-bytes"),
    ("http_request_bytes", "cs-bytes"),
    ("event_duration_us:ms", "milliseconds"),
    ("user_agent_original", "cs_User-Agent"),
    ("http_request_referrer", "cs_Referer"),
    ("http_request_referrer", "cs_Referrer"),
)


def bind(sample: Sequence[str], wishes: Wishes) -> Binding:
    """Return the roles of all columns an extended log may have: a later header may name others than the first."""
    headers = headed.headers(sample, _HEADER, "Fields")
    return named.bind(_ROLES, (name for header in headers for name in headed.column_names(header)), wishes)


def read(text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read a column of lines, each under the header in force there."""
    lines = w3c_dates.with_dates(headed.in_force(text, binding, _HEADER))
    return headed.read("w3c", lines, _SAME, _section, binding)


def _section(lines: pl.DataFrame) -> pl.DataFrame:
    """Read the lines under one header."""
    header, software, offset = lines.select(_SAME).row(0)
    if header is None or _CLOUDFRONT in header:
        return headed.refused(lines, "no_header" if header is None else "not_w3c")
    names = headed.column_names(header)
    if not _HTTP & set(names):
        return headed.refused(lines, "non_http")
    columns = w3c_columns.split(lines["text"], names, tabs="\t" in header)
    columns = columns.with_columns(lines["_row"], lines["date_in_force"])
    columns = columns.with_columns(w3c_dates.instants(columns, offset)).drop("date_in_force")
    dated = None if w3c_dates.has_own_date(header) else "date_from_header"
    return _refined(columns, software).with_columns(pl.lit(dated, pl.String).alias("_dated"))


def _refined(columns: pl.DataFrame, software: str | None) -> pl.DataFrame:
    """Refuse FTP, read `+` in user agents as a blank, and name the durations whose unit is known."""
    held = columns.columns
    if "cs-method" in held:
        ftp = pl.col("cs-method").str.contains(_FTP).fill_null(value=False)
        columns = columns.with_columns(pl.when(ftp).then(pl.lit("non_http")).otherwise("_reason").alias("_reason"))
    if "cs_User-Agent" in held:
        agent = pl.col("cs_User-Agent")
        spaced = agent.str.replace_many(["++", "+"], [" +", " "], leftmost=True)
        columns = columns.with_columns(pl.when(agent.str.contains(" ", literal=True)).then(agent).otherwise(spaced))
    is_iis = software is None or "Microsoft" in software or "IIS" in software
    taken = "TimeTakenMS" if "TimeTakenMS" in held else "time-taken"  # others log seconds, or do not say
    if taken in held and (is_iis or taken != "time-taken"):
        columns = columns.with_columns(pl.col(taken).alias("milliseconds")).drop(taken)
    return columns.drop([name for name in ("date", "time") if name in held])


def carry(text: pl.Series, binding: Binding) -> tuple[str, ...]:
    """Return the header lines in force behind a chunk; `#Date` moves on with lines that have only a time of day."""
    if not len(text):
        return binding.in_force
    lines = w3c_dates.with_dates(headed.in_force(text, binding, _HEADER))
    kept = headed.as_lines(lines, _HEADER)
    date = w3c_dates.last_date(lines)
    return (*(line for line in kept if not line.startswith("#Date:")), date) if date else kept


_IIS = (
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer)"
    " sc-status sc-substatus sc-win32-status time-taken"
)
_TIME_ONLY = ("#Date: 2026-03-01 23:59:58", "#Fields: time c-ip cs-method cs-uri-stem sc-status")
W3C = LineFormat(
    name="w3c",
    title="W3C extended log (IIS)",
    reference="https://www.w3.org/TR/WD-logfile.html",
    family=Family.LINES,
    bind=bind,
    read=read,
    may_read=headed.may_read,
    carry=carry,
    accepted=(
        Sample(
            "2026-03-02 04:05:06 198.19.0.1 GET /a b=1 80 FIRM\\ann 198.18.0.7 x/1+(y;++http://z.example) - 200 0 0 15",
            {
                "timestamp": "2026-03-02T04:05:06+00:00",
                "timestamp_kind": "end",
                "user_id": "FIRM\\ann",
                "source_ip": "198.18.0.7",
                "url_original": "/a?b=1",
                "http_response_status_code": 200,
                "event_duration_us": 15_000,
                "user_agent_original": "x/1 (y; +http://z.example)",
                "http_request_referrer": None,
                "parse_flags": [],
                "extra": '{"s-ip":"198.19.0.1","s-port":"80","sc-substatus":"0","sc-win32-status":"0"}',
            },
            beside=("#Software: Microsoft Internet Information Services 10.0", _IIS),
        ),
        Sample(
            "2026-03-02 04:05:06 ::1 POST /p Cmd=a b;c d 444  firm\\ann 2001:db8::7 - - 200 0 0 0",
            {"url_query": "Cmd=a b;c d", "user_id": "firm\\ann", "parse_flags": ["blanks_in_query"]},
            beside=(_IIS,),
        ),
        Sample(
            "00:00:03 198.18.0.7 GET /a 200",
            {"timestamp": "2026-03-02T00:00:03+00:00", "parse_flags": ["date_from_header"]},
            beside=_TIME_ONLY,
        ),
        Sample(
            '2026-03-02 04:05:06.250 "198.18.0.7" GET /a "x/1 (y, ""z"")" 200 109 later',
            {
                "timestamp": "2026-03-02T04:05:06.250000+00:00",
                "source_ip": "198.18.0.7",
                "user_agent_original": 'x/1 (y, "z")',
                "event_duration_us": 109_000,
                "extra": '{"date-local":"2026-03-02","time-local":"04:05:06.250","trailing":"later"}',
                "parse_flags": ["timezone_assumed", "trailing_fields"],
            },
            beside=(
                "  #Fields:   date-local time-local   c-ip cs-method cs-uri-stem cs(User-Agent) sc-status TimeTakenMS",
            ),
        ),
        Sample(
            "198.18.0.7 2026-03-01 20:05:06 /a 200",
            {"timestamp": "2026-03-02T04:05:06+00:00", "url_path": "/a"},
            beside=("#GMT-Offset: -0800", "#Fields: c-ip date time cs-uri-stem sc-status"),
        ),
    ),
    rejected=(
        Sample("2026-03-02 04:05:06 198.19.0.1 GET /a", beside=(_IIS,), reason="field_count"),
        Sample("2026-03-02 04:05:06 198.18.0.7 GET /a 200", reason="no_header"),
        Sample("04:05:06 198.18.0.7 [2]USER anonymous 331", beside=_TIME_ONLY, reason="non_http"),
        Sample("2026-13-02 04:05:06 /", beside=("#Fields: date time cs-uri-stem",), reason="no_timestamp"),
        Sample("2026-03-02 04:05:06 DROP UDP", beside=("#Fields: date time action protocol",), reason="non_http"),
    ),
)
