r"""Zeek `http.log` as TSV: the header names separator, fields, and the words for unset and empty.

Bytes that are not printable, and separators inside values, are written `\xHH` and stay so here; only in the list of
proxies they are read back, to find the addresses in it. The time is when the request was seen.
"""

import re
from collections.abc import Sequence

import polars as pl

from forensics.ingest.formats import headed, named
from forensics.ingest.formats.base import Binding, Family, LineFormat, Sample, Wishes

_DIRECTIVES = ("separator", "set_separator", "empty_field", "unset_field", "path", "fields")
_HEAD = headed.Header(_DIRECTIVES, *headed.ZEEK_MARK)
_NEEDED = ("ts", "method", "uri")
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_PROXIED = r"(?i)^(?:X-FORWARDED-FOR|FORWARDED|CLIENT-IP|X-REAL-IP) -> (.*)$"
_ROLES = (
    ("timestamp:start", "ts"),
    ("source_ip:peer", "id.orig_h"),
    ("network_forwarded_ip", "forwarded"),
    ("user_id:user", "username"),
    ("http_request_method", "method"),
    ("url_original", "uri"),
    ("url_domain", "host"),
    ("http_version", "version"),
    ("http_response_status_code", "status_code"),
    ("http_response_body_bytes", "response_body_len"),
    ("user_agent_original", "user_agent"),
    ("http_request_referrer", "referrer"),
)


def bind(sample: Sequence[str], wishes: Wishes) -> Binding:
    """Return the roles of the fields of an HTTP log."""
    headers = headed.headers(sample, _HEAD, "fields")
    return named.bind(_ROLES, (name for header in headers for name in header.split("\t")), wishes)


def read(text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read a column of lines, each under the header in force there."""
    return headed.read("zeek_http", headed.in_force(text, binding, _HEAD), _DIRECTIVES, _section, binding)


def _section(lines: pl.DataFrame) -> pl.DataFrame:
    """Read the lines under one header."""
    head = lines.select(_DIRECTIVES).row(0, named=True)
    separator = _unescaped(head["separator"] or r"\x09") or "\t"
    names = headed.unique((head["fields"] or "").split(separator))
    is_http = (head["path"] or "http").startswith("http") and set(_NEEDED) <= set(names)
    if not is_http:
        return headed.refused(lines, "no_header" if head["fields"] is None else "non_http")
    cells = lines["text"].str.split(separator)
    frame = pl.DataFrame({"_row": lines["_row"], "_cells": cells})
    size = pl.col("_cells").list.len()
    absent = [head["unset_field"] or "-", head["empty_field"] or "(empty)"]
    value = [pl.col("_cells").list.get(place, null_on_oob=True).alias(name) for place, name in enumerate(names)]
    rest = pl.col("_cells").list.slice(len(names)).list.join(separator)
    fields = frame.select(
        "_row",
        *(pl.when(~each.is_in(absent)).then(each) for each in value),
        pl.when(size > len(names)).then(rest).alias(named.TRAILING),
        pl.when(size > len(names)).then(pl.lit("trailing_fields")).alias("_flag"),
        pl.when(size < len(names)).then(pl.lit("field_count")).alias("_reason"),
    )
    return fields.with_columns(_forwarded(fields, head["set_separator"] or ",")) if "proxied" in names else fields


def _forwarded(fields: pl.DataFrame, separator: str) -> pl.Series:
    r"""Return the addresses among the proxy headers (`X-FORWARDED-FOR -> 198.18.0.7\x2c 198.18.0.8`)."""
    header = pl.element().str.replace_all(r"\x2c", ",", literal=True).str.extract(_PROXIED)
    listed = pl.col("proxied").str.split(separator).list.eval(header.drop_nulls())
    joined = pl.when(listed.list.len() > 0).then(listed.list.join(","))
    return fields.select(joined.alias("forwarded"))["forwarded"]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def carry(text: pl.Series, binding: Binding) -> tuple[str, ...]:
    """Return the header lines in force behind a chunk."""
    return headed.carry(text, binding, _HEAD)


_SHORT = ("#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\thttp")
_FIELDS = (
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\ttrans_depth\tmethod\thost\turi\tversion\tuser_agent\tresponse_body_len"
    "\tstatus_code\ttags\tusername\tpassword\tproxied"
)
_HEADER = (*_SHORT, _FIELDS)
_LINE = (
    "1772424306.250001\tCqgZDu1\t198.18.0.7\t1035\t1\tGET\tshop.example\t/a?b=1\t1.1\tx/1\\x09(y)\t323\t200\t(empty)"
)
ZEEK_HTTP = LineFormat(
    name="zeek_http",
    title="Zeek http.log (TSV)",
    reference="https://docs.zeek.org/en/current/logs/http.html",
    family=Family.LINES,
    bind=bind,
    read=read,
    may_read=headed.may_read,
    carry=carry,
    accepted=(
        Sample(
            f"{_LINE}\tann\t-\tX-FORWARDED-FOR -> 198.18.9.9\\x2c 198.18.9.8,VIA -> 1.1 p",
            {
                "timestamp": "2026-03-02T04:05:06.250001+00:00",
                "timestamp_kind": "start",
                "user_id": "ann",
                "source_ip": "198.18.0.7",
                "source_ip_origin": "peer",
                "network_forwarded_ip": ["198.18.9.9", "198.18.9.8"],
                "url_domain": "shop.example",
                "url_original": "/a?b=1",
                "http_version": "1.1",
                "http_response_status_code": 200,
                "http_response_body_bytes": 323,
                "user_agent_original": "x/1\\x09(y)",
                "parse_flags": [],
                "extra": '{"uid":"CqgZDu1","id.orig_p":"1035","trans_depth":"1",'
                '"proxied":"X-FORWARDED-FOR -> 198.18.9.9\\\\x2c 198.18.9.8,VIA -> 1.1 p"}',
            },
            beside=_HEADER,
        ),
        Sample(f"{_LINE}\t-\t-\t-\tnew", {"user_id": None, "parse_flags": ["trailing_fields"]}, beside=_HEADER),
        Sample(
            "1772424306.250001|198.18.0.7|GET|/a",
            {"url_path": "/a", "source_ip": "198.18.0.7"},
            beside=("#separator \\x7c", "#path|http", "#fields|ts|id.orig_h|method|uri"),
        ),
    ),
    rejected=(
        Sample(_LINE, beside=_HEADER, reason="field_count"),
        Sample(_LINE, reason="no_header"),
        Sample(
            "1772424306.250001\tCqgZDu1\t198.18.0.7\ttcp",
            beside=("#path\tconn", "#fields\tts\tuid\tid.orig_h\tproto"),
            reason="non_http",
        ),
    ),
)
