"""Logged times to UTC microseconds, over whole columns.

Three shapes are read, whatever the format they come from: the time of the Common Log Format (English month names,
whatever the locale), RFC 3339 / ISO 8601, and seconds, milliseconds, microseconds or nanoseconds since 1970, told
apart by magnitude. A time without an offset is taken in a given zone and said to be so.
"""

import polars as pl

from forensics.ingest import compiled

_ISO = (
    r"^([0-9]{4}[-/][0-9]{2}[-/][0-9]{2})[Tt _]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?"
    r" ?(?:([Zz]|UTC|GMT)|([+-])([0-9]{2}):?([0-9]{2})?)?$"
)
_EPOCH = r"^(-?[0-9]{1,19})(?:\.([0-9]*))?$"
_SCIENTIFIC = r"^-?[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}$"
_CLF = r"^\[?[0-9]{1,2}/[A-Za-z]{3}/[0-9]{4}:"
_UNITS = ((10**11, 1_000_000, 6), (10**14, 1_000, 3), (10**17, 1, 0))  # below: factor to µs, decimals that count
_HOUR = 3_600_000_000
_INSTANT = pl.Datetime("us", "UTC")
EARLIEST, LATEST = 1995, 2100  # years; a time outside is kept, flagged, and left out of first and last


def instants(text: pl.Series, zone: str) -> pl.DataFrame:
    """Return `timestamp` (UTC, µs; null where unreadable), `assumed` (had no offset) and `ambiguous`, row by row.

    `zone` is the IANA zone of times without an offset. A local time that a clock change made ambiguous is the
    earlier instant; one that it skipped is one hour on; both are `ambiguous`. Each distinct text is read once.
    """
    column = text.cast(pl.String).alias("text")
    if (plain := _plain(column)) is not None:
        return plain
    distinct = column.unique()
    if len(distinct) == len(column):
        return _instants(column, zone)
    table = pl.concat([distinct.to_frame(), _instants(distinct, zone)], how="horizontal")
    return column.to_frame().join(table, on="text", how="left", maintain_order="left", nulls_equal=True).drop("text")


def _plain(text: pl.Series) -> pl.DataFrame | None:
    """Return the same, by one look, where each text says its offset in one of the two usual forms; None where not."""
    if not compiled.worthwhile(compiled.LOADED):
        return None
    from forensics.ingest.layout import instants

    found = instants.instants(text)
    if found is None:
        return None
    no = pl.Series([False]).new_from_index(0, len(found))
    return pl.DataFrame({"timestamp": found.cast(_INSTANT), "assumed": no, "ambiguous": no})


def nothing(height: int) -> pl.DataFrame:
    """Return what `instants` does of texts in which nothing is said."""
    none = pl.select(
        pl.lit(None, _INSTANT).alias("timestamp"),
        pl.lit(value=False).alias("assumed"),
        pl.lit(value=False).alias("ambiguous"),
    )
    return none.select(column.new_from_index(0, height) for column in none.get_columns())


def _instants(text: pl.Series, zone: str) -> pl.DataFrame:
    frame = pl.DataFrame({"text": text})
    missing = pl.lit(None, _INSTANT)
    frame = frame.with_columns(missing.alias("zoned"), pl.lit(None, pl.Datetime("us")).alias("naive"))
    if _any(text, _CLF):
        frame = _clf(frame)
    if frame["zoned"].null_count() == text.null_count():
        return _settled(frame, zone)
    if _any(text, _ISO):
        frame = _iso(frame)
    if _any(text, _EPOCH) or _any(text, _SCIENTIFIC):
        frame = frame.with_columns(pl.col("text").str.extract_groups(_EPOCH).alias("part"))
        frame = frame.with_columns(pl.coalesce("zoned", _epoch()).alias("zoned")).drop("part")
    return _settled(frame, zone)


def _any(text: pl.Series, pattern: str) -> bool:
    return bool(text.str.contains(pattern).any())


