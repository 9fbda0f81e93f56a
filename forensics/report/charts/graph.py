"""Who is linked with whom in one cluster: accounts on a circle, a line for each pair, thicker for more bits.

The twin holds more than the drawing: the analyst page draws from it what a reader asks for (`templates/graph.js`).
"""

from math import cos, log10, pi, sin

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.frame import WIDTH, Rows
from forensics.report.charts.svg import Drawing
from forensics.report.wording import counted
from forensics.text import shorten

_RADIUS, _HEIGHT, _LABEL = 150, 400, 26
_NAMES = 24  # characters of a name beside the circle
_DRAWN = 24  # accounts; the twin holds up to 60
_STRONG, _THIN = "link strong", "link"


def graph(order: int, rows: Rows, cites: tuple[str, ...]) -> Chart:
    """Draw the pairs of `graph.sql` of one cluster, at least one; the most linked account stands at the top."""
    name, every = rows[0]["cluster_id"], rows
    rows = [row for row in rows if max(row["position_a"], row["position_b"]) <= _DRAWN] or rows[:1]
    nodes = {row["position_a"]: (row["user_id_a"], row["events_a"]) for row in rows}
    nodes |= {row["position_b"]: (row["user_id_b"], row["events_b"]) for row in rows}
    title = f"Links between the accounts of {name}"
    description = (
        f"{counted(len(nodes), 'account')} of {rows[0]['accounts']:,} and {counted(len(rows), 'linked pair')} of "
        f"{rows[0]['pairs']:,}, strongest first. Thick lines are pairs above the floor of a link, thin ones leads; "
        "larger discs sent more requests. Nearness on the circle means nothing."
    )
    drawing = Drawing(f"graph-{order}", title, description, WIDTH, _HEIGHT)
    places = {position: _place(index, len(nodes)) for index, position in enumerate(sorted(nodes))}
    for row in reversed(rows):
        role = _STRONG if row["tier"] == "linked" else _THIN
        drawing.line(places[row["position_a"]], places[row["position_b"]], role)
    for position, (account, events) in sorted(nodes.items()):
        x, y = places[position]
        drawing.circle(x, y, 4 + log10(max(1, events)), "cluster")
        right = x >= WIDTH / 2 - 1
        drawing.text(x + (12 if right else -12), y + 4, shorten(account, _NAMES), "label" if right else "label end")
    return Chart(drawing.name, title, description, drawing.svg(), _twin(every, name, cites))


def _place(index: int, count: int) -> tuple[float, float]:
    turn = 2 * pi * index / count
    return WIDTH / 2 + _RADIUS * sin(turn), _HEIGHT / 2 - _RADIUS * cos(turn)


def _twin(rows: Rows, name: str, cites: tuple[str, ...]) -> Table:
    columns = (
        Column("Account", Kind.CODE),
        Column("Linked with", Kind.CODE),
        Column("Bits", Kind.NUMBER),
        Column("Families"),
        Column("Called"),
    )
    cells = tuple(
        (row["user_id_a"], row["user_id_b"], row["bits"], ", ".join(row["families"] or ()), row["tier"]) for row in rows
    )
    total = rows[0]["pairs"]
    return Table(f"Pairs inside {name}", columns, cells, cites, total=total, full="analysis/pairs.parquet")
