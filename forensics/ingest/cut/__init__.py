"""Lines cut into fields by a compiled program where that pays, by the regular expression it was made from elsewhere.

Both give the same columns. Fields are views of the bytes the lines stand in: no byte is copied.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.ingest import compiled
from forensics.ingest.cut.program import program
from forensics.ingest.distinct import Text, integers
from forensics.ingest.layout.lines import Bytes, Mask, Words, column, woven

Place = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint32]
Marks = npt.NDArray[np.int32]
_LARGEST = (1 << 31) - 1  # bytes: places are held in 32 bits
_FEWEST = 4096  # slots
_LEAST = 1_000  # lines: fewer are read by the regular expression in the time that preparations take


@dataclass(frozen=True, eq=False)
class Cut:
    """Lines that a program read.

    Attributes:
        names: the groups.
        rows: which lines were read; of the others nothing is known here.
        texts: the groups that were asked for by their distinct values, if they could be told apart cheaply.
    """

    names: tuple[str, ...]
    rows: Mask
    texts: Mapping[str, Text]
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


def cut(text: pl.Series, pattern: str, asked: Sequence[str] = (), worth: int = compiled.WORTH) -> Cut | None:
    """Return what the program of a pattern reads of these lines; None where it reads none or is not to be used.

    `worth`: bytes from which on it is sooner done than by the regular expression.
    """
    if len(text) < _LEAST or not compiled.worthwhile(worth) or (own := program(pattern)) is None:
        return None
    held = _held(text)
    if held is None:
        return None
    from forensics.ingest.cut import coding

    lines = len(text)
    marks, hit = np.empty((2 * len(own.names), lines), np.int32), np.empty(lines, np.uint8)
    groups = np.array([own.names.index(name) for name in asked], np.int32)
    codes, kinds = np.empty((len(asked), lines), np.uint32), np.zeros(len(asked), np.int32)
    slots, pieces, firsts = scratch.tables(len(asked), lines)
    sizes = np.zeros_like(kinds)
    steps = own.steps, own.fixed, own.sets, own.stops, own.loose
    tables = marks, hit, groups, slots, pieces, codes, firsts, kinds, sizes
    count = coding.cut_and_code(held.content, held.views, steps, tables)
    found = _known(held, asked, groups, marks[:, :count], codes, firsts, kinds)
    return Cut(own.names, hit.view(np.bool_), found, held.buffer, marks[:, :count]) if count else None


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


def _known(
    held: _Held, asked: Sequence[str], groups: Place, marks: Marks, codes: Codes, firsts: Marks, kinds: Place
) -> dict[str, Text]:
    """Return the groups whose pieces could be numbered, by their distinct values."""
    known = {}
    for row, (name, group) in enumerate(zip(asked, groups, strict=True)):
        if kinds[row] > 0:
            begins, ends = marks[2 * group], marks[2 * group + 1]
            first = firsts[row, : kinds[row]]
            known[name] = Text(shown(held.buffer, begins[first], ends[first]), codes[row, : marks.shape[1]])
    return known


class _Scratch(threading.local):
    """Memory of one thread that is used again: asking for it anew costs as much as using it."""

    def __init__(self) -> None:
        self._held: tuple[Place, Words, Place] | None = None

    def tables(self, columns: int, lines: int) -> tuple[Place, Words, Place]:
        """Return what numbering the pieces of so many columns takes: slots, pieces, first places."""
        if not self._held or len(self._held[0]) < columns or self._held[2].shape[1] < lines:
            size = max(_FEWEST, 1 << max(1, 2 * (lines + _FEWEST) - 1).bit_length())
            pieces, firsts = np.empty((columns, lines, 4), np.uint64), np.empty((columns, lines), np.int32)
            self._held = np.empty((columns, size), np.int32), pieces, firsts
        return self._held


scratch = _Scratch()


def shown(buffer: pa.Buffer, begins: Place, ends: Place) -> pl.Series:
    """Return pieces of a buffer as texts; one that begins at -1 is null."""
    from forensics.ingest.cut import kernels

    views, there = np.empty((len(begins), 2), np.uint64), np.empty(len(begins), np.bool_)
    kernels.views_of(np.frombuffer(buffer, np.uint8), begins, ends, views, there.view(np.uint8))
    if there.all():
        return column("", buffer, views)
    held = [pa.py_buffer(np.packbits(there, bitorder="little")), pa.py_buffer(views), buffer]
    return pl.Series("", pa.Array.from_buffers(pa.string_view(), len(views), held), dtype=pl.String)


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
