"""The parts of distinct request lines, or targets, as a compiled pass found them: see `asking`."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.ingest.distinct import Text
from forensics.ingest.layout.lines import Mask, Places, Words, column
from forensics.ingest.layout.scratch import room

Place = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint32]
_FEWEST = 4096  # slots
_LARGEST = (1 << 31) - 1  # bytes: places are held in 32 bits
METHOD, TARGET, PATH, QUERY, VERSION = range(5)
PARTS = 5


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of some distinct texts.

    Attributes:
        plain: which texts are of the usual kind; of the others nothing is known here.
        suspect: which of those may hold a secret.
        codes: parts x texts: which piece each part is.
        pieces: of each part, the distinct pieces in the order of first places.
    """

    plain: Mask
    suspect: Mask
    codes: Codes
    pieces: tuple[pl.Series, ...]

    def at(self, places: Places) -> "Parts":
        """Return the parts of the texts at some places; what stands beyond all texts is not plain."""
        known = places < len(self.plain)
        held = np.where(known, places, 0)
        return Parts(self.plain[held] & known, self.suspect[held] & known, self.codes[:, held], self.pieces)

    def whole(self, part: int) -> Text | None:
        """Return one part of all texts, of nothing in those that are not plain; None where that is not known."""
        if self.pieces[part].is_empty():
            return nothing(len(self.plain))
        others = self.pieces[part].gather(self.codes[part, ~self.plain])
        return Text(self.pieces[part], self.codes[part]) if others.null_count() == len(others) else None

    def text(self, part: int) -> Text:
        """Return one part of those texts that are plain; of nothing, where it is no part of them."""
        if self.pieces[part].is_empty():
            return nothing(int(self.plain.sum()))
        return Text(self.pieces[part], self.codes[part, self.plain])


def nothing(count: int) -> Text:
    """Return a text column in which nothing is said."""
    return Text(pl.Series([None], dtype=pl.String), np.zeros(count, np.uint32))


class Table:
    """Room for the distinct pieces of some columns, and what became of them: see `coding.Tables`.

    Slots and pieces are scratch: what is made of them is made before the next table of that name.
    """

    def __init__(self, name: str, columns: int, lines: int) -> None:
        most = max(_FEWEST, 1 << max(1, 2 * (lines + _FEWEST) - 1).bit_length())
        slots, pieces = room(f"{name}/slots", columns, most), room(f"{name}/pieces", columns, lines, 4)
        self.codes, self.firsts = np.empty((columns, lines), np.uint32), np.empty((columns, lines), np.int32)
        self.kinds = np.zeros(columns, np.int32)
        self._pieces = pieces
        self.arrays = slots, pieces, self.codes, self.firsts, self.kinds, np.zeros(columns, np.int32)

    def shown(self, column: int, buffer: pa.Buffer) -> pl.Series:
        """Return the distinct pieces of a column as texts; one that is none is null."""
        from forensics.ingest.cut import coding

        count = self.kinds[column]
        views, there = np.empty((count, 2), np.uint64), np.empty(count, np.bool_)
        coding.pieces_shown(self._pieces[column], views, there.view(np.uint8))
        return _texts(buffer, views, there)


class Asking:
    """Room for what `asking.part_and_code` finds in so many distinct texts."""

    def __init__(self, lines: int) -> None:
        self.places = np.empty((2, lines), np.int32)
        self._parts = np.empty((2, PARTS, lines), np.int32)
        self._marks = np.empty((2, lines), np.bool_)
        self._table = Table("parts", PARTS, lines)
        self.found = (*self._parts, *self._marks.view(np.uint8))
        self.tables = self._table.arrays

    def parts(self, buffer: pa.Buffer, count: int) -> Parts | None:
        """Return what was found in the first texts; None where pieces could not be told apart cheaply."""
        if (self._table.kinds < 0).any():
            return None
        pieces = tuple(self._table.shown(part, buffer) for part in range(PARTS))
        plain, suspect = self._marks[:, :count]
        return Parts(plain, suspect, self._table.codes[:, :count], pieces)


def taken_apart(targets: pl.Series) -> Parts | None:
    """Return the parts of distinct targets; None where they could not be told apart cheaply."""
    from forensics.ingest.cut import asking

    held = targets.rechunk().to_arrow(compat_level=pl.CompatLevel.oldest())
    _, offsets, content = held.buffers()
    places = np.frombuffer(offsets, np.int64)[held.offset : held.offset + len(held) + 1]
    if content is None or content.size > _LARGEST:
        return None
    starts, ends = places[:-1].astype(np.int32), places[1:].astype(np.int32)
    room = Asking(len(held))
    asking.take_apart(np.frombuffer(content, np.uint8), starts, ends, room.found, room.tables)
    found = room.parts(content, len(held))
    if found is None:
        return None
    found.codes[TARGET] = np.arange(len(held))
    return replace(found, pieces=(*found.pieces[:TARGET], targets, *found.pieces[PATH:]))


def shown(buffer: pa.Buffer, begins: Place, ends: Place) -> pl.Series:
    """Return pieces of a buffer as texts; one that begins at -1 is null."""
    from forensics.ingest.cut import kernels

    views, there = np.empty((len(begins), 2), np.uint64), np.empty(len(begins), np.bool_)
    kernels.views_of(np.frombuffer(buffer, np.uint8), begins, ends, views, there.view(np.uint8))
    return _texts(buffer, views, there)


def _texts(buffer: pa.Buffer, views: Words, there: Mask) -> pl.Series:
    if there.all():
        return column("", buffer, views)
    held = [pa.py_buffer(np.packbits(there, bitorder="little")), pa.py_buffer(views), buffer]
    return pl.Series("", pa.Array.from_buffers(pa.string_view(), len(views), held), dtype=pl.String)
