"""Lines of one shape cut, checked and coded in one compiled pass: what `arithmetic` does, only sooner."""

from collections.abc import Sequence
from itertools import repeat

import numpy as np
import polars as pl
import pyarrow as pa

from forensics.ingest.layout import coding, loops
from forensics.ingest.layout.lines import MARGIN, Bytes, Codes, Lines, Places, Words, column, shown, unchanged
from forensics.ingest.layout.scratch import room
from forensics.ingest.layout.shape import FEW, SHAPES, Alike, Cut, Shape, Values, learned

_SAMPLED = 256  # lines among which the next shape is looked for
_DIGITS = np.uint64(16)  # and a point: no number that has no more bytes is in doubt
_UNLIKE, _WORTH = 950, 0.8  # as in `distinct`: what would not be used there need not be coded here
_NULL = np.array([0, 1], np.uint64)  # no view is like that
_CONTROLS = bytes(range(0x20))


def told_apart(text: pl.Series) -> tuple[tuple[Alike, ...], Places]:
    """Return the texts that share a few shapes, and the rows of all others."""
    lines = Lines(text)
    found: list[Alike] = []
    left, others = np.flatnonzero(lines.cuttable), [np.flatnonzero(~lines.cuttable)]
    for _ in range(SHAPES):
        row = _usual(lines, left) if len(left) >= FEW else None
        if row is None:
            break
        if shape := learned(lines.line(row)):
            fit, left, doubtful = _fitting(shape, lines, left)
            found += [fit] if len(fit.rows) else []
            others.append(doubtful)
        alone = left != row  # it may be that not even this line can be cut
        others.append(left[~alone])
        left = left[alone]
    return tuple(found), np.sort(np.concatenate([left, *others]))


