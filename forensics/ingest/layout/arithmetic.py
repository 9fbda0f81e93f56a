"""Lines of one shape cut by arithmetic on the places of their quotes: what `onepass` does, without a compiler."""

import numpy as np
import polars as pl

from forensics.ingest.layout.lines import Lines, Mask, Places, Words, woven
from forensics.ingest.layout.shape import FEW, SHAPES, Alike, Shape, learned

# Numbers as a writer writes them; a fraction may end in zeros, which it would leave out.
_WRITTEN = r"^(?:true|false|0|-?[1-9][0-9]{0,14}|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{1,6}|-?[1-9][0-9]{9,11}\.[0-9]{1,3})$"
# Neither so large nor so small that it has an exponent.
_LONG = r"^-?(?:0\.0{0,3}[1-9][0-9]*|[1-9][0-9]{0,13}\.[0-9]+)$"
_QUOTE, _SPACE = 34, 32
_BLOCK = 8192  # lines compared at once, so that they and all places in them stay in the cache


def told_apart(text: pl.Series) -> tuple[tuple[Alike, ...], Places]:
    """Return the texts that share a few shapes, and the rows of all others."""
    open_, tried = np.ones(len(text), np.bool_), np.zeros(len(text), np.bool_)
    found: list[Alike] = []
    if len(text) >= FEW:
        lines = Lines(text)
        quotes = lines.marks(_QUOTE)
        first = np.searchsorted(quotes, lines.starts)
        count = np.searchsorted(quotes, lines.ends) - first
        left = np.flatnonzero(lines.plain & lines.without(lines.content < _SPACE))
        for _ in range(SHAPES):
            if len(left) < FEW:
                break
            rows = left[count[left] == np.bincount(count[left]).argmax()]
            tried[rows[0]] = True
            if shape := learned(lines.content[lines.starts[rows[0]] : lines.ends[rows[0]]].tobytes()):
                known, fit = _fitting(shape, lines, rows, first[rows])
                found += [fit] if len(fit.rows) else []
                open_[fit.rows] = False
                tried[known] = True
            left = left[~tried[left]]
    return tuple(found), np.flatnonzero(open_)


def _fitting(shape: Shape, lines: Lines, rows: Places, first: Places) -> tuple[Places, Alike]:
    """Return which of these lines, of so many quotes each, have a shape, and those whose values can be taken, too."""
    blocks = [_cut(shape, lines, rows[at : at + _BLOCK], first[at : at + _BLOCK]) for at in range(0, len(rows), _BLOCK)]
    fit = np.concatenate([block[0] for block in blocks])
    values, good = [], np.ones(len(fit), np.bool_)
    for place, is_scalar in enumerate(shape.scalars):
        column = lines.column(np.concatenate([block[1][place] for block in blocks]))
        if is_scalar:
            column, as_written = rewritten(column)
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


def rewritten(scalars: pl.Series) -> tuple[pl.Series, Mask]:
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
