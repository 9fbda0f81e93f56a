"""How the files of a case are written: aside and renamed, the same rows as the same bytes."""

import base64
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from forensics.errors import BusyError

_ROWS_PER_GROUP = 122_880
_GIVEN = "dictionaries"  # metadata: the columns that were given as dictionaries
# A dictionary of these would hold every row; each is hardly more than the one before it.
_NEVER_REPEATED = {
    "event_id": "DELTA_BYTE_ARRAY",
    "log_line": "DELTA_BINARY_PACKED",
    "log_offset": "DELTA_BINARY_PACKED",
}
_SOUGHT = frozenset({"event_id", "log_file_sha256", "content_sha256"})  # other text stands in no order: no bounds of it


def write_parquet(rows: pa.Table | pa.RecordBatchReader, path: Path, schema: pa.Schema | None = None) -> None:
    """Write rows aside and rename the file: the same rows give the same bytes, and a crash leaves no half file.

    Rows of a reader are regrouped, so that the file does not depend on how they were batched. A table may bring text
    as Arrow dictionaries, each value once in order of first rows: then it is not hashed again, and is one group.
    """
    schema = schema or rows.schema
    plain = pa.schema(
        [
            (name, getattr(kind, "value_type", kind) if pa.types.is_dictionary(kind) else kind)
            for name, kind in zip(schema.names, schema.types, strict=True)
        ]
    )
    with (
        _aside(path) as aside,
        pq.ParquetWriter(
            aside,
            schema,
            compression="zstd",
            use_dictionary=sorted(set(schema.names) - set(_NEVER_REPEATED)),
            column_encoding={name: kind for name, kind in _NEVER_REPEATED.items() if name in schema.names},
            write_statistics=[
                name for name in schema.names if name in _SOUGHT or plain.field(name).type != pa.string()
            ],
            store_schema=False,
        ) as writer,
    ):
        coded = ",".join(name for name in schema.names if plain.field(name).type != schema.field(name).type)
        told = {"ARROW:schema": base64.b64encode(plain.serialize().to_pybytes()).decode(), _GIVEN: coded}
        writer.add_key_value_metadata(told)
        for group in _row_groups(rows):
            writer.write_table(group.select(schema.names).cast(schema), row_group_size=max(1, len(group)))


def read_parquet(path: Path, schema: pa.Schema) -> pa.Table:
    """Return the rows of a file as they were given to `write_parquet`, so that they can be written again alike."""
    rows = pq.read_table(path).select(schema.names).cast(schema).combine_chunks()
    given = pq.read_metadata(path).metadata[_GIVEN.encode()].decode()
    for place, name in enumerate(rows.column_names):
        if name in given.split(","):
            rows = rows.set_column(place, name, rows[name].combine_chunks().dictionary_encode())
    return rows


def write_aside(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write bytes aside and rename the file: a crash leaves the old file or the new one. Raise `BusyError`."""
    with _aside(path) as aside:
        aside.touch(mode)  # before anything is in it
        aside.write_bytes(content)


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Yield where to write; rename it to `path` at the end. A full disk or quota is a `BusyError`: try again."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise BusyError(f"cannot write {path.name}: {error.strerror}", hint="free some space and run again") from None


def _row_groups(rows: pa.Table | pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Yield tables of exactly one row group each, the last one smaller; at least one, so that a file has a schema."""
    if isinstance(rows, pa.Table) and any(map(pa.types.is_dictionary, rows.schema.types)):
        yield rows
        return
    if isinstance(rows, pa.Table):
        rows = (rows.combine_chunks() if any(each.num_chunks > 1 for each in rows.columns) else rows).to_reader()
    held = rows.schema.empty_table()
    for batch in rows:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        while held.num_rows >= _ROWS_PER_GROUP:
            yield held.slice(0, _ROWS_PER_GROUP).combine_chunks()
            held = held.slice(_ROWS_PER_GROUP)
    yield held.combine_chunks()
