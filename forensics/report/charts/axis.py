"""Scales and ticks: round numbers on the value axis, whole hours or days (UTC) on the time axis."""

from dataclasses import dataclass
from datetime import UTC, datetime

from forensics.report.charts.svg import Drawing

_STEPS = (
    60,
    300,
    600,
    1800,
    3600,
    7200,
    10_800,
    21_600,
    43_200,
    86_400,
    172_800,
    604_800,
    2_592_000,
    7_776_000,
    31_536_000,
)
_TICK_WIDTH = 80  # pixels from one time label to the next, at least: their texts do not touch
_DAY = 86_400
_LABEL_HALF = 40  # pixels from the middle of a time label to its end


@dataclass(frozen=True)
class Scale:
    """A linear map from values to pixels."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return where a value lies; a scale without extent maps everything to its start."""
        extent = self.high - self.low
        return self.start + (self.end - self.start) * ((value - self.low) / extent) if extent else self.start


def top(value: int) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, 50 … that is not below a value.

    >>> top(0), top(7), top(2001)
    (1, 10, 5000)
    """
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= value:
                return step * power
        power *= 10


def value_axis(drawing: Drawing, scale: Scale, labels: list[tuple[float, str]], left: float, right: float) -> None:
    """Draw horizontal grid lines with their labels at the left."""
    for value, label in labels:
        y = scale(value)
        drawing.line((left, y), (right, y), "grid")
        drawing.text(left - 6, y + 4, label, "label end")


def time_axis(drawing: Drawing, scale: Scale, y: float) -> None:
    """Draw ticks and labels for a scale over seconds since 1970, in UTC."""
    ticks = (scale.end - scale.start) / _TICK_WIDTH
    step = next((step for step in _STEPS if (scale.high - scale.low) / step <= ticks), _STEPS[-1])
    first = -(-int(scale.low) // step) * step
    for second in range(first, int(scale.high) + 1, step):
        moment = datetime.fromtimestamp(second, UTC)
        drawing.line((scale(second), y), (scale(second), y + 5), "axis")
        label = f"{moment:%Y-%m-%d}" if step >= _DAY else f"{moment:%m-%d %H:%M}"
        if scale(second) + _LABEL_HALF <= drawing.width:
            drawing.text(scale(second), y + 18, label, "label mid")
        elif second == first:
            drawing.text(scale(second), y + 18, label, "label end")
    drawing.line((scale.start, y), (scale.end, y), "axis")


def band(drawing: Drawing, scale: Scale, period: tuple[float, float], span: tuple[float, float], label: str) -> None:
    """Shade a period and name it: a filled area between two dashed lines, readable without color."""
    start, end = (min(max(scale(moment), scale.start), scale.end) for moment in period)
    if end <= scale.start or start >= scale.end:
        return
    drawing.rect(start, span[0], end - start, span[1] - span[0], "band")
    for x in (start, end):
        drawing.line((x, span[0]), (x, span[1]), "edge")
    near_end = scale.end - start < 160  # noqa: PLR2004 - the label would leave the drawing
    drawing.text(start - 4 if near_end else start + 4, span[0] + 12, label, "label end" if near_end else "label")


def legend(drawing: Drawing, entries: list[tuple[str, str]], x: float, y: float) -> None:
    """Write what each role of a drawing means."""
    for role, label in entries:
        drawing.rect(x, y - 9, 12, 10, role)
        drawing.text(x + 17, y, label)
        x += 17 + 7 * len(label) + 18
