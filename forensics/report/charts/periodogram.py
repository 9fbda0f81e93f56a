"""Whether one account kept a beat: the strength of every period between 0.4 seconds and 15 minutes in its busiest hour.

Method: the classical periodogram (Schuster 1898), the squared size of the Fourier transform of counts per tenth of a
second, as multiples of its median; white noise rarely goes beyond 20 times.
"""

from typing import Any

import numpy as np
import pyarrow as pa

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.axis import Scale, top, value_axis
from forensics.report.charts.frame import LEFT, RIGHT, WIDTH
from forensics.report.charts.svg import Drawing
from forensics.report.wording import count, number

_TICKS = 36_000  # tenths of a second in one hour
_SHORTEST, _LONGEST = 0.4, 900.0  # seconds
_BINS = 120
_LOWER, _UPPER = 210, 30
_LABELS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900)
LEAST_REQUESTS = 60  # fewer in the hour show no beat worth the name
_PEAKS = 5


def periodogram(order: int, ticks: pa.Table, cites: tuple[str, ...]) -> Chart:
    """Draw the ticks of `periodogram.sql` of one cluster, at least `LEAST_REQUESTS` requests."""
    account, hour = ticks["user_id"][0].as_py(), ticks["hour_start"][0].as_py()
    periods, power = _spectrum(ticks)
    bins = _binned(periods, power)
    strongest = max(bins, key=lambda one: (one[1], -one[0]))
    title = f"Periods in the requests of {account}"
    description = (
        f"Its busiest hour, from {hour:%Y-%m-%d %H:%M}Z. Strength of each period as a multiple of the median; "
        f"strongest at {number(round(strongest[0], 2))} seconds, {number(round(strongest[1], 1))} times the median. "
        f"Noise alone reaches about {round(float(np.log2(len(power))))} times; a peak far above that is an even beat."
    )
    drawing = Drawing(f"periodogram-{order}", title, description, WIDTH, 252)
    across = Scale(float(np.log(_SHORTEST)), float(np.log(_LONGEST)), LEFT, RIGHT)
    highest = top(int(strongest[1]) + 1)
    up = Scale(0, highest, _LOWER, _UPPER)
    value_axis(drawing, up, [(value, f"{count(round(value))}x") for value in (0, highest / 2, highest)], LEFT, RIGHT)
    drawing.steps([(across(float(np.log(period))), up(strength)) for period, strength in bins], "curve")
    drawing.line((LEFT, _LOWER), (RIGHT, _LOWER), "axis")
    for label in _LABELS:
        x = across(float(np.log(label)))
        drawing.line((x, _LOWER), (x, _LOWER + 5), "axis")
        drawing.text(x, _LOWER + 18, f"{label} s", "label end" if label == _LABELS[-1] else "label mid")
    drawing.text((LEFT + RIGHT) / 2, _LOWER + 36, "period (logarithmic)", "label mid")
    return Chart(drawing.name, title, description, drawing.svg(), _twin(bins, cites))


def _spectrum(ticks: pa.Table) -> tuple[Any, Any]:
    """Return periods in seconds and their power as multiples of the median."""
    counts = np.zeros(_TICKS)
    counts[ticks["tick"].to_numpy()] = ticks["requests"].to_numpy()
    power = np.abs(np.fft.rfft(counts - counts.mean())[1:]) ** 2
    periods = _TICKS / 10 / np.arange(1, len(power) + 1)
    kept = (periods >= _SHORTEST) & (periods <= _LONGEST)
    return periods[kept], power[kept] / max(float(np.median(power)), 1e-9)


def _binned(periods: Any, power: Any) -> list[tuple[float, float]]:  # noqa: ANN401 - arrays of numpy
    """Return the strongest period of each of 120 equal steps of the logarithm, those that have one."""
    edges = np.linspace(np.log(_SHORTEST), np.log(_LONGEST), _BINS + 1)
    places = np.clip(np.searchsorted(edges, np.log(periods), side="right") - 1, 0, _BINS - 1)
    found = []
    for place in range(_BINS):
        inside = np.flatnonzero(places == place)
        if len(inside):
            best = inside[np.argmax(power[inside])]
            found.append((round(float(periods[best]), 3), round(float(power[best]), 1)))
    return found


def _twin(bins: list[tuple[float, float]], cites: tuple[str, ...]) -> Table:
    columns = (Column("Period, seconds", Kind.NUMBER), Column("Times the median", Kind.NUMBER))
    rows = tuple(sorted(bins, key=lambda one: (-one[1], one[0]))[:_PEAKS])
    return Table("The strongest periods", columns, rows, cites, total=len(rows))
