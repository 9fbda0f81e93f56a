"""Whom each policy would reach: linked accounts, and accounts that have nothing to do with it.

The rows are those of the finding `action` (its query counts them); a policy whose right part is long is dear.
"""

from typing import Any

from forensics.report.blocks import Chart, Column, Kind, Table
from forensics.report.charts.axis import Scale, legend
from forensics.report.charts.frame import CLUSTER_ROLE, OTHERS_ROLE, RIGHT, WIDTH, Rows
from forensics.report.charts.svg import LABEL_WIDTH, Drawing
from forensics.report.wording import count, counted, words
from forensics.text import shorten

_LEFT, _HEAD, _ROW = 190, 40, 24
_NEEDED = ("policy", "accounts", "accounts_linked", "accounts_not_linked")
_MOST = 24


def drawable(detail: object) -> list[dict[str, Any]]:
    """Return the policies of a finding's detail that say how many accounts they reach."""
    rows = detail.get("reach") if isinstance(detail, dict) else None
    found = rows if isinstance(rows, list) else []
    return [row for row in found if isinstance(row, dict) and all(name in row for name in _NEEDED)][:_MOST]


def reach(order: int, rows: Rows, subject: str, cites: tuple[str, ...]) -> Chart:
    """Draw the policies of one finding, at least one."""
    title = f"Accounts that each policy would reach, {subject}"
    dearest = max(rows, key=lambda row: (row["accounts_not_linked"], str(row["policy"])))
    description = (
        f"{counted(len(rows), 'policy', 'policies')}: accounts linked to the cluster filled, accounts that are not "
        f"linked outlined. Most of the second kind: {words(str(dearest['policy']))} "
        f"({dearest['accounts_not_linked']:,})."
    )
    drawing = Drawing(f"reach-{order}", title, description, WIDTH, _HEAD + _ROW * len(rows) + 8)
    across = Scale(0, max(1, *(row["accounts"] for row in rows)), _LEFT, RIGHT - 120)
    legend(drawing, [(CLUSTER_ROLE, "linked (filled)"), (OTHERS_ROLE, "not linked (outlined)")], _LEFT, 18)
    for index, row in enumerate(rows):
        y = _HEAD + _ROW * index
        end = across(row["accounts_linked"])
        drawing.text(_LEFT - 8, y + 14, shorten(words(str(row["policy"])), LABEL_WIDTH), "label end")
        drawing.rect(_LEFT, y + 3, end - _LEFT, _ROW - 9, CLUSTER_ROLE)
        drawing.rect(
            end, y + 3, across(row["accounts_linked"] + row["accounts_not_linked"]) - end, _ROW - 9, OTHERS_ROLE
        )
        said = f"{count(row['accounts_linked'])} + {count(row['accounts_not_linked'])}"
        drawing.text(across(row["accounts"]) + 6, y + 14, said)
    columns = (Column("Policy"), *(Column(name, Kind.COUNT) for name in ("Accounts", "Linked", "Not linked")))
    cells = tuple((words(str(row["policy"])), *(row[name] for name in _NEEDED[1:])) for row in rows)
    return Chart(drawing.name, title, description, drawing.svg(), Table(title, columns, cells, cites, total=len(cells)))
