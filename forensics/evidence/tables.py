"""Tables of a package: exact values in Parquet, guarded cells in CSV."""

import shutil
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from forensics.case import Case, write_parquet
from forensics.engine import Engine, Resources
from forensics.schema import ANALYSIS, CONTEXT, EVENTS, EXHIBITS, LOG_FILES, LOG_HOURS, REJECTS, REQUESTS, Table
from forensics.text import guard_cell

_BATCH = 65_536
# Text that no guard would change: it begins like a word and holds printable ASCII only.
_HARMLESS = r"^[0-9A-Za-z][ -~]*$"
_COPIED = (LOG_FILES, LOG_HOURS, *CONTEXT.values(), *(table for table in ANALYSIS if table is not REQUESTS))


def write_tables(case: Case, folder: Path, resources: Resources | None = None) -> list[str]:
    """Write every table of the case below `folder`, twice; return the names of those the case does not have.

    Of the events only the cited ones are written, and of the derived requests none: both are as large as the logs.
    """
    folder.mkdir(parents=True)
    absent = []
    for table in (*_COPIED, REJECTS):
        parts = sorted(case.folder.glob(table.path))
        if not parts:
            absent.append(table.name)
            continue
        _write_parquet(table, parts, folder / f"{table.name}.parquet")
        _write_csv(table, _batches(parts), folder / f"{table.name}.csv")
    if case.has(EXHIBITS):
        with Engine.over(case, EVENTS, EXHIBITS, resources=resources) as engine:
            cited = EVENTS.conform(engine.rows(files("forensics.evidence") / "cited_events.sql"))
        write_parquet(cited, folder / "cited_events.parquet")
        _write_csv(EVENTS, cited.to_batches(), folder / "cited_events.csv")
    return absent


def _write_parquet(table: Table, parts: list[Path], path: Path) -> None:
    """Copy a table of one file as it is, so that its hash stays the one in the case; join one of several."""
    if len(parts) == 1:
        shutil.copyfile(parts[0], path)
        return
    with pq.ParquetWriter(path, table.arrow(), compression="zstd") as writer:
        for batch in _batches(parts):
            writer.write_table(table.conform(pa.Table.from_batches([batch])))


def _batches(parts: list[Path]) -> Iterator[pa.RecordBatch]:
    for part in parts:
        with pq.ParquetFile(part) as stream:
            yield from stream.iter_batches(_BATCH)


def _write_csv(table: Table, batches: Iterable[pa.RecordBatch], path: Path) -> None:
    """Write a table for people: one value per cell, RFC 4180 quotes, no cell that a spreadsheet would run."""
    with path.open("wb") as stream:
        stream.write((",".join(table.names()) + "\n").encode())
        for batch in batches:
            frame = pl.DataFrame(pl.from_arrow(table.conform(pa.Table.from_batches([batch]))))
            frame.select(_cells(column) for column in frame).write_csv(stream, include_header=False)


def _cells(column: pl.Series) -> pl.Series:
    """Return a column as it stands in a CSV: times in RFC 3339, the items of a list joined, text guarded."""
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    if isinstance(column.dtype, pl.List):
        return guard_column(column.list.join("; "))
    return guard_column(column) if column.dtype == pl.String else column


def guard_column(column: pl.Series) -> pl.Series:
    """Return `text.guard_cell` of a whole column; each distinct value that could need it is looked at once."""
    suspects = column.filter(~column.str.contains(_HARMLESS)).unique().sort()
    if suspects.is_empty():
        return column
    return column.replace(suspects, pl.Series([guard_cell(value) for value in suspects], dtype=pl.String))
