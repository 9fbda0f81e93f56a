"""How evenly requests follow each other: waiting times of clusters against all other accounts."""

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.axis import Scale, legend, value_axis
from forensics.report.charts.frame import CLUSTER_ROLE, LEFT, OTHERS_ROLE, RIGHT, WIDTH, Rows
from forensics.report.charts.svg import Drawing
from forensics.report.wording import share, span

_UPPER, _LOWER = 44, 226
_TITLE = "Time between two requests of one account"
_DECADES = {
    10_000: "10 ms",
    100_000: "0.1 s",
    1_000_000: "1 s",
    10_000_000: "10 s",
    100_000_000: "100 s",
    1_000_000_000: "17 min",
    10_000_000_000: "2.8 h",
}  # bins that begin a decade, microseconds


def gaps(rows: Rows, who: str, cites: tuple[str, ...]) -> Chart:
    """Draw the bins of `gaps.sql` as shares of each group; every group has its own total."""
    members = sum(row["cluster_gaps"] for row in rows)
    others = sum(row["other_gaps"] for row in rows)
    shares = [(_part(row["cluster_gaps"], members), _part(row["other_gaps"], others)) for row in rows]
    peak = max(range(len(rows)), key=lambda index: (shares[index][0], -index))
    description = (
        f"Share of waiting times per bin, logarithmic scale. {who.capitalize()}: {members:,} waits, most often from "
        f"{span(rows[peak]['from_us'])} ({share(shares[peak][0])} of them). All other accounts: {others:,} waits."
    )
    drawing = Drawing("gaps", _TITLE, description, WIDTH, 268)
    highest = max(0.01, *(part for pair in shares for part in pair))
    up = Scale(0, highest, _LOWER, _UPPER)
    value_axis(drawing, up, [(value, share(value)) for value in (0, highest / 2, highest)], LEFT, RIGHT)
    width = (RIGHT - LEFT) / len(rows)
    for index, (own, other) in enumerate(shares):
        x = LEFT + width * index
        drawing.rect(x + 0.5, up(other), width - 1, _LOWER - up(other), OTHERS_ROLE)
        drawing.rect(x + width * 0.3, up(own), width * 0.4, _LOWER - up(own), CLUSTER_ROLE)
    _axis(drawing, rows, width)
    legend(
        drawing,
        [(CLUSTER_ROLE, f"{who} (narrow, filled)"), (OTHERS_ROLE, "all others (wide, outlined)")],
        LEFT,
        _UPPER - 14,
    )
    return Chart("gaps", _TITLE, description, drawing.svg(), _twin(rows, shares, cites))


def _axis(drawing: Drawing, rows: Rows, width: float) -> None:
    """Label where each decade begins."""
    drawing.line((LEFT, _LOWER), (RIGHT, _LOWER), "axis")
    for index, row in enumerate(rows):
        if label := _DECADES.get(row["from_us"]):
            x = LEFT + width * index
            drawing.line((x, _LOWER), (x, _LOWER + 5), "axis")
            drawing.text(x, _LOWER + 18, label, "label mid")
    drawing.text((LEFT + RIGHT) / 2, _LOWER + 36, "time since the request before (logarithmic)", "label mid")


def _twin(rows: Rows, shares: list[tuple[float, float]], cites: tuple[str, ...]) -> Table:
    """Return the bins that hold anything."""
    columns = (
        Column("From", Kind.DURATION),
        Column("To", Kind.DURATION),
        Column("Waits, clusters", Kind.COUNT),
        Column("Share", Kind.SHARE),
        Column("Waits, others", Kind.COUNT),
        Column("Share", Kind.SHARE),
    )
    filled = tuple(
        (row["from_us"], row["to_us"], row["cluster_gaps"], own, row["other_gaps"], other)
        for row, (own, other) in zip(rows, shares, strict=True)
        if row["cluster_gaps"] or row["other_gaps"]
    )
    return Table("Time between two requests, bins with at least one", columns, filled, cites, total=len(filled))


def _part(value: int, total: int) -> float:
    return round(value / total, 6) if total else 0.0
