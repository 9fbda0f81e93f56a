"""Stretches of bytes as text: many at once, as they stand in one piece of a stream."""

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from forensics.ingest.reader import Positions


def cut_out(content: bytes, starts: Positions, ends: Positions) -> tuple[pl.Series, pl.Series]:
    """Return stretches, in order and apart, as text, and which of them are no UTF-8."""
    stops = np.column_stack([starts, ends]).ravel().astype(np.int64)
    offsets = np.append(stops, len(content))  # stretches and the gaps between them in turns: every other one is one
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    both = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(stops), buffers)
    column = pl.Series("text", both).gather_every(2)
    try:
        return column.cast(pl.String), pl.repeat(value=False, n=len(column), eager=True)
    except pl.exceptions.ComputeError:
        return _replaced(column)


def _replaced(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return records with U+FFFD for what is no UTF-8 in them (line ends there become blanks), and which these are."""
    flat = pc.replace_substring(column.to_arrow(), b"\n", b" ")
    lines: bytes = b"\n".join(flat.to_pylist())
    text = pl.Series("text", lines.decode("utf-8", "replace").split("\n"), dtype=pl.String)
    invalid = text.cast(pl.Binary) != pl.Series(pl.from_arrow(flat))
    sound = (~invalid).arg_true()
    return text.scatter(sound, column.gather(sound).cast(pl.String)), invalid
