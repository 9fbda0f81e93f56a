"""Charts in block glyphs, each value one character or one bar: what the report draws, readable in 80 columns.

Every function returns plain text; with `ascii_only` it holds ASCII alone.
"""

from collections.abc import Sequence

WIDTH = 60  # characters of a chart: with its label it fits a terminal of 80
_BLOCKS, _PLAIN = " ▁▂▃▄▅▆▇█", " .:-=+*#%@"
_EIGHTHS = "▏▎▍▌▋▊▉█"


def pooled(values: Sequence[float], width: int = WIDTH) -> list[float]:
    """Return at most `width` values: neighbors are added up.

    >>> pooled([1, 2, 3, 4, 5], 2), pooled([7], 4)
    ([6, 9], [7])
    """
    each = -(-len(values) // width) if values else 1
    return [sum(values[at : at + each]) for at in range(0, len(values), each)]


def spark(values: Sequence[float], *, ascii_only: bool = False, most: float | None = None) -> str:
    """Return values as a line of bars; a value above nothing is never drawn as nothing.

    >>> spark([0, 1, 4, 8]), spark([0, 1, 4, 8], ascii_only=True)
    (' ▁▄█', ' .=@')
    """
    glyphs = _PLAIN if ascii_only else _BLOCKS
    top = most if most is not None else max(values, default=0)
    levels = (0 if value <= 0 or not top else max(1, round(value / top * (len(glyphs) - 1))) for value in values)
    return "".join(glyphs[min(level, len(glyphs) - 1)] for level in levels)


def bar(value: float, most: float, width: int, *, ascii_only: bool = False) -> str:
    """Return one value as a bar, to the eighth of a character.

    >>> bar(3, 4, 4), bar(1, 64, 4), bar(3, 4, 4, ascii_only=True)
    ('███', '▏', '###')
    """
    eighths = 0 if value <= 0 or not most else max(1, round(value / most * width * 8))
    if ascii_only:
        return "#" * -(-eighths // 8)
    rest = _EIGHTHS[eighths % 8 - 1] if eighths % 8 else ""
    return "█" * (eighths // 8) + rest


def shaded(inside: Sequence[bool], *, ascii_only: bool = False) -> str:
    """Return where a period lies on the line of a chart.

    >>> shaded([False, True, True]), shaded([False, True], ascii_only=True)
    (' ▒▒', ' x')
    """
    return "".join(("x" if ascii_only else "▒") if one else " " for one in inside).rstrip()
