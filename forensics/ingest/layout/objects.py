"""JSON lines of one shape: the same keys in the same order, so that only the values differ.

One program writes one shape or a few. Its skeleton, the bytes between the values, is learned from a line and compared
with every other one; where all of it stands, the values are what is left. What a reader makes of such a line it is
asked once, with marks in the places of values; the values then take the places of the marks (`filled`).

That needs lines without a backslash or a control character, and values that a JSON writer would write as they stand:
text, `true`, `false`, and numbers of up to 15 digits. `null` is part of the skeleton: readers treat it unlike a value.
"""

import json
import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from forensics.ingest.layout.lines import Lines, Mask, Places, Words, woven

_TOKEN = re.compile(r'"[^"]*"|[^\s\[\]{}:,"]+|[\[\]{}:,]|\s+')
_TEXT, _SCALAR = 0xE000, 0xF000  # marks: characters of the private use area, one for each value
_MOST = 0x800  # values
_MARKS = re.compile('"([\uf000-\uf7ff])"|([\ue000-\ue7ff\uf000-\uf7ff])')
_PRIVATE = re.compile("[\ue000-\uf8ff]")
# Numbers as a writer writes them; a fraction may end in zeros, which it would leave out.
_WRITTEN = r"^(?:true|false|0|-?[1-9][0-9]{0,14}|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{1,6}|-?[1-9][0-9]{9,11}\.[0-9]{1,3})$"
# Neither so large nor so small that it has an exponent.
_LONG = r"^-?(?:0\.0{0,3}[1-9][0-9]*|[1-9][0-9]{0,13}\.[0-9]+)$"
_QUOTE, _SPACE = 34, 32
_SHAPES, _FEW = 16, 8  # shapes learned from a chunk; lines too few to learn one more from
_BLOCK = 8192  # lines compared at once, so that they and all places in them stay in the cache


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
class Alike:
    """The lines of one shape: their rows, and a column for each of its values."""

    shape: Shape
    rows: Places
    values: tuple[pl.Series, ...]

    def where(self, kept: Mask, place: Places) -> "Alike":
        """Return some of the lines, each at a new place."""
        if kept.all():
            return Alike(self.shape, place[self.rows], self.values)
        rows = pl.Series(kept)
        return Alike(self.shape, place[self.rows[kept]], tuple(each.filter(rows) for each in self.values))

    def filled(self, marked: str | None) -> pl.Series:
        """Return a text with the values of each line in the places of its marks; null where there is no text."""
        pieces: list[pl.Expr] = []
        columns: dict[str, pl.Series] = {}
        end = 0
        for match in _MARKS.finditer(marked or ""):
            code = ord(match[1] or match[2])
            value = code - (_SCALAR if code >= _SCALAR else _TEXT)
            pieces += [pl.lit(marked[end : match.start()]), pl.col(str(value))] if marked else []
            columns[str(value)] = self.values[value]
            end = match.end()
        if not marked or not columns:
            return pl.Series([marked], dtype=pl.String).new_from_index(0, len(self.rows))
        if len(columns) == 1 and len(marked) == 1:
            return self.values[value]
        return pl.DataFrame(columns).select(pl.concat_str([*pieces, pl.lit(marked[end:])])).to_series()


@dataclass(frozen=True)
class Objects:
    """A column of texts, those of them that share a few shapes, and the rows of all others."""

    text: pl.Series
    alike: tuple[Alike, ...]
    rest: Places

    @property
    def asked(self) -> pl.Series:
        """Return what a reader has to read: a template for each shape, and every other text."""
        templates = pl.Series([each.shape.template for each in self.alike], dtype=pl.String)
        return pl.concat([templates, self.text.gather(self.rest)])

    def told(self, answers: pl.Series) -> pl.Series:
        """Return what a reader said about what it was asked, for all texts and with their own values."""
        filled = [each.filled(answer) for each, answer in zip(self.alike, answers, strict=False)]
        parts = [(each.rows, column) for each, column in zip(self.alike, filled, strict=True)]
        if len(self.rest) or not parts:
            parts.append((self.rest, answers[len(parts) :]))
        return woven(len(self.text), parts).alias(answers.name)

    def gather(self, rows: Places) -> "Objects":
        """Return some of the texts; their rows ascend."""
        if len(rows) == len(self.text):
            return self
        place = np.full(len(self.text), -1)
        place[rows] = np.arange(len(rows))
        alike = tuple(each.where(place[each.rows] >= 0, place) for each in self.alike)
        rest = place[self.rest]
        return Objects(self.text.gather(rows), tuple(each for each in alike if len(each.rows)), rest[rest >= 0])

    def by(self, keys: pl.Series) -> tuple["Objects", pl.Series]:
        """Return the texts with shapes told apart by a key of each text, too, and the key of each that is asked."""
        alike: list[Alike] = []
        asked: list[str | None] = []
        for each in self.alike:
            own = keys.gather(each.rows)
            for key in own.unique(maintain_order=True):
                alike.append(each.where(own.eq_missing(key).to_numpy(), np.arange(len(self.text))))
                asked.append(key)
        others = keys.gather(self.rest)
        return Objects(self.text, tuple(alike), self.rest), pl.concat([pl.Series(asked, dtype=pl.String), others])


