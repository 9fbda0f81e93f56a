r"""What was asked: request lines and targets to method, host, path, query and version, over whole columns.

Scanners send bytes that are no HTTP at all, and those lines matter most. A request line that cannot be split is an
event whose method and path are null and whose `url_original` is the text as logged (`malformed_request`). Escapes stay
as logged, and nothing is normalized: what stands here stood in the log.
"""

import polars as pl

from forensics.ingest.distinct import distinct

_METHOD = r"^[A-Za-z][A-Za-z_-]{0,31}$"
_PROTOCOL = r"^HTTP/([0-9](?:\.[0-9])?)$"
_LINE = r"^([A-Za-z][A-Za-z_-]{0,31}) +(\S.*?) +HTTP/([0-9](?:\.[0-9])?)$"
_SIMPLE = r"^(GET) (/[^ ]*)$"  # HTTP/0.9
_ABSOLUTE = r"^([A-Za-z][A-Za-z0-9+.-]{0,15}://)([^/?#]*)([^?]*)(?:\?(.*))?$"
_HOST = r"^(?:[^@]*@)?(\[[^\]]*\]|[^:\]]*)"
_VERSION = r"([0-9](?:\.[0-9])?)$"
_COLUMNS = (
    *("http_request_method", "url_original", "url_scheme", "url_domain", "url_path", "url_query", "http_version"),
    "malformed_request",
)
ROLES = ("request_line", "http_request_method", "url_original", "url_domain", "url_path", "url_query", "http_version")


def requests(logged: pl.DataFrame) -> pl.DataFrame:
    """Return method, `url_scheme` (`https://host` of an absolute target), domain, path, query and version.

    `malformed_request` tells what is no HTTP. `url_original` is set only where the target is not simply path and query.
    """
    missing = [pl.lit(None, pl.String).alias(name) for name in ROLES if name not in logged.columns]
    frame = logged.with_columns(missing).select(ROLES)
    if frame["request_line"].null_count() < frame.height:
        frame = _from_line(frame)
    else:
        frame = frame.with_columns(pl.lit(value=False).alias("malformed_request"))
    frame = _split_target(frame)
    version = pl.col("http_version").str.extract(_VERSION).str.replace(r"^([23])\.0$", "${1}")
    versions = distinct(frame.select("http_version")).then(lambda rows: rows.with_columns(version)).whole()
    return frame.with_columns(versions).select(*_COLUMNS)


def _from_line(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill method, target and version from request lines; only what is not plain takes the slower patterns.

    A plain one is a method, a target and a protocol with single blanks between them.
    """
    line = pl.col("request_line")
    words = frame.select(line.str.splitn(" ", 3).alias("words")).to_series().struct.rename_fields(list("mtp"))
    frame = frame.with_columns(words.struct.unnest()).with_columns(pl.col("p").str.extract(_PROTOCOL).alias("v"))
    plain = pl.col("v").is_not_null() & (pl.col("t") != "") & pl.col("m").str.contains(_METHOD)
    frame = frame.with_columns(plain.alias("plain"))
    left = line.is_not_null() & ~pl.col("plain")
    if not frame.select(left.any()).item():
        return _filled(frame, pl.col("m"), pl.col("t"), pl.col("v"), pl.lit(value=False))
    rest = pl.when(left).then(line)
    frame = frame.with_columns(
        rest.str.extract_groups(_LINE).alias("full"), rest.str.extract_groups(_SIMPLE).alias("simple")
    )
    full, simple = pl.col("full").struct, pl.col("simple").struct
    malformed = left & full[0].is_null() & simple[0].is_null()
    return _filled(
        frame,
        pl.when("plain").then("m").otherwise(pl.coalesce(full[0], simple[0])),
        pl.when("plain").then("t").otherwise(pl.coalesce(full[1], simple[1], pl.when(malformed).then(line))),
        pl.when("plain").then("v").otherwise(full[2]),
        malformed,
    )


def _filled(
    frame: pl.DataFrame, method: pl.Expr, target: pl.Expr, version: pl.Expr, malformed: pl.Expr
) -> pl.DataFrame:
    return frame.with_columns(
        pl.coalesce("http_request_method", method).alias("http_request_method"),
        pl.coalesce(target, "url_original").alias("url_original"),
        pl.coalesce("http_version", version).alias("http_version"),
        malformed.alias("malformed_request"),
    )


def _split_target(frame: pl.DataFrame) -> pl.DataFrame:
    """Split targets at the first `?`; absolute ones give their host, too; `CONNECT` has no path."""
    target = pl.when(~pl.col("malformed_request")).then(pl.col("url_original"))
    authority = pl.col("http_request_method") == "CONNECT"
    frame = frame.with_columns(target.str.splitn("?", 2).alias("halves"))
    halves = pl.col("halves")
    frame = frame.with_columns(
        halves.struct[0].alias("path"),
        halves.struct[1].alias("query"),
        pl.when(~target.str.starts_with("/")).then(target).alias("elsewhere"),
        authority.fill_null(value=False).alias("authority"),
        pl.lit(None, pl.String).alias("url_scheme"),
    )
    absolute = pl.col("elsewhere").str.contains(_ABSOLUTE).fill_null(value=False).alias("absolute")
    frame = frame.with_columns(absolute)
    if frame["absolute"].any():
        frame = frame.with_columns(pl.col("url_original").str.extract_groups(_ABSOLUTE).alias("part"))
        part = pl.col("part").struct
        whole = pl.col("absolute")
        path = pl.when(part[2] == "").then(None).otherwise(part[2])
        frame = frame.with_columns(
            pl.when(whole).then(part[0] + part[1]).alias("url_scheme"),
            pl.when(whole).then(part[1].str.extract(_HOST)).otherwise("url_domain").alias("url_domain"),
            pl.when(whole).then(path).otherwise("path").alias("path"),
            pl.when(whole).then(part[3]).otherwise("query").alias("query"),
        )
    host = pl.when("authority").then("url_original").str.extract(_HOST)
    keep = pl.col("malformed_request") | pl.col("authority")
    return frame.with_columns(
        pl.when(keep).then("url_original").alias("url_original"),
        pl.coalesce(host, "url_domain").alias("url_domain"),
        pl.when(~pl.col("authority")).then(pl.coalesce("path", "url_path")).alias("url_path"),
        pl.when(~pl.col("authority")).then(pl.coalesce("query", "url_query")).alias("url_query"),
    )
