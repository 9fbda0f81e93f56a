"""Parquet: every column as the text a person would have typed."""

from pathlib import Path
from typing import cast

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from forensics.case import canonical
from forensics.context.sheet import Sheet
from forensics.errors import ContextError, SourceError


def read(path: Path) -> Sheet:
    """Read a Parquet file. Raise `SourceError` if it is damaged or holds bytes that are no text."""
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"{path.name} is not readable Parquet: {error}", hint="write it again") from None
    names = table.column_names
    if twice := [column for place, column in enumerate(names) if column in names[:place]]:
        raise ContextError(f"{path.name}: column {twice[0]!r} stands twice", hint="rename one")
    cells = pl.DataFrame({column: _text(path.name, column, table[column]) for column in names})
    return Sheet(path.name, cells, pl.Series("row", range(1, table.num_rows + 1), dtype=pl.Int64))


def _text(file: str, name: str, column: pa.ChunkedArray) -> pl.Series:
    """Return one column as text: times in RFC 3339, nested values as JSON."""
    series = cast("pl.Series", pl.from_arrow(column)).alias(name)
    kind = series.dtype
    if isinstance(kind, pl.Datetime):
        zone = "Z" if kind.time_zone else ""
        in_utc = series.dt.convert_time_zone("UTC") if kind.time_zone else series
        return in_utc.dt.to_string(f"%Y-%m-%dT%H:%M:%S%.6f{zone}")
    if isinstance(kind, pl.List | pl.Struct | pl.Array):
        values = [None if value is None else canonical(value) for value in column.to_pylist()]
        return pl.Series(name, values, dtype=pl.String)
    try:
        return series.cast(pl.String)
    except pl.exceptions.PolarsError:
        raise SourceError(f"{file}: column {name!r} holds bytes, not text", hint="store it as text") from None
