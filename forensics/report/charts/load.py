"""Load and errors around one outage: what clusters sent, and how often *others* were answered with an error.

A cluster's own refused requests are load, not harm: errors are those of everybody else (research: on one data set
the error share rose tenfold, and for other customers hardly at all).
"""

from collections.abc import Mapping
from typing import Any

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.axis import Scale, band, time_axis, value_axis
from forensics.report.charts.frame import HEADROOM, LEFT, RIGHT, WIDTH, Rows, bin_name, ended, seconds, stacked
from forensics.report.charts.svg import Drawing
from forensics.report.wording import counted, share

_LOAD, _ERRORS = (42, 206), (272, 376)


def load(number: int, rows: Rows, outage: Mapping[str, Any], who: str, cites: tuple[str, ...]) -> Chart:
    """Draw the bins of `load.sql` for one outage: requests above, errors of others below."""
    each = bin_name(rows)
    name = f"load-{number}"
    title = f"Load and server errors around {outage['incident_id']}, per {each}"
    calm = rows[0]["calm_requests"]
    over = sum(1 for row in rows if calm and row["cluster_requests"] + row["other_requests"] > calm)
    without = sum(1 for row in rows if calm and row["other_requests"] > calm)
    compared = (
        f" Dashed: the highest load of a calm {each} before onset ({calm:,}; fewer than 1% failed). It was exceeded in "
        f"{counted(over, 'bin')} with the clusters, and would have been in {without:,} without them."
        if calm
        else ""
    )
    description = (
        f"Above: requests per {each} (UTC).{compared} Below: share of the requests of all other accounts that were "
        "answered with a server error (status 500 to 599); the requests of the clusters are not in it."
    )
    drawing = Drawing(name, title, description, WIDTH, 414)
    line = (calm, f"highest calm load before onset: {calm:,}") if calm else None
    stacked(drawing, rows, _LOAD, [outage], who, line)
    _errors(drawing, rows, outage)
    return Chart(name, title, description, drawing.svg(), _twin(rows, each, cites))


def _errors(drawing: Drawing, rows: Rows, outage: Mapping[str, Any]) -> None:
    """Draw the share of failed requests of other accounts; a bin without such requests breaks the line."""
    upper, lower = _ERRORS
    across = seconds(rows)
    shares = [_part(row) for row in rows]
    highest = max(0.05, *(part for part in shares if part is not None), 0.0)
    up = Scale(0, highest, lower, upper + HEADROOM)
    period = (outage["started_at"].timestamp(), ended(outage, across.high))
    band(drawing, across, period, (upper, lower), str(outage["incident_id"]))
    value_axis(drawing, up, [(value, share(value)) for value in (0, highest / 2, highest)], LEFT, RIGHT)
    drawing.text(LEFT, upper - 12, "server errors of all other accounts, share of their requests")
    run: list[tuple[float, float]] = []
    middle = (RIGHT - LEFT) / len(rows) / 2
    for row, part in zip(rows, shares, strict=True):
        if part is None:
            drawing.steps(run, "curve")
            run = []
        else:
            run.append((across(row["bin_start"].timestamp()) + middle, up(part)))
    drawing.steps(run, "curve")
    time_axis(drawing, across, lower)


def _twin(rows: Rows, each: str, cites: tuple[str, ...]) -> Table:
    columns = (
        Column(f"From ({each})", Kind.TIME),
        Column("Requests, clusters", Kind.COUNT),
        Column("Requests, others", Kind.COUNT),
        Column("Share of clusters", Kind.SHARE),
        Column("Errors, clusters", Kind.COUNT),
        Column("Errors, others", Kind.COUNT),
        Column("Error share, others", Kind.SHARE),
    )
    return Table("Load and server errors around the outage", columns, tuple(map(_line, rows)), cites, total=len(rows))


def _line(row: Mapping[str, Any]) -> tuple[Any, ...]:
    both = row["cluster_requests"] + row["other_requests"]
    return (
        row["bin_start"],
        row["cluster_requests"],
        row["other_requests"],
        round(row["cluster_requests"] / both, 6) if both else None,
        row["cluster_errors"],
        row["other_errors"],
        _part(row),
    )


def _part(row: Mapping[str, Any]) -> float | None:
    return round(row["other_errors"] / row["other_requests"], 6) if row["other_requests"] else None
