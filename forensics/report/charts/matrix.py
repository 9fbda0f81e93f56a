"""Which account used which address range: discs where they met, and how crowded each range is."""

from math import sqrt

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.frame import WIDTH, Rows
from forensics.report.charts.svg import LABEL_WIDTH, Drawing
from forensics.report.wording import counted
from forensics.text import shorten

_LEFT, _ROW, _CHARACTER = 190, 19, 6.6
_TITLE = "Accounts and the address ranges they used"


def matrix(rows: Rows, cites: tuple[str, ...]) -> Chart:
    """Draw the cells of `matrix.sql`, at least one."""
    accounts = {row["account_position"]: row["user_id"] for row in rows}
    ranges = {row["range_position"]: (row["source_range"], row["range_accounts"]) for row in rows}
    description = (
        f"{len(accounts)} of {counted(rows[0]['accounts'], 'account')} and {len(ranges)} of "
        f"{counted(rows[0]['ranges'], 'range')}. "
        "A disc where an account used a range, larger for more requests; beside each range, in brackets, how many "
        "accounts of the whole service were seen in it."
    )
    labels = {place: f"{shorten(span, LABEL_WIDTH)} ({others:,})" for place, (span, others) in ranges.items()}
    head = 24 + _CHARACTER * max(map(len, labels.values()))  # written upwards: as high as the longest is long
    drawing = Drawing("matrix", _TITLE, description, WIDTH, round(head) + _ROW * len(accounts) + 12)
    step = min(40.0, (WIDTH - 20 - _LEFT) / len(ranges))
    columns = {position: _LEFT + step * (index + 0.5) for index, position in enumerate(sorted(ranges))}
    lines = {position: head + _ROW * (index + 0.5) for index, position in enumerate(sorted(accounts))}
    for position, x in columns.items():
        drawing.line((x, head), (x, head + _ROW * len(lines)), "grid")
        drawing.text(x + 4, head - 6, labels[position], turn=True)
    for position, y in lines.items():
        drawing.line((_LEFT, y), (_LEFT + step * len(columns), y), "grid")
        drawing.text(_LEFT - 8, y + 4, shorten(accounts[position], LABEL_WIDTH), "label end")
    most = max(row["requests"] for row in rows)
    for row in rows:
        radius = 2 + 6 * sqrt(row["requests"] / most)
        drawing.circle(columns[row["range_position"]], lines[row["account_position"]], radius, "cluster")
    return Chart("matrix", _TITLE, description, drawing.svg(), _twin(rows, cites))


def _twin(rows: Rows, cites: tuple[str, ...]) -> Table:
    columns = (
        Column("Cluster", Kind.CODE),
        Column("Account", Kind.CODE),
        Column("Range", Kind.CODE),
        Column("Requests", Kind.COUNT),
        Column("Accounts in this range, whole service", Kind.COUNT),
    )
    cells = tuple(
        (row["cluster_id"], row["user_id"], row["source_range"], row["requests"], row["range_accounts"])
        for row in rows[:200]
    )
    return Table("Accounts and ranges", columns, cells, cites, total=len(rows), full="analysis/requests.parquet")
