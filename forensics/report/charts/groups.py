"""A large cluster at a glance: one disc per address range, larger for more accounts, lines where pairs are linked."""

from math import cos, log10, pi, sin, sqrt

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.frame import WIDTH, Rows
from forensics.report.charts.svg import LABEL_WIDTH, Drawing
from forensics.report.wording import counted
from forensics.text import shorten

_RADIUS, _HEIGHT = 140, 400
_LARGEST = 22  # pixels of the largest disc's radius
_ROLES = ("link", "link more", "link strong")  # from 1, 10 and 100 pairs


def groups(order: int, rows: Rows, cites: tuple[str, ...]) -> Chart:
    """Draw the groups of `groups.sql` of one cluster, at least two; the largest stands at the top."""
    name = rows[0]["cluster_id"]
    own = [row for row in rows if row["position_a"] == row["position_b"]]
    between = [row for row in rows if row["position_a"] != row["position_b"]]
    title = f"{name} by address range"
    accounts, pairs = sum(row["accounts_a"] for row in own), sum(row["pairs"] for row in rows)
    description = (
        f"{counted(accounts, 'account')}, each in the range it used most: {counted(rows[0]['ranges'], 'range')}. "
        f"{counted(pairs, 'linked pair')}, {sum(row['pairs'] for row in own):,} of them inside a range. A larger disc "
        "holds more accounts; lines are thin from 1, thicker from 10 and thickest from 100 linked pairs. "
        "Nearness on the circle means nothing."
    )
    drawing = Drawing(f"groups-{order}", title, description, WIDTH, _HEIGHT)
    places = {row["position_a"]: _place(index, len(own)) for index, row in enumerate(own)}
    for row in between:
        role = _ROLES[min(len(_ROLES) - 1, int(log10(row["pairs"])))]
        drawing.line(places[row["position_a"]], places[row["position_b"]], role)
    most = max(row["accounts_a"] for row in own)
    for row in own:
        x, y = places[row["position_a"]]
        radius = 4 + (_LARGEST - 4) * sqrt(row["accounts_a"] / most)
        drawing.circle(x, y, radius, "cluster")
        right = x >= WIDTH / 2 - 1
        label = f"{shorten(row['name_a'], LABEL_WIDTH)} ({row['accounts_a']:,})"
        drawing.text(x + (radius + 6 if right else -radius - 6), y + 4, label, "label" if right else "label end")
    return Chart(drawing.name, title, description, drawing.svg(), _twin(rows, name, cites))


def _place(index: int, count: int) -> tuple[float, float]:
    turn = 2 * pi * index / count
    return WIDTH / 2 + _RADIUS * sin(turn), _HEIGHT / 2 - _RADIUS * cos(turn)


def _twin(rows: Rows, name: str, cites: tuple[str, ...]) -> Table:
    columns = (
        Column("Range", Kind.CODE),
        Column("Accounts", Kind.COUNT),
        Column("Linked with", Kind.CODE),
        Column("Linked pairs", Kind.COUNT),
        Column("Most bits", Kind.NUMBER),
    )
    cells = tuple(
        (
            row["name_a"],
            row["accounts_a"],
            "itself" if row["position_a"] == row["position_b"] else row["name_b"],
            row["pairs"],
            row["most_bits"],
        )
        for row in rows
    )
    return Table(f"Linked pairs of {name} by range", columns, cells, cites, total=len(rows))
