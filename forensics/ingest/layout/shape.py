"""JSON lines of one shape: the same keys in the same order, so that only the values differ.

One program writes one shape or a few. Its skeleton, the bytes between the values, is learned from a line and compared
with every other one; where all of it stands, the values are what is left. What a reader makes of such a line it is
asked once, with marks in the places of values; the values then take the places of the marks (`Alike.filled`).

That needs lines without a backslash or a control character, and values that a JSON writer would write as they stand:
text, `true`, `false`, and numbers of up to 15 digits. `null` is part of the skeleton: readers treat it unlike a value.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import pyarrow as pa

from forensics.ingest.distinct import Text
from forensics.ingest.layout.lines import Bytes, Codes, Mask, Places, Words, column
from forensics.redact import may_hold_secret

_TOKEN = re.compile(r'"[^"]*"|[^\s\[\]{}:,"]+|[\[\]{}:,]|\s+')
_TEXT, _SCALAR = 0xE000, 0xF000  # marks: characters of the private use area, one for each value
_MOST = 0x800  # values
_MARKS = re.compile('"([\uf000-\uf7ff])"|([\ue000-\ue7ff\uf000-\uf7ff])')
_PRIVATE = re.compile("[\ue000-\uf8ff]")
SHAPES, FEW = 16, 8  # shapes learned from a chunk; lines too few to learn one more from


@dataclass(frozen=True)
class Shape:
    """What all lines of one shape have in common.

    Attributes:
        template: a line with marks in the places of values; those of scalars stand in quotes.
        literals: what stands before, between and behind the values.
        scalars: which values are no texts.
    """

    template: str
    literals: tuple[bytes, ...]
    scalars: tuple[bool, ...]


@dataclass(frozen=True)
class Cut:
    """The values of some lines as string views of their bytes, and codes of those that repeat.

    Arrays of values x lines x 2 (`views`), values x lines (`codes`), for each value of codes x 2 (`distinct`, string
    views in order of first places); `counts` are the distinct values, -1 where a value has no codes but views.
    """

    content: Bytes
    views: Words
    codes: Codes
    distinct: Sequence[Words]
    counts: Places

    def shown(self, value: int) -> Words:
        """Return the string views of one value, line by line."""
        found: Words = self.views[value] if self.counts[value] < 0 else self.distinct[value][self.codes[value]]
        return found


class Values(Sequence[pl.Series]):
    """Columns of the values of lines, each made when it is asked for."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut

    def __len__(self) -> int:
        """Return how many values a line has."""
        return len(self._cut.counts)

    def __getitem__(self, value: int) -> pl.Series:  # type: ignore[override]
        """Return one column."""
        if value >= len(self):
            raise IndexError(value)
        return column("", pa.py_buffer(self._cut.content), self._cut.shown(value))


@dataclass(frozen=True)
class Alike:
    """The lines of one shape: their rows, and a column for each of its values."""

    shape: Shape
    rows: Places
    values: Sequence[pl.Series]
    cut: Cut | None = None

    def where(self, kept: Mask, place: Places) -> "Alike":
        """Return some of the lines, each at a new place."""
        if kept.all():
            return Alike(self.shape, place[self.rows], self.values, self.cut)
        rows = pl.Series(kept)
        return Alike(self.shape, place[self.rows[kept]], tuple(each.filter(rows) for each in self.values))

    def filled(self, marked: str | None) -> pl.Series:
        """Return a text with the values of each line in the places of its marks; null where there is no text."""
        pieces, wanted = parted(marked or "")
        if marked is None or not wanted:
            return pl.Series([marked], dtype=pl.String).new_from_index(0, len(self.rows))
        if pieces == ["", ""]:
            return self.values[wanted[0]]
        if self.cut:
            from forensics.ingest.layout import onepass

            return onepass.joined(self.cut, pieces, wanted)
        between = zip(pieces, (f"column_{number}" for number in range(len(wanted))), strict=False)
        columns = pl.DataFrame([self.values[value] for value in wanted], orient="col")
        parts = [part for piece, name in between for part in (pl.lit(piece), pl.col(name))]
        return columns.select(pl.concat_str([*parts, pl.lit(pieces[-1])])).to_series()

    def suspects(self, marked: str | None) -> Mask:
        """Return in which of these texts (see `filled`) a secret may stand: what holds for all, or their values."""
        from forensics.ingest.cut import suspects

        found = np.zeros(len(self.rows), np.bool_)
        if marked is None:
            return found
        if self.cut is None or may_hold_secret(marked) or "@" in marked or "://" in marked:
            return ~found
        for value in parted(marked)[1]:
            if self.shape.scalars[value]:
                continue
            count = self.cut.counts[value]
            views = np.ascontiguousarray(self.cut.views[value] if count < 0 else self.cut.distinct[value])
            own = np.zeros(len(views), np.bool_)
            suspects.mark(self.cut.content, views, views.view(np.uint8).reshape(-1), own.view(np.uint8))
            found |= own if count < 0 else own[self.cut.codes[value]]
        return found

    def coded(self, marked: str | None) -> Text | None:
        """Return the same by its distinct values; None where these are not known."""
        pieces, wanted = parted(marked or "")
        if not wanted or marked is None:
            return Text(pl.Series([marked], dtype=pl.String), np.zeros(len(self.rows), np.uint32))
        if self.cut is None or pieces != ["", ""] or self.cut.counts[wanted[0]] < 0:
            return None
        distinct = column("", pa.py_buffer(self.cut.content), self.cut.distinct[wanted[0]])
        return Text(distinct, self.cut.codes[wanted[0]])


def parted(marked: str) -> tuple[list[str], list[int]]:
    """Return the pieces of a text around its marks, and the values that these stand for."""
    pieces, wanted, end = [], [], 0
    for match in _MARKS.finditer(marked):
        code = ord(match[1] or match[2])
        wanted.append(code - (_SCALAR if code >= _SCALAR else _TEXT))
        pieces.append(marked[end : match.start()])
        end = match.end()
    return [*pieces, marked[end:]], wanted


def learned(line: bytes) -> Shape | None:
    """Return the shape of a line; None for one that is no JSON object, or in which a value cannot be told by quotes."""
    try:
        text = line.decode()
        if not isinstance(json.loads(text), dict) or _PRIVATE.search(text):
            return None
    except (ValueError, RecursionError):
        return None
    tokens = [*_TOKEN.findall(text), ""]
    literals, template = [""], ""
    scalars: list[bool] = []
    for place, token in enumerate(tokens[:-1]):
        is_key = token.startswith('"') and next(each for each in tokens[place + 1 :] if not each.isspace()) == ":"
        if is_key or token == "null" or token[0] in "[]{}:," or token.isspace():  # noqa: S105 - a token of JSON
            literals[-1] += token
            template += token
            continue
        is_text = token.startswith('"')
        template += f'"{chr((_TEXT if is_text else _SCALAR) + len(scalars))}"'
        literals[-1] += '"' if is_text else ""
        literals.append('"' if is_text else "")
        scalars.append(not is_text)
    bare = any(scalar and '"' not in behind for scalar, behind in zip(scalars, literals[1:-1], strict=False))
    if bare or not scalars or len(scalars) > _MOST:
        return None
    return Shape(template, tuple(each.encode() for each in literals), tuple(scalars))
