"""Through which channel requests came, and when: one lane per channel, clusters filled, all others outlined."""

from itertools import groupby

from forensics.report.blocks import Chart, Column, Kind, Row, Table
from forensics.report.charts.axis import Scale, legend, time_axis, top
from forensics.report.charts.frame import CLUSTER_ROLE, OTHERS_ROLE, RIGHT, WIDTH, Rows, bin_name, bin_seconds
from forensics.report.charts.svg import LABEL_WIDTH, Drawing
from forensics.report.wording import count, counted
from forensics.text import shorten

_LEFT, _HEAD, _LANE = 190, 40, 54


def channels(rows: Rows, who: str, cites: tuple[str, ...]) -> Chart:
    """Draw the bins of `channels.sql`, at least one; every lane has a scale of its own, written beside it."""
    each = bin_name(rows)
    lanes: list[Rows] = [list(lane) for _, lane in groupby(rows, key=lambda row: row["position"])]
    title = f"Requests per channel and {each}"
    description = (
        f"{counted(len(lanes), 'channel')} of {rows[0]['channels']:,}, one lane each with a scale of its own; "
        f"{who} filled, all others outlined. A channel without a log here has no lane: its use was not seen."
    )
    drawing = Drawing("channels", title, description, WIDTH, _HEAD + _LANE * len(lanes) + 34)
    first = min(row["bin_start"] for row in rows).timestamp()
    last = max(row["bin_start"] for row in rows).timestamp() + bin_seconds(rows)
    across = Scale(first, last, _LEFT, RIGHT)
    legend(drawing, [(CLUSTER_ROLE, f"{who} (filled)"), (OTHERS_ROLE, "all others (outlined)")], _LEFT, 18)
    for index, lane in enumerate(lanes):
        _lane(drawing, lane, across, _HEAD + _LANE * (index + 1) - 4)
    time_axis(drawing, across, _HEAD + _LANE * len(lanes) + 2)
    return Chart("channels", title, description, drawing.svg(), _twin(lanes, each, cites))


def _lane(drawing: Drawing, lane: Rows, across: Scale, base: float) -> None:
    highest = top(max(row["cluster_requests"] + row["other_requests"] for row in lane))
    up = Scale(0, highest, base, base - _LANE + 12)
    width = (RIGHT - _LEFT) * bin_seconds(lane) / (across.high - across.low)
    drawing.text(_LEFT - 8, base - 16, shorten(lane[0]["channel"], LABEL_WIDTH), "label end")
    drawing.text(_LEFT - 8, base - 1, f"up to {count(highest)}", "label end")
    drawing.line((_LEFT, base), (RIGHT, base), "axis")
    for row in lane:
        x = across(row["bin_start"].timestamp()) + width * 0.08
        own = up(row["cluster_requests"])
        drawing.rect(x, own, width * 0.84, base - own, CLUSTER_ROLE)
        both = up(row["cluster_requests"] + row["other_requests"])
        drawing.rect(x, both, width * 0.84, own - both, OTHERS_ROLE)


def _twin(lanes: list[Rows], each: str, cites: tuple[str, ...]) -> Table:
    columns = (
        Column("Channel", Kind.CODE),
        Column("Requests, clusters", Kind.COUNT),
        Column("Requests, others", Kind.COUNT),
        Column(f"Active bins ({each})", Kind.COUNT),
        Column("First", Kind.TIME),
        Column("Last", Kind.TIME),
    )
    return Table("Requests per channel", columns, tuple(map(_summary, lanes)), cites, total=len(lanes))


def _summary(lane: Rows) -> Row:
    return (
        lane[0]["channel"],
        sum(row["cluster_requests"] for row in lane),
        sum(row["other_requests"] for row in lane),
        len(lane),
        lane[0]["bin_start"],
        lane[-1]["bin_start"],
    )
