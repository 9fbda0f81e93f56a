r"""Where the brackets and commas of JSON text stand, and how deep: one pass over the bytes, whole columns.

Nothing here knows records. Quotes that a backslash escapes are none; brackets inside strings are none; a string ends
at its line's end at the latest, because JSON allows no raw line end in one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forensics.ingest.reader import Positions

_QUOTE, _BACKSLASH, _NEWLINE, _COMMA, _COLON = 34, 92, 10, 44, 58
_STEP = np.zeros(256, np.int8)
_STEP[[123, 91]] = 1
_STEP[[125, 93]] = -1
_MARK = _STEP != 0
_MARK[_COMMA] = True
_BLANKS = (9, 10, 13, 32)


@dataclass(frozen=True)
class Scan:
    """The structure of a piece of JSON text: marks outside strings, and the depth behind each."""

    view: npt.NDArray[np.uint8]
    marks: Positions
    steps: npt.NDArray[np.int8]
    behind: Positions  # depth behind each mark
    quotes: Positions
    newlines: Positions
    depth: int  # at the beginning
    by_line: bool

    def opens(self, level: int) -> Positions:
        """Return where brackets open that make the depth `level`."""
        return np.asarray(self.marks[(self.steps > 0) & (self.behind == level)])

    def closes(self, level: int) -> Positions:
        """Return where brackets close that end the depth `level`; lines that are documents end it, too."""
        closed = self.marks[(self.steps < 0) & (self.behind == level - 1)]
        return np.union1d(closed, self.newlines) if self.by_line else np.asarray(closed)

    def commas(self, level: int) -> Positions:
        """Return the commas at a depth."""
        return np.asarray(self.marks[(self.steps == 0) & (self.behind == level)])

    def breaks(self) -> Positions:
        """Return the line ends at the top; all of them where each line is a document."""
        if self.by_line:
            return self.newlines
        before = np.searchsorted(self.marks, self.newlines) - 1
        depths = np.append(self.behind, self.depth)[before]  # the last one, at -1, is the depth at the beginning
        return np.asarray(self.newlines[depths == 0])

    def is_member(self, opens: Positions, name: str) -> npt.NDArray[np.bool_]:
        """Tell which brackets open the value of a member of that name: behind `"name" :`."""
        wanted = np.frombuffer(f'"{name}"'.encode(), np.uint8)
        closing = np.searchsorted(self.quotes, opens) - 1  # the quote before the bracket
        at = np.append(self.quotes, -1)[closing] - len(wanted) + 1
        fits = at >= 0
        places = np.minimum(np.maximum(at, 0)[:, None] + np.arange(len(wanted)), len(self.view) - 1)
        fits &= (self.view[places] == wanted).all(axis=1)
        fits[fits] &= self._only_colon(at[fits] + len(wanted), opens[fits])
        return fits

    def _only_colon(self, starts: Positions, ends: Positions) -> npt.NDArray[np.bool_]:
        """Tell which stretches hold one colon and blanks; at most eight bytes are looked at."""
        places = np.minimum(starts[:, None] + np.arange(8), len(self.view) - 1)
        held = self.view[places]
        inside = places < ends[:, None]
        colons = ((held == _COLON) & inside).sum(axis=1)
        others = (~np.isin(held, (*_BLANKS, _COLON)) & inside).sum(axis=1)
        return np.asarray((colons == 1) & (others == 0))


def scan(view: npt.NDArray[np.uint8], depth: int, *, lines: bool) -> Scan:
    """Return the structure of bytes that begin with so many brackets open; `lines`: each line begins at the top."""
    newlines = np.flatnonzero(view == _NEWLINE)
    quotes = _unescaped(view)
    marks = np.flatnonzero(_MARK[view])
    line = np.searchsorted(newlines, marks)
    before_line = np.concatenate([[0], np.searchsorted(quotes, newlines)])
    marks_kept = (np.searchsorted(quotes, marks) - before_line[line]) % 2 == 0
    marks, line = marks[marks_kept], line[marks_kept]
    steps = _STEP[view[marks]]
    total = depth + np.cumsum(steps, dtype=np.int64)
    if lines:
        first = np.searchsorted(marks, newlines)  # marks before each line end
        base = np.concatenate([[0], np.append(total, depth)[first - 1]])  # the last one, at -1: no mark so far
        behind = total - base[line]
    else:
        behind = total - np.minimum(np.minimum.accumulate(total), 0) if len(total) else total
    return Scan(view, marks, steps, behind, quotes, newlines, depth, lines)


def _unescaped(view: npt.NDArray[np.uint8]) -> Positions:
    """Return the quotes with an even number of backslashes before them."""
    quotes = np.flatnonzero(view == _QUOTE)
    slashes = np.flatnonzero(view == _BACKSLASH)
    if not len(slashes) or not len(quotes):
        return quotes
    places = np.arange(len(slashes))
    begins = np.append(True, np.diff(slashes) != 1)
    run = places - np.maximum.accumulate(np.where(begins, places, 0)) + 1  # backslashes up to here without a gap
    last = np.searchsorted(slashes, quotes) - 1
    touching = (last >= 0) & (np.append(slashes, -2)[last] == quotes - 1)
    return np.asarray(quotes[~(touching & (run[last] % 2 == 1))])
