"""Text columns to the types of the table: times, whole numbers, yes or no."""

import polars as pl
import pyarrow as pa

from forensics.context.kinds import Kind
from forensics.context.problems import Problems
from forensics.schema.base import FLAG, INT, TIME

_TIME = (
    r"^(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<minute>\d{2}:\d{2})(?P<second>:\d{2})?(?:[.,](?P<fraction>\d{1,9}))?"
    r" ?(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?$"
)
_MICROSECONDS = 6
_NUMBER = r"(?i)^(?:AS)?(\d{1,10})$"
_AS_NUMBER_MAX = (1 << 32) - 1
_YES = ("true", "yes", "y", "t", "1")
_NO = ("false", "no", "n", "f", "0")


def typed(frame: pl.DataFrame, name: str, kind: Kind, problems: Problems, notes: list[str]) -> pl.DataFrame:
    """Return the frame with its columns typed as the table wants them; each cell that cannot be is a problem."""
    for column in kind.table.columns:
        if column.name not in kind.columns():
            continue
        if column.type == TIME:
            _note_zone(frame[column.name], name, notes)
        converted = frame.select(_converted(column.name, column.type)).to_series()
        wrong = frame.filter(frame[column.name].is_not_null() & converted.is_null())
        problems.cells(wrong, column.name, _WANTED.get(column.type, ""))
        frame = frame.with_columns(converted)
    return frame


_WANTED = {
    TIME: "{} is not a time; write 2026-03-07T22:40:00Z",
    INT: "{} is not an AS number; write 64500",
    FLAG: "{} is not yes or no; write true or false",
}


def _converted(column: str, kind: pa.DataType) -> pl.Expr:
    text = pl.col(column)
    if kind == TIME:
        return _time(text).alias(column)
    if kind == INT:
        number = text.str.extract(_NUMBER, 1).cast(pl.Int64)
        return pl.when(number <= _AS_NUMBER_MAX).then(number).alias(column)
    if kind == FLAG:
        word = text.str.to_lowercase()
        return (
            pl.when(word.is_in(_YES))
            .then(pl.lit(value=True))
            .when(word.is_in(_NO))
            .then(pl.lit(value=False))
            .alias(column)
        )
    return text


def _time(text: pl.Expr) -> pl.Expr:
    """Return the time that RFC 3339 text, or a date, means in UTC; null for anything else.

    Without an offset it is read as UTC; a date is its midnight. Digits beyond microseconds are cut off.
    """
    part = text.str.extract_groups(_TIME).struct
    fraction = part.field("fraction").fill_null("").str.pad_end(_MICROSECONDS, "0").str.slice(0, _MICROSECONDS)
    offset = part.field("offset").str.replace(r"^[Zz]$", "+00:00").str.replace(r"^([+-]\d{2})$", "${1}:00")
    whole = pl.concat_str(
        part.field("date"),
        pl.lit("T"),
        part.field("minute").fill_null("00:00"),
        part.field("second").fill_null(":00"),
        pl.lit("."),
        fraction,
        offset.fill_null("+00:00"),
    )
    return whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f%:z", time_unit="us", strict=False)


def _note_zone(cells: pl.Series, name: str, notes: list[str]) -> None:
    """Say once per column how many times had to be taken for UTC."""
    part = cells.str.extract_groups(_TIME).struct
    bare = part.field("date").is_not_null() & part.field("offset").is_null()
    dates = int((bare & part.field("minute").is_null()).sum())
    times = int(bare.sum()) - dates
    if times:
        notes.append(f"{name}, column {cells.name}: times without an offset are read as UTC ({times:,})")
    if dates:
        notes.append(f"{name}, column {cells.name}: dates are read as their midnight in UTC ({dates:,})")
