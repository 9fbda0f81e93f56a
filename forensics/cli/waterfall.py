"""Evidence drawn with characters: a bar per family that begins where the one before ended, and the floors below.

Every bar has its number beside it; in ASCII the same picture is drawn with `#`, `.` and `|`.
"""

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from forensics.ask.steps import Floors, Step

_LABEL, _NUMBER = 10, 6  # columns
_CHOICE = "choice"  # no family: what it costs that those above were not named beforehand
_VOLUME = "volume"  # nor this: the share of the error budget that both have
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Glyphs(NamedTuple):
    """What the picture is drawn with."""

    full: str
    parts: str  # from nothing to seven eighths
    taken: str  # a family that takes away
    cap: str
    rule: str
    mark: str


BLOCKS = Glyphs("█", _EIGHTHS, "░", "┤", "─", "▲")
ASCII = Glyphs("#", " ", ".", "|", "-", "^")


def waterfall(
    steps: Sequence[Step], shares: tuple[float, float], total: float, floors: Floors, width: int, glyphs: Glyphs
) -> Iterator[str]:
    """Yield the lines of the picture, `width` columns at most; `shares` are what the choice takes and volume adds."""
    space = width - _LABEL - _NUMBER - 5
    most = max(total, floors.linked_floor_bits, floors.group_floor_bits or 0.0, *_reached(steps), 1.0)
    scale = space / most
    reached = 0.0
    others = zip((_CHOICE, _VOLUME), shares, strict=True)
    for step in [*steps, *(Step(name, [], None, bits, None, is_capped=False) for name, bits in others)]:
        low, high = sorted((max(0.0, reached), max(0.0, reached + step.adds)))
        bar = _bar(low * scale, high * scale, glyphs) if step.adds >= 0 else _taken(low * scale, high * scale, glyphs)
        yield _line(step.family, f"{step.adds:+.1f}", bar + (glyphs.cap if step.is_capped else ""))
        reached += step.adds
    yield _line("sum", f"{total:.1f}", _bar(0, max(0.0, total) * scale, glyphs))
    if floors.group_floor_bits is not None and (floors.group_links or 0) > 1:
        yield _line("its group", f"{floors.group_floor_bits:.1f}", _floor(floors.group_floor_bits * scale, glyphs))
    yield _line("lone pair", f"{floors.linked_floor_bits:.1f}", _floor(floors.linked_floor_bits * scale, glyphs))


def wrapped(text: str, width: int, indent: str = "  ", first: str | None = None) -> list[str]:
    """Return a text in lines of at most `width` columns; a long value is broken, never cut."""
    start = indent if first is None else first
    return textwrap.wrap(text, width, initial_indent=start, subsequent_indent=indent, break_long_words=True) or [start]


def _reached(steps: Sequence[Step]) -> list[float]:
    sums = [0.0]
    for step in steps:
        sums.append(sums[-1] + step.adds)
    return sums


def _line(label: str, number: str, picture: str) -> str:
    return f"  {label:<{_LABEL}}{number:>{_NUMBER}}  {picture}".rstrip()


def _bar(low: float, high: float, glyphs: Glyphs) -> str:
    """Return blanks up to `low` and a bar up to `high`, to an eighth of a column where the glyphs have eighths."""
    if high <= low:
        return ""
    start, end = int(low), int(high)
    part = glyphs.parts[int((high - end) * len(glyphs.parts))].strip()
    return " " * start + (glyphs.full * (end - start) + part or glyphs.full)


def _taken(low: float, high: float, glyphs: Glyphs) -> str:
    return " " * int(low) + glyphs.taken * max(1, int(high) - int(low))


def _floor(at: float, glyphs: Glyphs) -> str:
    return glyphs.rule * int(at) + glyphs.mark