def _clf(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill `zoned` from times of the Common Log Format; only what is not plain is tried with a fraction."""
    bare = pl.col("text").str.strip_chars("[]")
    whole = bare.str.to_datetime("%d/%b/%Y:%H:%M:%S %z", strict=False, time_unit="us", time_zone="UTC")
    frame = frame.with_columns(whole.alias("zoned"))
    if frame["zoned"].null_count() == frame["text"].null_count():
        return frame
    fraction = bare.str.to_datetime("%d/%b/%Y:%H:%M:%S%.f %z", strict=False, time_unit="us", time_zone="UTC")
    return frame.with_columns(pl.coalesce("zoned", fraction).alias("zoned"))


def _iso(frame: pl.DataFrame) -> pl.DataFrame:
    """Fill `zoned` and `naive` from ISO texts, in integers: nothing is rounded up and nothing overflows."""
    frame = frame.with_columns(pl.col("text").str.extract_groups(_ISO).alias("part"))
    part = pl.col("part").struct
    days = part[0].str.replace_all("/", "-", literal=True).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int64)
    hour, minute, second = (part[position].cast(pl.Int64) for position in (1, 2, 3))
    fraction = pl.coalesce(part[4], pl.lit("")).str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
    off_hour, off_minute = part[7].cast(pl.Int64), pl.coalesce(part[8], pl.lit("0")).cast(pl.Int64)
    offset = (off_hour * 60 + off_minute) * 60 * pl.when(part[6] == "-").then(-1).otherwise(1)
    valid = (hour < 24) & (minute < 60) & (second <= 60) & (off_minute < 60) & (off_hour.fill_null(0) < 24)  # noqa: PLR2004
    local = pl.when(valid).then((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction)
    has_offset = part[5].is_not_null() | part[6].is_not_null()
    frame = frame.with_columns(local.alias("local"), has_offset.alias("has"), offset.fill_null(0).alias("offset"))
    utc = pl.when("has").then(pl.col("local") - pl.col("offset") * 1_000_000).cast(_INSTANT)
    return frame.with_columns(
        pl.coalesce("zoned", utc).alias("zoned"),
        pl.when(~pl.col("has")).then("local").cast(pl.Datetime("us")).alias("naive"),
    ).drop("local", "has", "offset", "part")


def _epoch() -> pl.Expr:
    """Return instants of numbers since 1970, the unit told by magnitude; fractions count exactly to the µs."""
    part = pl.col("part").struct
    number = part[0].cast(pl.Int64, strict=False)
    fraction = pl.coalesce(part[1], pl.lit(""))
    size = number.abs()
    parts = [
        number * factor + _decimals(fraction, places) * pl.when(part[0].str.starts_with("-")).then(-1).otherwise(1)
        for _, factor, places in _UNITS
    ]
    exact = (
        pl.when(size < _UNITS[0][0])
        .then(parts[0])
        .when(size < _UNITS[1][0])
        .then(parts[1])
        .when(size < _UNITS[2][0])
        .then(parts[2])
    )
    real = pl.when(pl.col("text").str.contains(_SCIENTIFIC)).then(pl.col("text").cast(pl.Float64, strict=False))
    factor = pl.when(real < 1e11).then(1e6).when(real < 1e14).then(1e3).when(real < 1e17).then(1.0).otherwise(1e-3)  # noqa: PLR2004
    floating = (real * factor).round().cast(pl.Int64, strict=False)
    return pl.coalesce(exact.otherwise(number // 1000), floating).cast(_INSTANT)


def _decimals(fraction: pl.Expr, places: int) -> pl.Expr:
    if not places:
        return pl.lit(0)
    return fraction.str.pad_end(places, "0").str.slice(0, places).cast(pl.Int64)


def _settled(frame: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Bring naive times to UTC in `zone` and choose between the two readings."""
    naive = pl.col("naive")
    if not frame["naive"].null_count() < frame.height:
        return frame.select(
            pl.col("zoned").alias("timestamp"),
            pl.lit(value=False).alias("assumed"),
            pl.lit(value=False).alias("ambiguous"),
        )
    early, late = (_in_zone(naive, zone, ambiguous) for ambiguous in ("earliest", "latest"))
    skipped = _in_zone(naive + pl.duration(microseconds=_HOUR), zone, "earliest")
    read = pl.coalesce("zoned", early, skipped)
    assumed = pl.col("zoned").is_null() & naive.is_not_null()
    return frame.select(
        read.alias("timestamp"),
        assumed.alias("assumed"),
        (assumed & (early.is_null() | (early != late))).alias("ambiguous"),
    )


def _in_zone(naive: pl.Expr, zone: str, ambiguous: str) -> pl.Expr:
    local = naive.dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")  # type: ignore[arg-type]
    return local.dt.convert_time_zone("UTC")


def implausible(timestamps: pl.Expr) -> pl.Expr:
    """Return which times no access log can carry: a counter or a broken clock, not a date."""
    return ~timestamps.dt.year().is_between(EARLIEST, LATEST)


def readable_share(values: list[str]) -> float:
    """Return the share of values that are plausible times: how a time field is told from a duration."""
    if not values:
        return 0.0
    read = instants(pl.Series(values, dtype=pl.String), "UTC")
    return float(read.select((~implausible(pl.col("timestamp"))).fill_null(value=False).mean()).item())
