"""Tables of a package: exact values in Parquet, guarded cells in CSV."""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forensics.audience import Disclosure, pseudonyms
from forensics.case import Case, write_parquet
from forensics.engine import Engine, Resources
from forensics.names import mentions
from forensics.schema import (
    ACCOUNT_FEATURES,
    ANALYSIS,
    CLUSTER_MEMBERS,
    CLUSTERS,
    CONTEXT,
    EVENTS,
    EXHIBITS,
    FINDINGS,
    LOG_FILES,
    LOG_HOURS,
    REJECTS,
    REQUESTS,
    Table,
)
from forensics.text import guard_cell

_BATCH = 65_536
# Text that no guard would change: it begins like a word and holds printable ASCII only.
_HARMLESS = r"^[0-9A-Za-z][ -~]*$"
_COPIED = (LOG_FILES, LOG_HOURS, *CONTEXT.values(), *(table for table in ANALYSIS if table is not REQUESTS))
_READ = (EVENTS, REQUESTS, ACCOUNT_FEATURES, CLUSTERS, CLUSTER_MEMBERS, FINDINGS, EXHIBITS)


@dataclass(frozen=True)
class Withheld:
    """Rows that were left out of one table, and why."""

    table: str
    rows: int
    reason: str


@dataclass(frozen=True)
class Written:
    """What the tables of a package lack: those the case does not have, and rows that were left out."""

    absent: tuple[str, ...]
    withheld: tuple[Withheld, ...]


def write_tables(case: Case, folder: Path, disclosure: Disclosure, resources: Resources | None = None) -> Written:
    """Write the tables that a reader may see below `folder`, each twice: Parquet and CSV.

    An internal reader gets every table of the case, but of the events only the cited ones and of the derived
    requests none: both are as large as the logs. Any other reader gets the tables that its profile names.
    """
    folder.mkdir(parents=True)
    if disclosure.profile.whole_tables:
        return _write_all(case, folder, disclosure, resources)
    withheld = []
    queries = files("forensics.evidence") / "disclosed" / disclosure.profile.name
    with Engine.over(case, *_READ, resources=resources) as engine:
        engine.register("disclosed", pseudonyms(case, disclosure))
        for query in sorted(queries.iterdir(), key=lambda one: one.name):
            name = query.name.removesuffix(".sql")
            rows = _without(engine.rows(query), disclosure.hidden)
            if rows.left_out:
                withheld.append(Withheld(name, rows.left_out, "names_other"))
            _write_rows(rows.kept, folder, name)
    return Written((), tuple(withheld))


def _write_all(case: Case, folder: Path, disclosure: Disclosure, resources: Resources | None) -> Written:
    absent, withheld = [], []
    events = _events_of(case, disclosure.withheld, resources)
    for table in (*_COPIED, REJECTS):
        parts = sorted(case.folder.glob(table.path))
        if not parts:
            absent.append(table.name)
            continue
        count = _write_parquet(table, parts, folder / f"{table.name}.parquet", disclosure.withheld, events)
        if count:
            withheld.append(Withheld(table.name, count, "on_request"))
        _write_csv(table, _batches([folder / f"{table.name}.parquet"]), folder / f"{table.name}.csv")
    if case.has(EXHIBITS):
        with Engine.over(case, EVENTS, EXHIBITS, resources=resources) as engine:
            rows = engine.rows(files("forensics.evidence") / "cited_events.sql")
        cited = _without(EVENTS.conform(rows), disclosure.withheld)
        if cited.left_out:
            withheld.append(Withheld("cited_events", cited.left_out, "on_request"))
        write_parquet(cited.kept, folder / "cited_events.parquet")
        _write_csv(EVENTS, cited.kept.to_batches(), folder / "cited_events.csv")
    return Written(tuple(absent), tuple(withheld))


