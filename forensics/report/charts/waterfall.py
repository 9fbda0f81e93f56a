"""Why two accounts are linked: what each family of evidence adds, step by step, and the floor the total has to pass."""

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.axis import Scale
from forensics.report.charts.frame import RIGHT, WIDTH, Rows
from forensics.report.charts.svg import LABEL_WIDTH, Drawing
from forensics.text import shorten

_LEFT, _HEAD, _ROW = 150, 30, 24
_VOLUME = "Volume"  # no family: a share of the error budget, so it is drawn unlike evidence


def waterfall(order: int, rows: Rows, cites: tuple[str, ...]) -> Chart:
    """Draw the rows of `waterfall.sql` for one pair, at least one; the steps add up to the total."""
    first = rows[0]
    total, floor = first["total_bits"], first["floor_bits"]
    pair = f"{shorten(first['user_id_a'], LABEL_WIDTH)} and {shorten(first['user_id_b'], LABEL_WIDTH)}"
    title = f"Evidence for {pair}, the strongest pair of its cluster"
    description = (
        f"What each family of evidence adds, in bits; what the choice of families takes away (outlined), for they were "
        f"not named beforehand; and "
        f"the share of the error budget that both have by their requests, which is no evidence (gray). Total "
        f"{total:.1f}; floor of the declared error rate for its group {floor:.1f} (dashed line). Ten bits are "
        "odds of about 1,000 to 1 against chance."
    )
    drawing = Drawing(f"waterfall-{order}", title, description, WIDTH, _HEAD + _ROW * (len(rows) + 1) + 30)
    reached = [0.0]
    for row in rows:
        reached.append(reached[-1] + row["adds_bits"])
    across = Scale(min(reached), max(1.0, total, floor, *reached), _LEFT, RIGHT - 52)
    bottom = _HEAD + _ROW * (len(rows) + 1)
    drawing.line((across(0), _HEAD - 6), (across(0), bottom), "axis")
    drawing.line((across(floor), _HEAD - 6), (across(floor), bottom), "edge")
    for index, row in enumerate(rows):
        _step(drawing, across, index, row["family"], (reached[index], reached[index + 1]))
    _step(drawing, across, len(rows), "Total", (0.0, total))
    near_end = across(floor) > RIGHT - 220
    side = "label end" if near_end else "label"
    drawing.text(across(floor) + (4 if near_end else -4), bottom + 16, f"floor of its group: {floor:.1f} bits", side)
    return Chart(drawing.name, title, description, drawing.svg(), _twin(rows, pair, cites))


def _step(drawing: Drawing, across: Scale, index: int, label: str, ends: tuple[float, float]) -> None:
    """Draw one bar from where the sum stood to where it stands, filled where evidence rose, gray for the volume."""
    y = _HEAD + _ROW * index
    low, high = across(min(ends)), across(max(ends))
    drawing.text(_LEFT - 10, y + 13, shorten(label, LABEL_WIDTH), "label end")
    role = "link band" if label == _VOLUME else "cluster" if ends[1] >= ends[0] else "others"
    drawing.rect(low, y + 2, high - low, _ROW - 8, role)
    drawing.text(high + 6, y + 13, f"{ends[1] - ends[0]:+.1f}" if label != "Total" else f"{ends[1]:.1f}")


def _twin(rows: Rows, pair: str, cites: tuple[str, ...]) -> Table:
    columns = (
        Column("Family"),
        Column("Signals in it"),
        Column("Bits of the family", Kind.NUMBER),
        Column("Adds, bits", Kind.NUMBER),
    )
    cells = (
        *((row["family"], row["signals"], row["bits"], row["adds_bits"]) for row in rows),
        ("Total", None, None, rows[0]["total_bits"]),
        ("Floor of its group, on average", None, None, rows[0]["floor_bits"]),
    )
    return Table(f"Evidence for {pair}", columns, cells, cites, total=len(cells))