def told_apart(text: pl.Series) -> Objects:
    """Return texts with those that share a few shapes told from the others."""
    open_, tried = np.ones(len(text), np.bool_), np.zeros(len(text), np.bool_)
    found: list[Alike] = []
    if len(text) >= _FEW:
        lines = Lines(text)
        quotes = lines.marks(_QUOTE)
        first = np.searchsorted(quotes, lines.starts)
        count = np.searchsorted(quotes, lines.ends) - first
        left = np.flatnonzero(lines.plain & lines.without(lines.content < _SPACE))
        for _ in range(_SHAPES):
            if len(left) < _FEW:
                break
            rows = left[count[left] == np.bincount(count[left]).argmax()]
            tried[rows[0]] = True
            if shape := learned(lines.content[lines.starts[rows[0]] : lines.ends[rows[0]]].tobytes()):
                known, fit = _fitting(shape, lines, rows, first[rows])
                found += [fit] if len(fit.rows) else []
                open_[fit.rows] = False
                tried[known] = True
            left = left[~tried[left]]
    return Objects(text, tuple(found), np.flatnonzero(open_))


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


def _fitting(shape: Shape, lines: Lines, rows: Places, first: Places) -> tuple[Places, Alike]:
    """Return which of these lines, of so many quotes each, have a shape, and those whose values can be taken, too."""
    blocks = [_cut(shape, lines, rows[at : at + _BLOCK], first[at : at + _BLOCK]) for at in range(0, len(rows), _BLOCK)]
    fit = np.concatenate([block[0] for block in blocks])
    values, good = [], np.ones(len(fit), np.bool_)
    for place, is_scalar in enumerate(shape.scalars):
        column = lines.column(np.concatenate([block[1][place] for block in blocks]))
        if is_scalar:
            column, as_written = _rewritten(column)
            good &= as_written
        values.append(column)
    if good.all():
        return fit, Alike(shape, fit, tuple(values))
    kept = pl.Series(good)
    return fit, Alike(shape, fit[good], tuple(column.filter(kept) for column in values))


def _cut(shape: Shape, lines: Lines, rows: Places, first: Places) -> tuple[Places, list[Words]]:
    """Return which lines have all literals of a shape, and the views of their values."""
    quotes, ends = lines.marks(_QUOTE), lines.ends[rows]
    cursor = lines.starts[rows]
    good = np.ones(len(rows), np.bool_)
    spans: list[tuple[Places, Places]] = []
    rank = 0  # of the next quote in its line
    for literal, following, is_scalar in zip(shape.literals[:-1], shape.literals[1:], shape.scalars, strict=True):
        good &= lines.stands(literal, cursor)
        begin = cursor + len(literal)
        rank += literal.count(_QUOTE)
        offset = following.find(_QUOTE)
        stop = quotes[first + rank] - offset if offset >= 0 else ends - len(following)
        good &= stop > begin if is_scalar else stop >= begin
        spans.append((begin, stop))
        cursor = np.clip(stop, begin, ends)
    good &= lines.stands(shape.literals[-1], cursor) & (cursor + len(shape.literals[-1]) == ends)
    kept = np.flatnonzero(good)
    return rows[kept], [lines.views(begin[kept], stop[kept]) for begin, stop in spans]


def _rewritten(scalars: pl.Series) -> tuple[pl.Series, Mask]:
    """Return scalars as a JSON writer writes them, and for which that is known.

    It leaves out zeros at the end of a fraction, and writes no more digits than tell a double from all others; 15
    always do.
    """
    short = scalars.str.contains(_WRITTEN)
    if not short.all():
        long = scalars.str.contains(_LONG) & ~short
        written = scalars.filter(long).cast(pl.Float64, strict=False).cast(pl.String) == scalars.filter(long)
        short = short.scatter(long.arg_true(), written)
    padded = scalars.str.ends_with("0") & scalars.str.contains(".", literal=True) & ~scalars.str.ends_with(".0")
    if padded.any():
        bare = scalars.filter(padded).str.strip_chars_end("0")
        rows = padded.to_numpy()
        whole = bare + pl.select(pl.when(bare.str.ends_with(".")).then(pl.lit("0")).otherwise(pl.lit(""))).to_series()
        scalars = woven(len(rows), [(np.flatnonzero(~rows), scalars.filter(~padded)), (np.flatnonzero(rows), whole)])
    return scalars, short.to_numpy()
