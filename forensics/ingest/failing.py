r"""Where a line stops being of a format: the longest beginning that its pattern reads, and what should follow.

A pattern is taken apart into the units it is a sequence of. The beginnings of that sequence are tried by the same
engine that reads logs, so this, too, takes linear time whatever the line holds.
"""

import re
from dataclasses import dataclass
from functools import partial

import polars as pl

from forensics.ingest.formats import LineFormat, clf
from forensics.ingest.formats.pattern import Layout

_CLASS = r"\[\^?\]?(?:\\.|\[:[a-z]+:\]|[^\]\\])*\]"
_ESCAPE = r"\\(?:x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[pP]\{[^}]*\}|.)"
_UNIT = re.compile(rf"(?s){_ESCAPE}|{_CLASS}|\(|.")
_QUANTIFIER = re.compile(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})\??")
_NAMED = re.compile(r"\(\?P<(\w+)>")
_LITERAL = re.compile(r"\\?[^\w\s\\]|[\w ,;:/=\"'<>!@#%&~`-]")


@dataclass(frozen=True)
class _Part:
    """One unit of a pattern, and the field it belongs to."""

    text: str
    field: str | None = None

    @property
    def expected(self) -> str:
        """Return what the unit stands for, for a person."""
        if self.field:
            return self.field
        if inner := _NAMED.search(self.text):
            return inner[1]
        if self.text == "$":
            return "the end of the line"
        return repr(self.text.removeprefix("\\")) if _LITERAL.fullmatch(self.text) else self.text


def failing(form: LineFormat, line: str) -> tuple[int | None, str | None]:
    """Return the column (1-based, in characters) at which a line fails a format, and what was expected there.

    Both are None for a format that is read by no pattern, and for a line whose shape is right.
    """
    texts = pl.Series([line], dtype=pl.String)
    best: tuple[int | None, str | None] = (None, None)
    for pattern in _patterns(form):
        if texts.str.contains(pattern).item():
            return None, None
        parts = _parts(pattern)
        if parts is None:
            continue
        count = _longest(parts, texts)
        if any(part.text.startswith(".*") for part in parts[:count]):
            continue  # a forgiving pattern reads on behind the fault
        read = texts.str.extract(f"({''.join(part.text for part in parts[:count])})").item() or ""
        if best[0] is None or len(read) + 1 > best[0]:
            best = (len(read) + 1, parts[count].expected)
    return best


def _patterns(form: LineFormat) -> tuple[str, ...]:
    """Return the patterns that a format is read by."""
    if form.read is clf.read:
        return clf.PATTERNS
    if isinstance(form.read, partial) and form.read.args and isinstance(form.read.args[0], Layout):
        return tuple(pattern.text for pattern in form.read.args[0].patterns)
    return ()


def _longest(parts: list[_Part], texts: pl.Series) -> int:
    """Return how many parts read a beginning of the line: if so many do, fewer do, too."""
    low, high = 0, len(parts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        fits = texts.str.contains("".join(part.text for part in parts[:middle])).item()
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def _parts(pattern: str) -> list[_Part] | None:
    """Return the units of a pattern in order, named groups taken apart; None where it is a choice as a whole."""
    found: list[_Part] = []
    place = 0
    while unit := _UNIT.match(pattern, place):
        end = _closing(pattern, unit.start()) if unit[0] == "(" else unit.end()
        text = pattern[place:end]
        if text == "|":
            return None
        quantifier = _QUANTIFIER.match(pattern, end)
        name = _NAMED.match(text)
        inner = _parts(text[name.end() : -1]) if name and not quantifier else None
        if name and inner:
            found += [_Part(part.text, name[1]) for part in inner]
        else:
            place_end = quantifier.end() if quantifier else end
            found.append(_Part(pattern[place:place_end]))
        place = quantifier.end() if quantifier else end
    return found


def _closing(pattern: str, start: int) -> int:
    """Return the place behind the bracket that closes the group which opens at `start`."""
    depth, place = 0, start
    while unit := _UNIT.match(pattern, place):
        depth += {"(": 1, ")": -1}.get(unit[0], 0)
        place = unit.end()
        if not depth:
            break
    return place