def _usual(lines: Lines, rows: Places) -> int | None:
    """Return one of the lines that hold as many quotes as most; None where none of some can be cut."""
    counts: dict[int, list[int]] = {}
    for row in rows[:: -(-len(rows) // _SAMPLED)].tolist():
        line = lines.line(row)
        if b"\\" not in line and len(line.translate(None, _CONTROLS)) == len(line):
            counts.setdefault(line.count(b'"'), []).append(row)
    return max(counts.values(), key=len)[0] if counts else None


def _fitting(shape: Shape, lines: Lines, rows: Places) -> tuple[Alike, Places, Places]:
    """Return the lines that have a shape, those that have not, and those that have, but with a number in doubt."""
    coded, fit, found, doubts = _cut(shape, lines, rows)
    left, doubtful = fit[found:][::-1].copy(), rows[:0]
    if doubts:
        doubtful = _doubtful(shape, lines, coded, fit[:found])
        fit[:found] = np.where(fit[:found] < 0, -1 - fit[:found], fit[:found])
        if len(doubtful):  # they have codes: cut again without them
            sure = np.setdiff1d(fit[:found], doubtful, assume_unique=True)
            coded, fit, found, _ = _cut(shape, lines, sure)
            fit[:found] = np.where(fit[:found] < 0, -1 - fit[:found], fit[:found])
    distinct = tuple(own[:count].copy() for own, count in zip(coded.distinct, np.maximum(coded.counts, 0), strict=True))
    cut = Cut(lines.content, coded.views[:, :found], coded.codes[:, :found], distinct, coded.counts)
    return Alike(shape, fit[:found], Values(cut), cut), left, doubtful


def _cut(shape: Shape, lines: Lines, rows: Places) -> tuple[loops.Coded, Places, int, int]:
    values, count, limit = len(shape.scalars), len(rows), int(_WORTH * len(lines.starts)) + 1
    limit = min(limit, count)
    coded = loops.Coded(
        np.empty((values, count, 2), np.uint64),
        np.empty((values, count), np.uint32),
        room("distinct", values, limit, 2),
        room("tables", values, coding.slots(limit)),
        np.zeros(values, np.int64),
    )
    fit = np.empty(count, np.int64)
    lined = loops.Lined(lines.content, lines.starts, lines.ends)
    found, doubts = loops.cut(lined, rows, _skeleton(shape.literals, shape.scalars), coded, _UNLIKE, fit)
    return coded, fit, found, doubts


def _skeleton(literals: Sequence[bytes], scalars: Sequence[bool] = ()) -> coding.Skeleton:
    padded = [max(2, -(-len(literal) // 8)) * 8 for literal in literals]
    words, masks = (
        np.frombuffer(b"".join(map(bytes.ljust, texts, padded, repeat(b"\0"))) + bytes(MARGIN), np.uint64)
        for texts in (literals, [b"\xff" * len(literal) for literal in literals])
    )
    first = np.cumsum([0, *(size // 8 for size in padded[:-1])], dtype=np.int64)
    sizes = np.array([len(literal) for literal in literals], np.int64)
    heads = np.stack([words[first], masks[first], words[first + 1], masks[first + 1]], axis=1)
    return coding.Skeleton(words.copy(), masks.copy(), first, sizes, heads, np.array(scalars, np.bool_))


def _doubtful(shape: Shape, lines: Lines, coded: loops.Coded, rows: Places) -> Places:
    """Return which of the marked lines hold a number of more digits than a double that is written otherwise."""
    marked = np.flatnonzero(rows < 0)
    good = np.ones(len(marked), np.bool_)
    for place in np.flatnonzero(shape.scalars):
        is_coded = coded.counts[place] >= 0
        views = coded.distinct[place][coded.codes[place, marked]] if is_coded else coded.views[place, marked]
        long = np.flatnonzero(views[:, 0] & coding.SIZE > _DIGITS)
        if len(long):
            written = lines.column(views[long])
            alike = written.cast(pl.Float64, strict=False).cast(pl.String) == written
            good[long] &= alike.fill_null(value=False).to_numpy()
    return np.asarray(-1 - rows[marked[~good]])


def joined(cut: Cut, pieces: Sequence[str], wanted: Sequence[int]) -> pl.Series:
    """Return for each line these pieces with the wanted values between them."""
    literals = [piece.encode() for piece in pieces]
    views = np.stack([cut.shown(value) for value in wanted])
    held = int((views[:, :, 0] & coding.SIZE).sum())
    out = np.empty(views.shape[1] * sum(map(len, literals)) + held + MARGIN, np.uint8)
    whole = np.empty(views.shape[1:], np.uint64)
    coding.join(cut.content, views, _skeleton(literals), out, whole)
    return column("", pa.py_buffer(out), whole)


def renumbered(stand: Places, kinds: int) -> tuple[Codes, Places]:
    """Return numbers counted in the order of first places, and which number of before each one is."""
    codes, firsts = np.empty(len(stand), np.uint32), np.empty(kinds, np.int64)
    count = coding.renumber(stand, codes, firsts, np.full(kinds, -1, np.int64))
    return codes, firsts[:count]


def firsts(codes: Codes) -> Places:
    """Return where each code, counted in the order of first places, stands first."""
    places = np.empty(len(codes), np.int64)
    return places[: coding.first(unchanged(codes), places)]


def encoded(values: pl.Series) -> Codes | None:
    """Return the codes of a column of texts in the order of first places, null with its own; None where Arrow has to.

    That is where the texts stand in several buffers, or where too many of them collide.
    """
    held, buffers = shown(values)
    if len(buffers) > 1 or not len(held):
        return None
    views = held.copy()
    if values.null_count():
        views[values.is_null().to_numpy()] = _NULL
    content = unchanged(np.frombuffer(buffers[0] if buffers else bytes(MARGIN), np.uint8))
    codes = np.empty(len(views), np.uint32)
    return codes if coding.encode(content, views, codes, *_empty(len(views))) >= 0 else None


def paired(one: Codes, other: Codes) -> Codes | None:
    """Return the codes of pairs of codes in the order of first places; None where too many collide."""
    codes = np.empty(len(one), np.uint32)
    return codes if coding.pair(one, other, codes, *_empty(len(one))) >= 0 else None


def _empty(most: int) -> tuple[Words, Words]:
    """Return room for so many distinct texts and for their table."""
    return np.empty((most, 2), np.uint64), np.empty(coding.slots(most), np.uint64)


def line_ends(content: Bytes) -> tuple[Places, bool]:
    """Return every place of a line end, and whether all is ASCII without NULs and returns."""
    found = np.empty(len(content) // 64 + 64, np.int64)
    count, plain = coding.ends(content, found)
    if count > len(found):
        found = np.empty(count, np.int64)
        coding.ends(content, found)
    return found[:count], plain


def places(content: Bytes, byte: int) -> Places:
    """Return every place of a byte, ascending."""
    found = np.empty(len(content) // 64 + 64, np.int64)
    count = coding.find(content, byte, found)
    if count > len(found):
        found = np.empty(count, np.int64)
        coding.find(content, byte, found)
    return found[:count]
