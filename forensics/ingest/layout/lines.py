"""A column of lines as bytes and places in them, and pieces of the lines as columns that copy no byte.

A string view (Arrow's `string_view`) is 16 bytes: the length, then either the text itself, up to 12 bytes of it, or
its first 4 bytes, the number of a buffer and the place in it. So a column of fields is arithmetic on places, and its
buffer is the chunk.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.ingest import compiled

Places: TypeAlias = npt.NDArray[np.int64]
Words: TypeAlias = npt.NDArray[np.uint64]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.uint32]
Array = TypeVar("Array", bound=npt.NDArray[Any])

_INLINED = 12  # bytes a string view holds itself
MARGIN = 32  # bytes behind every plain line that may be read with it
_BACKSLASH, _NEWLINE = 0x5C, 10
_PIECE = 256 << 10  # bytes
_WORD, _PAIR = 8, 16
_SIZE = np.uint64(0xFFFF_FFFF)  # where a view holds it
_LARGEST = (1 << 31) - 1  # bytes: places are held in 32 bits
_HALF = np.uint64(32)
# What a view holds by the size of its text, the last one for all that it does not hold: its first four bytes, the next
# eight, or the place.
_LONGER = np.uint64(_INLINED + 1)
_FIRST_FOUR = np.array([(1 << 8 * min(size, 4)) - 1 for size in range(_INLINED + 2)], np.uint64)
_NEXT_EIGHT = np.array([*((1 << 8 * max(size - 4, 0)) - 1 for size in range(_INLINED + 1)), 0], np.uint64)
_PLACED = np.array([*[0] * (_INLINED + 1), (1 << 64) - 1], np.uint64)


def unchanged(held: Array) -> Array:
    """Return an array as one that none writes to: numba compiles a loop for each of both kinds."""
    view = held.view()
    view.flags.writeable = False
    return view


class Lines:
    """Lines in one piece of memory.

    Attributes:
        cuttable: which lines are longer than a view holds and do not stand at the very end.
        starts: place of the first byte of each line, ascending.
        ends: place behind the last byte of each line.
    """

    def __init__(self, text: pl.Series) -> None:
        self._buffer, self.starts, self.ends, longer = _located(text)
        self.content = unchanged(np.frombuffer(self._buffer, np.uint8))
        self._pairs = _pairs(self.content)
        self._marks: dict[int, Places] = {}
        self.cuttable: Mask = longer & (self.ends <= len(self.content) - MARGIN)

    @cached_property
    def plain(self) -> Mask:
        """Tell which lines can be cut and hold no backslash."""
        found = self.cuttable.copy()
        escaped = self.marks(_BACKSLASH)[:-1]
        found[np.searchsorted(self.starts, escaped, side="right") - 1] = False
        return found

    def line(self, row: int) -> bytes:
        """Return the bytes of one line."""
        return self.content[self.starts[row] : self.ends[row]].tobytes()

    def marks(self, byte: int) -> Places:
        """Return every place of a byte, ascending, and behind them one beyond all lines."""
        if byte not in self._marks:
            self._marks[byte] = np.append(places(self.content, byte), len(self.content))
        return self._marks[byte]

    def without(self, marked: Mask) -> Mask:
        """Return the lines that hold none of the marked bytes."""
        if (self.starts[1:] == self.ends[:-1] + 1).all() and marked[self.ends[:-1]].all():  # one stands behind each
            inside = np.count_nonzero(marked[self.starts[0] : self.ends[-1]])
            if inside == len(self.starts) - 1:
                return np.ones(len(self.starts), np.bool_)
        found = np.flatnonzero(marked)
        held: Mask = np.searchsorted(found, self.starts) == np.searchsorted(found, self.ends)
        return held

    def stands(self, literal: bytes, places: Places) -> Mask:
        """Return where a literal stands, of places in plain lines; what lies behind a line's end may be compared."""
        found = np.ones(len(places), np.bool_)
        for at in range(0, len(literal), _PAIR):
            here = self._pairs[np.minimum(places + at, len(self._pairs) - 1)].view(np.uint64).reshape(-1, 2)
            for place, part in enumerate((literal[at : at + _WORD], literal[at + _WORD : at + _PAIR])):
                if part:
                    mask, wanted = (1 << 8 * len(part)) - 1, int.from_bytes(part, "little")
                    found &= (here[:, place] & np.uint64(mask)) == np.uint64(wanted)
        return found

    def views(self, starts: Places, ends: Places) -> Words:
        """Return the string views of pieces of these lines, two words each."""
        return views(self.content, starts, ends)

    def column(self, views: Words) -> pl.Series:
        """Return a column of such views; no byte of a text is copied."""
        return column("", self._buffer, views)


def line_ends(content: Bytes) -> tuple[Places, bool]:
    """Return every place of a line end, and whether it is known that all is ASCII without NULs and returns."""
    if compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import onepass

        return onepass.line_ends(content)
    return places(content, _NEWLINE), False


def places(content: Bytes, byte: int) -> Places:
    """Return every place of a byte, ascending. It is looked for piece by piece: what is compared stays in the cache."""
    if compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import onepass

        return onepass.places(content, byte)
    found = [np.zeros(0, np.int64)]
    for begin in range(0, len(content), _PIECE):
        own = np.flatnonzero(content[begin : begin + _PIECE] == byte)
        own += begin
        found.append(own)
    return np.concatenate(found)


