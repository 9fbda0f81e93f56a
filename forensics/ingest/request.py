r"""What was asked: request lines and targets to method, host, path, query and version, over whole columns.

Scanners send bytes that are no HTTP at all, and those lines matter most. A request line that cannot be split is an
event whose method and path are null and whose `url_original` is the text as logged (`malformed`). Escapes stay as
logged, and nothing is normalized: what stands here stood in the log.
"""

import polars as pl

_PLAIN = r"^([A-Za-z][A-Za-z_-]{0,31}) ([^ ]+) HTTP/([0-9](?:\.[0-9])?)$"
_LINE = r"^([A-Za-z][A-Za-z_-]{0,31}) +(\S.*?) +HTTP/([0-9](?:\.[0-9])?)$"
_SIMPLE = r"^(GET) (/[^ ]*)$"  # HTTP/0.9
_ABSOLUTE = r"^([A-Za-z][A-Za-z0-9+.-]{0,15}://)([^/?#]*)([^?]*)(?:\?(.*))?$"
_HOST = r"^(?:[^@]*@)?(\[[^\]]*\]|[^:\]]*)"
_VERSION = r"([0-9](?:\.[0-9])?)$"
_COLUMNS = (
    *("http_request_method", "url_original", "url_scheme", "url_domain", "url_path", "url_query", "http_version"),
    "malformed",
)
_ROLES = ("request_line", "http_request_method", "url_original", "url_domain", "url_path", "url_query", "http_version")


def requests(logged: pl.DataFrame) -> pl.DataFrame:
    """Return method, `url_scheme` (`https://host` of an absolute target), domain, path, query, version, `malformed`.

    `url_original` is set only where the target is not simply path and query.
    """
    missing = [pl.lit(None, pl.String).alias(name) for name in _ROLES if name not in logged.columns]
    frame = logged.with_columns(missing).select(_ROLES)
    if frame["request_line"].null_count() < frame.height:
        frame = _from_line(frame)
    else:
        frame = frame.with_columns(pl.lit(value=False).alias("malformed"))
    frame = _split_target(frame)
    version = pl.col("http_version").str.extract(_VERSION).str.replace(r"^([23])\.0$", "${1}")
    return frame.with_columns(version.alias("http_version")).select(*_COLUMNS)


def _from_line(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill method, target and version from request lines; only what is not plain takes the slower patterns."""
    line = pl.col("request_line")
    frame = frame.with_columns(line.str.extract_groups(_PLAIN).alias("plain"))
    part = pl.col("plain").struct
    left = line.is_not_null() & part[0].is_null()
    if not frame.select(left.any()).item():
        return _filled(frame, part[0], part[1], part[2], pl.lit(value=False))
    rest = pl.when(left).then(line)
    frame = frame.with_columns(
        rest.str.extract_groups(_LINE).alias("full"), rest.str.extract_groups(_SIMPLE).alias("simple")
    )
    full, simple = pl.col("full").struct, pl.col("simple").struct
    malformed = left & full[0].is_null() & simple[0].is_null()
    return _filled(
        frame,
        pl.coalesce(part[0], full[0], simple[0]),
        pl.coalesce(part[1], full[1], simple[1], pl.when(malformed).then(line)),
        pl.coalesce(part[2], full[2]),
        malformed,
    )


def _filled(
    frame: pl.DataFrame, method: pl.Expr, target: pl.Expr, version: pl.Expr, malformed: pl.Expr
) -> pl.DataFrame:
    return frame.with_columns(
        pl.coalesce("http_request_method", method).alias("http_request_method"),
        pl.coalesce(target, "url_original").alias("url_original"),
        pl.coalesce("http_version", version).alias("http_version"),
        malformed.alias("malformed"),
    )


def _split_target(frame: pl.DataFrame) -> pl.DataFrame:
    """Split targets at the first `?`; absolute ones give their host, too; `CONNECT` has no path."""
    target = pl.when(~pl.col("malformed")).then(pl.col("url_original"))
    authority = pl.col("http_request_method") == "CONNECT"
    frame = frame.with_columns(target.str.splitn("?", 2).alias("halves"))
    halves = pl.col("halves")
    frame = frame.with_columns(
        halves.struct[0].alias("path"),
        halves.struct[1].alias("query"),
        (~target.str.starts_with("/") & target.str.contains(_ABSOLUTE)).fill_null(value=False).alias("absolute"),
        authority.fill_null(value=False).alias("authority"),
        pl.lit(None, pl.String).alias("url_scheme"),
    )
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
    host = pl.col("url_original").str.extract(_HOST)
    keep = pl.col("malformed") | pl.col("authority")
    return frame.with_columns(
        pl.when(keep).then("url_original").alias("url_original"),
        pl.coalesce(pl.when("authority").then(host), "url_domain").alias("url_domain"),
        pl.when(~pl.col("authority")).then(pl.coalesce("path", "url_path")).alias("url_path"),
        pl.when(~pl.col("authority")).then(pl.coalesce("query", "url_query")).alias("url_query"),
    ).drop("path", "query", "absolute", "authority", "halves")
