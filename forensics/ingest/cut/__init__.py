"""Lines cut into fields by a compiled program where that pays, by the regular expression it was made from elsewhere.

Both give the same columns. Fields are views of the bytes the lines stand in: no byte is copied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.ingest import compiled
from forensics.ingest.cut.parts import Asking, Parts, Place, Table, shown
from forensics.ingest.cut.program import program
from forensics.ingest.distinct import Text, integers
from forensics.ingest.layout.lines import Bytes, Mask, Places, Words, woven

Marks = npt.NDArray[np.int32]
_LARGEST = (1 << 31) - 1  # bytes: places are held in 32 bits
_LEAST = 1_000  # lines: fewer are read by the regular expression in the time that preparations take


@dataclass(frozen=True, eq=False)
class Cut:
    """Lines that a program read.

    Attributes:
        names: the groups.
        rows: which lines were read; of the others nothing is known here.
        texts: the groups that were asked for by their distinct values, if they could be told apart cheaply.
        parts: those of the distinct request lines.
    """

    names: tuple[str, ...]
    rows: Mask
    texts: Mapping[str, Text]
    parts: Parts | None
    _counts: Mapping[str, Places]
    _buffer: pa.Buffer
    _marks: Marks

    @property
    def height(self) -> int:
        """Return how many lines were read."""
        return int(self._marks.shape[1])

    def takes_part(self, name: str) -> Mask:
        """Return in which lines a group takes part."""
        there: Mask = self._marks[2 * self.names.index(name)] >= 0
        return there

    def column(self, name: str) -> pl.Series:
        """Return the texts of a group, null where it takes no part."""
        return shown(self._buffer, *self._places(name)).alias(name)

    def numbers(self, name: str) -> pl.Series:
        """Return the whole numbers that a group holds, `-` as 0; what is none is null."""
        if name in self._counts:
            return pl.Series(name, self._counts[name])
        from forensics.ingest.cut import kernels

        found, odd = np.empty(self.height, np.int64), np.empty(self.height, np.bool_)
        begins, ends = self._places(name)
        kernels.integers(np.frombuffer(self._buffer, np.uint8), begins, ends, found, odd.view(np.uint8))
        column = pl.Series(name, found)
        if not odd.any():
            return column
        return column.scatter(np.flatnonzero(odd), integers(shown(self._buffer, begins[odd], ends[odd])))

    def _places(self, name: str) -> tuple[Place, Place]:
        place = 2 * self.names.index(name)
        return self._marks[place], self._marks[place + 1]


def cut(
    text: pl.Series, pattern: str, asked: Sequence[str] = (), worth: int = compiled.WORTH, line: str | None = None
) -> Cut | None:
    """Return what the program of a pattern reads of these lines; None where it reads none or is not to be used.

    `worth`: bytes from which on it is sooner done than by the regular expression; `line`: which of the groups that are
    asked for is the request line: then the lines are plain combined ones.
    """
    if len(text) < _LEAST or not compiled.worthwhile(worth) or (own := program(pattern)) is None:
        return None
    held = _held(text)
    if held is None:
        return None
    from forensics.ingest.cut import once

    lines = len(text)
    marks, hit = np.empty((2 * len(own.names), lines), np.int32), np.empty(lines, np.uint8)
    groups = np.array([own.names.index(name) for name in asked], np.int32)
    numbers = np.empty((2, lines if line else 0), np.int64)
    steps = own.steps[: 0 if line else None], own.fixed, own.sets, own.stops, own.loose
    table = Table("columns", len(asked), lines)
    asking = Asking(lines if line in asked else 0)
    row = asked.index(line) if line in asked else -1
    count = once.cut_and_code(
        held.content,
        held.views,
        steps,
        (marks, hit, numbers),
        groups,
        table.arrays,
        row,
        (*asking.places,),
        asking.found,
        asking.tables,
    )
    marks = marks[:, :count]
    if not count:
        return None
    found = {
        name: Text(table.shown(row, held.buffer), table.codes[row, :count])
        for row, name in enumerate(asked)
        if table.kinds[row] > 0
    }
    parts = asking.parts(held.buffer, table.kinds[row]) if line in found else None
    counts = dict(zip(("status", "size"), numbers[:, :count], strict=True)) if line else {}
    return Cut(own.names, hit.view(np.bool_), found, parts, counts, held.buffer, marks)


class _Held(NamedTuple):
    """Texts as numba takes them: bytes, and views of them."""

    buffer: pa.Buffer
    content: Bytes
    views: Words


def _held(text: pl.Series) -> _Held | None:
    held = text.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    _, shown_by, *buffers = held.buffers()
    if not buffers or buffers[0].size > _LARGEST:
        return None
    views: Words = np.frombuffer(shown_by, np.uint64).reshape(-1, 2)[held.offset : held.offset + len(held)]
    if held.null_count:  # what a view of nothing holds is not said
        views = np.where(text.is_null().to_numpy()[:, None], np.uint64(0), views)
    return _Held(buffers[0], np.frombuffer(buffers[0], np.uint8), views)


def extracted(text: pl.Series, pattern: str, worth: int = compiled.WORTH) -> pl.DataFrame:
    """Return the named groups of a pattern as columns, row by row: what `str.extract_groups` returns."""
    found = cut(text, pattern, worth=worth)
    if found is None:
        return _groups(text, pattern)
    fast = pl.DataFrame([found.column(name) for name in found.names])
    if found.height == len(text):
        return fast
    slow = _groups(text.filter(pl.Series(~found.rows)), pattern)
    places = np.flatnonzero(found.rows), np.flatnonzero(~found.rows)
    return pl.DataFrame(
        [woven(len(text), [(places[0], fast[name]), (places[1], slow[name])]).alias(name) for name in found.names]
    )


def _groups(text: pl.Series, pattern: str) -> pl.DataFrame:
    return pl.DataFrame({"text": text}).select(pl.col("text").str.extract_groups(pattern).alias("g")).unnest("g")
