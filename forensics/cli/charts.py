"""`chart`: the charts of the report in block glyphs, each from the table that says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli.glance import Screen
from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("chart")(chart)


def chart(
    context: typer.Context, name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One of them.")] = None
) -> None:
    """List the charts of the report, or draw one with characters."""
    from forensics.report import drawn

    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    charts = drawn(case, session.resources())
    case.looked("chart", {"chart": name})
    if name is None:
        session.console.table("charts", ("name", "shows"), [(one.name, one.title) for one in charts])
        session.console.line("next: forensics chart NAME" if charts else "no chart: nothing was analyzed yet")
        session.finish("chart", [{"name": one.name, "title": one.title} for one in charts])
        return
    found = next((one for one in charts if one.name == name), None)
    if found is None:
        raise UsageError(f"no chart {name} in this case", hint="`forensics chart` lists them")
    heads = tuple(column.name for column in found.twin.columns)
    if session.console.width is None:
        session.console.table(found.title, heads, found.twin.rows)
    else:
        Screen(session).chart(found)
    rows = [dict(zip(heads, row, strict=True)) for row in found.twin.rows]
    session.finish("chart", {"name": name, "title": found.title, "description": found.description, "rows": rows})
