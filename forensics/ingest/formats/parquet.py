"""Parquet: columns by name. Rows have no bytes of their own, so events cite row group and row instead."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from forensics.errors import SourceError
from forensics.ingest.formats import aliases
from forensics.ingest.formats.base import Binding, Family, Field, LineFormat, Wishes

ROWS = 65_536  # per chunk
_SAMPLED = 200
_LISTED = 12


def batches(path: Path, start: int = 0) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield (ordinal of the first row, rows as text columns with `row_group` and `row`) in file order.

    From the batch on that begins with row `start`; row groups before it are not read.
    """
    with pq.ParquetFile(path) as file:
        ordinal = 0
        for group in range(file.num_row_groups):
            if (behind := ordinal + file.metadata.row_group(group).num_rows) <= start:
                ordinal = behind
                continue
            row = 0
            for batch in file.iter_batches(batch_size=ROWS, row_groups=[group]):
                if ordinal >= start:
                    columns = as_text(pa.Table.from_batches([batch]))
                    places = pl.int_range(row, row + batch.num_rows, eager=True)
                    yield ordinal, columns.with_columns(pl.lit(group, pl.Int64).alias("row_group"), places.alias("row"))
                row += batch.num_rows
                ordinal += batch.num_rows


def as_text(table: pa.Table) -> pl.DataFrame:
    """Return a table with every value as text; nested records become dotted columns, lists comma lists."""
    frame = pl.DataFrame(pl.from_arrow(table))
    while nested := [name for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
        for name in nested:
            frame = frame.unnest(name, separator=".") if frame.schema[name] != pl.Struct([]) else frame.drop(name)
    return frame.select(_text(name, kind) for name, kind in frame.schema.items())


def _text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    match kind:
        case pl.Datetime():
            return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f" + ("%:z" if kind.time_zone else ""))
        case pl.List():
            return column.list.eval(pl.element().cast(pl.String, strict=False)).list.join(",")
        case pl.Binary():
            return column.bin.encode("hex")
        case _:
            return column.cast(pl.String, strict=False)


def head(path: Path) -> pl.DataFrame:
    """Return the first rows of a file as text. Raise `SourceError` where it is no readable Parquet."""
    try:
        return next((rows.head(_SAMPLED) for _, rows in batches(path)), pl.DataFrame())
    except (pa.ArrowException, OSError) as error:
        raise SourceError(f"its Parquet cannot be read: {error}", hint="copy the file again") from None


def bind_columns(rows: pl.DataFrame, wishes: Wishes) -> Binding:
    """Decide which column plays which role. Raise `SourceError` where none holds a time."""
    values = {name: rows[name].drop_nulls().to_list() for name in rows.columns if name not in {"row_group", "row"}}
    names = ", ".join(list(values)[:_LISTED])
    if missing := sorted(set(wishes.values()) - set(values)):
        raise SourceError(f"it has no column {missing[0]!r} (columns: {names})")
    pairs = aliases.choose(values, wishes)
    if not aliases.has_time(pairs):
        raise SourceError(f"no column holds a time (columns: {names})", hint="name it: --map timestamp=COLUMN")
    return Binding(fields=tuple(Field(role, name) for role, name in pairs if name in values), header=tuple(values))


def read_columns(rows: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """Return the bound columns by role and the others, with row group and row, as `extra`."""
    bound = {field.name for field in binding.fields}
    rest = [name for name in binding.header if name not in bound]
    return rows.select(
        *(pl.col(field.name).alias(field.role) for field in binding.fields),
        pl.struct(*rest, "row_group", "row").struct.json_encode().alias("extra"),
        pl.lit("parquet").alias("log_format"),
        pl.lit(None, pl.String).alias("reason"),
        pl.lit(["not_byte_addressable"], pl.List(pl.String)).alias("flags"),
    )


def _no_lines(_: Sequence[str], __: Mapping[str, str]) -> Binding:
    raise SourceError("it is no Parquet file (those begin with PAR1)", hint="leave --format away")


def _refuse(text: pl.Series, _: Binding) -> pl.DataFrame:
    """Return no event: a line of text is never Parquet."""
    nothing = pl.lit(None, pl.String)
    frame = text.to_frame("text")
    return frame.select(
        nothing.alias("log_format"),
        pl.lit("not_parquet").alias("reason"),
        pl.lit([], pl.List(pl.String)).alias("flags"),
    )


PARQUET = LineFormat(
    name="parquet",
    title="Apache Parquet",
    reference="https://parquet.apache.org/docs/file-format/",
    family=Family.PARQUET,
    bind=_no_lines,
    read=_refuse,
    accepted=(),
    rejected=(),
)