def _events_of(case: Case, names: frozenset[str], resources: Resources | None) -> pa.Array:
    """Return the ids of the events of some accounts: an id holds the place of a line in its log file."""
    if not names:
        return pa.array([], pa.string())
    with Engine.over(case, REQUESTS, resources=resources) as engine:
        engine.register("withheld", pa.table({"user_id": pa.array(sorted(names), pa.string())}))
        found = engine.rows(files("forensics.evidence") / "withheld_events.sql")
    return found["event_id"].combine_chunks()


@dataclass(frozen=True)
class _Kept:
    kept: pa.Table
    left_out: int


def _without(rows: pa.Table, names: Iterable[str]) -> _Kept:
    """Return the rows of a table in which none of the names stands, in any column."""
    wanted = frozenset(names)
    texts = [column for column in rows.columns if pa.types.is_string(column.type) or pa.types.is_list(column.type)]
    if not wanted or not texts or not rows.num_rows:
        return _Kept(rows, 0)
    hit = pa.array([False] * rows.num_rows)
    for column in texts:
        words = pl.Series(pl.from_arrow(column))
        flat = words.cast(pl.List(pl.String)).list.join(" ") if isinstance(words.dtype, pl.List) else words
        exact = flat.is_in(sorted(wanted)).fill_null(value=False)
        found = pl.Series(mentions(flat.fill_null(""), wanted), dtype=pl.Boolean)
        hit = pc.or_(hit, (exact | found).to_arrow())
    kept = rows.filter(pc.invert(hit))
    return _Kept(kept, rows.num_rows - kept.num_rows)


def _without_events(rows: pa.Table, events: pa.Array) -> _Kept:
    """Return the rows of a table that are about none of some events; a row that cites one beside others loses it."""
    kept = rows
    for place, field in enumerate(rows.schema):
        if not (field.name.endswith("_id") and pa.types.is_string(field.type)):
            continue
        hit = pc.is_in(kept[field.name], value_set=events)
        if field.name == "event_id":
            kept = kept.filter(pc.invert(hit))
        else:
            blank = pa.scalar(None, pa.string())
            kept = kept.set_column(place, field, pc.if_else(hit, blank, kept[field.name]))
    return _Kept(kept, rows.num_rows - kept.num_rows)


def _write_parquet(table: Table, parts: list[Path], path: Path, names: Iterable[str], events: pa.Array) -> int:
    """Copy a table of one file as it is, so that its hash stays the one in the case; join one of several.

    Rows with one of the names, or about one of the events, are left out; return how many.
    """
    wanted = frozenset(names)
    if len(parts) == 1 and not wanted:
        shutil.copyfile(parts[0], path)
        return 0
    left_out = 0
    with pq.ParquetWriter(path, table.arrow(), compression="zstd") as writer:
        for batch in _batches(parts):
            rows = _without(table.conform(pa.Table.from_batches([batch])), wanted)
            others = _without_events(rows.kept, events)
            left_out += rows.left_out + others.left_out
            writer.write_table(others.kept)
    return left_out


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


def _write_rows(rows: pa.Table, folder: Path, name: str) -> None:
    write_parquet(rows, folder / f"{name}.parquet")
    frame = pl.DataFrame(pl.from_arrow(rows))
    frame.select(_cells(column) for column in frame).write_csv(folder / f"{name}.csv")


def _cells(column: pl.Series) -> pl.Series:
    """Return a column as it stands in a CSV: times in RFC 3339, the items of a list joined, text guarded."""
    if isinstance(column.dtype, pl.Datetime):
        return column.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ")
    if isinstance(column.dtype, pl.List):
        return guard_column(column.cast(pl.List(pl.String)).list.join("; "))
    return guard_column(column) if column.dtype == pl.String else column


def guard_column(column: pl.Series) -> pl.Series:
    """Return `text.guard_cell` of a whole column; each distinct value that could need it is looked at once."""
    suspects = column.filter(~column.str.contains(_HARMLESS)).unique().sort()
    if suspects.is_empty():
        return column
    return column.replace(suspects, pl.Series([guard_cell(value) for value in suspects], dtype=pl.String))
