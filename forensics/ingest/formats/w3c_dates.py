"""The instants of W3C lines: date and time columns, or the time alone under the date of the last `#Date` header.

A log without a `date` column runs past midnight without saying so. There a time of day that falls by more than half
a day means that a day has passed; one that rises by almost a whole day is a line from before midnight, written late.
"""

import polars as pl

_FELL, _ROSE = 43_200, 84_600  # seconds
_DATE = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}:[0-9]{2}))?"
_TIME = r"(?:^|[ \t])\"?([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?\"?(?:[ \t]|$)"
_OFFSET = r"^([+-][0-9]{2}):?([0-9]{2})"
_DAY = 86_400


def has_own_date(header: str) -> bool:
    """Tell whether a `#Fields` header has a date column."""
    return any(name in {"date", "date-local"} for name in header.split())


def with_dates(lines: pl.DataFrame) -> pl.DataFrame:
    """Add `date_in_force` to lines with their headers in force: the date of a line that has only a time of day."""
    headers = lines["Fields"].unique().drop_nulls()
    if all(has_own_date(header) for header in headers):
        return lines.with_columns(pl.lit(None, pl.String).alias("date_in_force"))
    header = pl.col("Date").str.extract_groups(_DATE).struct
    starts = pl.col("is_header") & pl.col("text").str.contains(r"(?i)^\s*#date[: ]")
    clock = pl.when(~pl.col("is_header")).then(pl.col("text").str.extract(_TIME))
    lines = lines.with_columns(
        header[0].alias("_date"),
        _seconds(header[1]).alias("_from"),
        _seconds(clock).alias("_clock"),
        starts.cum_sum().alias("_since"),
    )
    known = pl.col("_clock").forward_fill().over("_since")
    step = known - pl.coalesce(known.shift(1).over("_since"), "_from")
    days = pl.when(step < -_FELL).then(1).when(step > _ROSE).then(-1).otherwise(0)
    day = pl.col("_date").str.to_date("%Y-%m-%d", strict=False)
    lines = lines.with_columns(days.cum_sum().over("_since").alias("_days"))
    moved = (day + pl.duration(days=pl.col("_days"))).dt.strftime("%Y-%m-%d")
    return lines.with_columns(moved.alias("date_in_force")).drop("_date", "_from", "_since", "_days", "_clock")


def _seconds(clock: pl.Expr) -> pl.Expr:
    part = clock.str.split(":")
    return sum(
        (part.list.get(place, null_on_oob=True).cast(pl.Int64) * size for place, size in enumerate((3600, 60, 1))),
        start=pl.lit(0, pl.Int64),
    )


def last_date(lines: pl.DataFrame) -> str | None:
    """Return the `#Date` header that says what the last line with only a time said; None if there is no such line."""
    clocks = lines.filter(~pl.col("is_header") & pl.col("date_in_force").is_not_null())
    clocks = clocks.select("date_in_force", pl.col("text").str.extract(_TIME).alias("clock")).drop_nulls()
    return f"#Date: {clocks['date_in_force'][-1]} {clocks['clock'][-1]}" if clocks.height else None


def instants(columns: pl.DataFrame, offset: str | None) -> pl.Series:
    """Return the instants of split lines as ISO text: in UTC, or at `#GMT-Offset`; local times without a zone."""
    zone = "Z"
    if offset and (found := pl.Series([offset]).str.extract_groups(_OFFSET).struct.unnest().row(0)) and found[0]:
        zone = f"{found[0]}:{found[1]}"
    pairs = (("date", "time", zone), ("date_in_force", "time", zone), ("date-local", "time-local", ""))
    whole = [
        pl.concat_str(pl.col(date), pl.lit("T"), pl.col(time), pl.lit(suffix))
        for date, time, suffix in pairs
        if date in columns.columns and time in columns.columns
    ]
    return columns.with_columns(pl.coalesce(*whole, pl.lit(None, pl.String)).alias("instant"))["instant"]
