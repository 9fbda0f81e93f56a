"""What the charts share: the size of a drawing, and bars of two groups over time."""

from collections.abc import Mapping, Sequence
from typing import Any

from forensics.report.charts.axis import Scale, band, legend, time_axis, top, value_axis
from forensics.report.charts.svg import Drawing
from forensics.report.wording import count

WIDTH = 720
LEFT, RIGHT = 62, 706
CLUSTER_ROLE, OTHERS_ROLE = "cluster", "others"  # a filled bar and an outlined one: told apart without color

HEADROOM = 20  # pixels above the highest bar, where the names of outages stand

Rows = Sequence[Mapping[str, Any]]


def seconds(rows: Rows) -> Scale:
    """Return the time scale of rows that are bins."""
    return Scale(rows[0]["bin_start"].timestamp(), rows[-1]["bin_start"].timestamp() + bin_seconds(rows), LEFT, RIGHT)


def bin_seconds(rows: Rows) -> int:
    """Return how long one bin is."""
    return int(rows[0]["bin_seconds"])


def bin_name(rows: Rows) -> str:
    """Return how long one bin is, in words.

    >>> bin_name([{"bin_seconds": 3600}]), bin_name([{"bin_seconds": 900}])
    ('hour', '15 minutes')
    """
    length = bin_seconds(rows)
    for unit, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if length >= unit:
            return name if length == unit else f"{length // unit} {name}s"
    return "second" if length == 1 else f"{length} seconds"


def stacked(
    drawing: Drawing,
    rows: Rows,
    area: tuple[float, float],
    outages: Rows,
    who: str,
    line: tuple[int, str] | None = None,
) -> None:
    """Draw requests per bin: clusters at the bottom, others on top, outages behind, a level to compare with before."""
    upper, lower = area
    across = seconds(rows)
    highest = top(max(row["cluster_requests"] + row["other_requests"] for row in rows))
    up = Scale(0, highest, lower, upper + HEADROOM)
    for outage in outages:
        period = (outage["started_at"].timestamp(), ended(outage, across.high))
        band(drawing, across, period, (upper, lower), f"{outage['incident_id']} ({outage['kind']})")
    value_axis(drawing, up, [(value, count(round(value))) for value in (0, highest / 2, highest)], LEFT, RIGHT)
    width = (RIGHT - LEFT) / len(rows)
    for row in rows:
        x = across(row["bin_start"].timestamp()) + width * 0.08
        base = up(row["cluster_requests"])
        drawing.rect(x, base, width * 0.84, lower - base, CLUSTER_ROLE)
        crown = up(row["cluster_requests"] + row["other_requests"])
        drawing.rect(x, crown, width * 0.84, base - crown, OTHERS_ROLE)
    if line and line[0] <= highest:
        drawing.line((LEFT, up(line[0])), (RIGHT, up(line[0])), "edge")
        drawing.text(LEFT + 6, up(line[0]) - 5, line[1])
    time_axis(drawing, across, lower)
    entries = [(CLUSTER_ROLE, f"{who} (filled)"), (OTHERS_ROLE, "all others (outlined)")]
    legend(drawing, entries, LEFT, upper - 12)


def ended(outage: Mapping[str, Any], otherwise: float) -> float:
    """Return when an outage ended; an open one lasts as long as the data."""
    moment = outage["ended_at"]
    return float(moment.timestamp()) if moment else otherwise