def views(content: Bytes, starts: Places, ends: Places) -> Words:
    """Return the string views of pieces of bytes, two words each; 16 bytes from each start on have to be there."""
    if compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import coding

        whole = np.empty((len(starts), 2), np.uint64)
        coding.show(content, starts, ends, whole)
        return whole
    sizes = (ends - starts).view(np.uint64)
    both = _pairs(content)[starts].view(np.uint64).reshape(-1, 2)
    low, high, place = both[:, 0], both[:, 1], starts.view(np.uint64) << _HALF
    found = np.empty((len(sizes), 2), np.uint64)
    if not len(sizes) or sizes.min() > _INLINED:
        found[:, 0], found[:, 1] = low << _HALF | sizes, place
        return found
    kind = np.minimum(sizes, _LONGER)
    found[:, 0] = (low & _FIRST_FOUR[kind]) << _HALF | sizes
    found[:, 1] = (low >> _HALF | high << _HALF) & _NEXT_EIGHT[kind] | place & _PLACED[kind]
    return found


def column(name: str, buffer: pa.Buffer, views: Words) -> pl.Series:
    """Return the texts that string views show of a buffer of UTF-8."""
    held = pa.Array.from_buffers(pa.string_view(), len(views), [None, pa.py_buffer(views), buffer])
    return pl.Series(name, held, dtype=pl.String)


def _pairs(content: Bytes) -> npt.NDArray[np.void]:
    """Return the 16 bytes from each place on, without copying them."""
    return np.ndarray((max(0, len(content) - _PAIR + 1),), "V16", content.data, 0, (1,))


def _located(text: pl.Series) -> tuple[pa.Buffer, Places, Places, Mask]:
    """Return the bytes of a column, where each text begins and ends in them, and which texts are there to be cut."""
    held = text.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    validity, views, *content = held.buffers()
    if validity is None and len(content) == 1:
        rows = np.frombuffer(views, np.int32).reshape(-1, 4)[held.offset : held.offset + len(held)]
        sizes, starts = rows[:, 0].astype(np.int64), rows[:, 3].astype(np.int64)
        longer = sizes > _INLINED
        if not longer.all():  # a text held by the view itself stands nowhere: let it begin where the one before ends
            behind = np.maximum.accumulate(np.where(longer, starts + sizes, 0))
            starts, sizes = np.where(longer, starts, behind), np.where(longer, sizes, 0)
        if (starts[1:] >= (starts + sizes)[:-1]).all():
            return content[0], starts, starts + sizes, longer
    held = text.fill_null("").rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, copied = held.buffers()
    places = np.frombuffer(offsets, np.int64)[held.offset : held.offset + len(held) + 1]
    return copied or pa.py_buffer(b""), places[:-1].copy(), places[1:].copy(), np.diff(places) > _INLINED


def shown(text: pl.Series) -> tuple[Words, list[pa.Buffer]]:
    """Return the string views of a column, two words each, and the buffers they are of; a view of null says nothing."""
    held = text.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    _, views, *buffers = held.buffers()
    return np.frombuffer(views, np.uint64).reshape(-1, 2)[held.offset : held.offset + len(held)], buffers


def in_a_row(text: pl.Series) -> pa.Array | None:
    """Return texts that stand one behind the other in one buffer as Arrow's plain text, uncopied; None for others."""
    words, content = shown(text)
    own = words.view(np.int32)
    if text.null_count() or len(content) != 1 or content[0].size > _LARGEST or (own[:, 0] <= _INLINED).any():
        return None
    places = np.append(own[:, 3], own[-1, 3] + own[-1, 0])
    if (places[1:] - own[:, 0] != places[:-1]).any():
        return None
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(places), content[0])


def sizes(text: pl.Series) -> npt.NDArray[np.int64]:
    """Return how many bytes each text has, -1 for null. Views hold it: no text is looked at."""
    found = shown(text)[0].view(np.uint32)[:, 0]
    return np.where(text.is_null().to_numpy(), -1, found) if text.null_count() else found.astype(np.int64)


def beginnings(text: pl.Series) -> npt.NDArray[np.int16]:
    """Return the first byte of each text, -1 for one that is empty or null. Views hold it: no text is looked at."""
    held = text.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    views = np.frombuffer(held.buffers()[1], np.uint32).reshape(-1, 4)[held.offset : held.offset + len(held)]
    return np.where(views[:, 0] == 0, -1, views[:, 1] & 0xFF).astype(np.int16)


def woven(count: int, parts: Sequence[tuple[Places, pl.Series]]) -> pl.Series:
    """Return one column of so many texts out of several, each with the rows it fills; a row of none is null."""
    (first, only), *others = parts
    if not others and len(first) == count:
        return only
    whole = np.zeros((count, 2), np.uint64)
    there = np.zeros(count, np.bool_)
    buffers: list[pa.Buffer] = []
    for rows, texts in parts:
        if texts.null_count() == len(texts):
            continue
        own, content = shown(texts)
        if compiled.worthwhile(compiled.LOADED):
            from forensics.ingest.layout import coding

            coding.place_views(whole, rows, own, len(buffers))
        else:
            whole[rows] = own
            if buffers:
                whole[rows, 1] += np.where(own[:, 0] & _SIZE > _INLINED, np.uint64(len(buffers)), np.uint64(0))
        there[rows] = texts.is_not_null().to_numpy() if texts.null_count() else True
        buffers += content
    validity = None if there.all() else pa.py_buffer(np.packbits(there, bitorder="little"))
    whole[~there] = 0
    views = [validity, pa.py_buffer(whole), *buffers]
    return pl.Series(only.name, pa.Array.from_buffers(pa.string_view(), count, views), dtype=pl.String)
