"""Who was active when: one line per account, one mark per bin, taller where there were more requests."""

from itertools import groupby

from forensics.report.blocks import Chart, Column, Kind, Row, Table
from forensics.report.charts.axis import Scale, time_axis
from forensics.report.charts.frame import RIGHT, WIDTH, Rows, bin_name, bin_seconds
from forensics.report.charts.svg import LABEL_WIDTH, Drawing
from forensics.report.wording import counted
from forensics.text import shorten

_LEFT = 190
_ROW = 15
_LEVELS = 4  # 1-9, 10-99, 100-999, 1,000 and more requests in one bin


def raster(rows: Rows, cites: tuple[str, ...]) -> Chart:
    """Draw the bins of `raster.sql`, at least one; accounts after the 60th share the last line."""
    each = bin_name(rows)
    title = f"Activity of each account per {each}"
    lines: list[Rows] = [list(line) for _, line in groupby(rows, key=lambda row: row["position"])]
    description = (
        f"One line per account of a cluster, {counted(len(lines), 'line')} for "
        f"{counted(rows[0]['members'], 'account')}; one mark per {each} (UTC) with a "
        "request: low for 1 to 9, then taller for 10, for 100 and for 1,000 or more."
    )
    drawing = Drawing("raster", title, description, WIDTH, 30 + _ROW * len(lines) + 34)
    first = min(row["bin_start"] for row in rows).timestamp()
    last = max(row["bin_start"] for row in rows).timestamp() + bin_seconds(rows)
    across = Scale(first, last, _LEFT, RIGHT)
    width = (RIGHT - _LEFT) * bin_seconds(rows) / (last - first)
    drawing.text(_LEFT, 18, "height: 1-9, 10-99, 100-999, 1,000 and more requests")
    for number, line in enumerate(lines):
        base = 30 + _ROW * (number + 1) - 2
        drawing.text(_LEFT - 8, base, _name(line), "label end")
        drawing.line((_LEFT, base), (RIGHT, base), "grid")
        for row in line:
            height = (_ROW - 3) * _level(row["requests"]) / _LEVELS
            x = across(row["bin_start"].timestamp())
            drawing.rect(x + width * 0.06, base - height, width * 0.88, height, "cluster")
    time_axis(drawing, across, 30 + _ROW * len(lines) + 4)
    return Chart("raster", title, description, drawing.svg(), _twin(lines, each, cites))


def _twin(lines: list[Rows], each: str, cites: tuple[str, ...]) -> Table:
    columns = (
        Column("Cluster", Kind.CODE),
        Column("Account", Kind.CODE),
        Column("Requests", Kind.COUNT),
        Column(f"Active bins ({each})", Kind.COUNT),
        Column("First", Kind.TIME),
        Column("Last", Kind.TIME),
        Column("Busiest", Kind.TIME),
        Column("Requests then", Kind.COUNT),
    )
    return Table("Activity of each account", columns, tuple(map(_summary, lines)), cites, total=len(lines))


def _summary(line: Rows) -> Row:
    busiest = max(line, key=lambda row: (row["requests"], -row["bin_start"].timestamp()))
    return (
        line[0]["cluster_id"],
        line[0]["user_id"] or _rest(line),
        sum(row["requests"] for row in line),
        len({row["bin_start"] for row in line}),
        line[0]["bin_start"],
        line[-1]["bin_start"],
        busiest["bin_start"],
        busiest["requests"],
    )


def _name(line: Rows) -> str:
    return shorten(line[0]["user_id"] or _rest(line), LABEL_WIDTH)


def _rest(line: Rows) -> str:
    """Return what the last line stands for when there are more accounts than lines."""
    return f"{line[0]['members'] - 60:,} more accounts"


def _level(requests: int) -> int:
    return min(_LEVELS, len(str(requests)))
