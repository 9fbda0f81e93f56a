"""`overview`, `ask`, `timeline`, `account`, `org`, `ip`: questions and dossiers. Nothing here changes the case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from forensics.cli.glance import Screen
from forensics.cli.judging import verdict_line
from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.case import Case
    from forensics.cli.session import Session

_OVERLAYS = ("incidents", "statements", "terms")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (overview, ask, timeline, account, org, ip):
        app.command(command.__name__)(command)


def overview(context: typer.Context) -> None:
    """Say in a dozen lines what the case holds and what was found."""
    from forensics.ask import rows

    session, case = _open(context)
    with _engine(session, case) as engine:
        found = rows(engine, "overview")
        if session.console.width is not None:
            Screen(session).activity(engine)
    case.looked("overview", {})
    if session.console.width is None:
        session.console.table("overview", ("what", "value"), [(row["name"], row["value"]) for row in found])
    else:
        Screen(session).facts([(row["name"], row["value"]) for row in found])
    session.console.line("next: forensics clusters · forensics findings · forensics ask")
    verdict_line(session, case)
    session.finish("overview", {row["name"].replace(" ", "_"): row["value"] for row in found})


def ask(
    context: typer.Context,
    question: Annotated[str | None, typer.Argument(metavar="[Qnn]", help="One of them.")] = None,
) -> None:
    """List the thirty questions analysts ask, or answer one with its rows."""
    from forensics.ask import QUESTIONS, answer

    session: Session = context.obj
    if question is None:
        session.console.table("questions", ("id", "question"), [(one.id, one.text) for one in QUESTIONS])
        session.console.line("next: forensics ask Q01")
        session.finish("ask", [{"id": one.id, "question": one.text} for one in QUESTIONS])
        return
    chosen = next((one for one in QUESTIONS if one.id == question.upper()), None)
    if chosen is None:
        raise UsageError(f"no question {question}", hint="`forensics ask` lists them, Q01 to Q30")
    session, case = _open(context)
    with _engine(session, case) as engine:
        found = answer(case, engine, chosen)
    case.looked("ask", {"question": chosen.id, "rows": len(found.rows)})
    session.console.line(f"{chosen.id}  {chosen.text}")
    session.console.line(found.sentence)
    if found.rows:
        session.console.table("", found.columns, [tuple(row.values()) for row in found.rows])
    content = {
        "id": chosen.id, "question": chosen.text, "assessed": found.assessed, "answer": found.sentence,
        "rows": found.rows,
    }  # fmt: skip
    session.finish("ask", content)


def timeline(
    context: typer.Context,
    overlay: Annotated[
        list[str] | None, typer.Option(metavar="|".join(_OVERLAYS), help="Show these beside. Repeatable.")
    ] = None,
) -> None:
    """Tell in order when clusters were active; overlay incidents, statements or clauses."""
    from forensics.ask import lacks, rows
    from forensics.console import moment

    wanted = {"", *(overlay or ())}
    if unknown := sorted(wanted - {"", *_OVERLAYS}):
        raise UsageError(f"--overlay {unknown[0]!r} is none", hint=f"one of: {', '.join(_OVERLAYS)}")
    session, case = _open(context)
    with _engine(session, case) as engine:
        found = [row for row in rows(engine, "timeline") if row["overlay"] in wanted]
        if found and session.console.width is not None:
            Screen(session).timeline(engine, found)
    case.looked("timeline", {"overlay": sorted(wanted - {""})})
    if session.console.width is None:
        columns = ("time", "what", "concerns", "requests")
        session.console.table(
            "timeline",
            columns,
            [(moment(row["moment"]), row["what"], row["concerns"], row["requests"]) for row in found],
        )
    if not found:
        session.console.line("no activity of a cluster, and nothing to lay over it")
    if missing := lacks(case, sorted(wanted - {""})):
        session.console.line(missing)
    session.console.line("next: forensics timeline --overlay incidents --overlay statements · forensics clusters")
    verdict_line(session, case)
    session.finish("timeline", found)


def account(context: typer.Context, user_id: Annotated[str, typer.Argument(metavar="ID", help="Account.")]) -> None:
    """Show what the case holds about one account."""
    _dossier(context, "account", user_id)


def org(context: typer.Context, name: Annotated[str, typer.Argument(metavar="ID", help="Organization.")]) -> None:
    """Show the accounts of one organization, involved or not."""
    _dossier(context, "organization", name)


def ip(
    context: typer.Context, address: Annotated[str, typer.Argument(metavar="ADDR", help="Address or range.")]
) -> None:
    """Show who used an address or range, and what was asked from it."""
    _dossier(context, "address", address)


def _dossier(context: typer.Context, kind: str, subject: str) -> None:
    from forensics.ask import DOSSIER_USES, dossier, lacks

    session, case = _open(context)
    with _engine(session, case) as engine:
        parts = dossier(engine, kind, subject)
    case.looked("dossier", {"kind": kind, "subject": subject})
    missing = lacks(case, DOSSIER_USES[kind])
    if not any(parts.values()):
        raise UsageError(
            f"nothing in this case is about {kind} {subject}", hint=missing or "`forensics sql` can list what there is"
        )
    for part, found in parts.items():
        if not found:
            session.console.line(f"{part}: none")
        elif len(found) == 1:
            session.console.table(part, ("what", "value"), [pair for pair in found[0].items() if pair[1] is not None])
        else:
            session.console.table(part, list(found[0]), [tuple(row.values()) for row in found])
    if missing:
        session.console.line(missing)
    session.finish({"organization": "org", "address": "ip"}.get(kind, kind), {"subject": subject, **parts})


def _open(context: typer.Context) -> tuple[Session, Case]:
    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    return session, case


def _engine(session: Session, case: Case) -> Any:  # noqa: ANN401 - the engine is imported where it is used
    from forensics.engine import Engine
    from forensics.schema import TABLES

    return Engine.over(case, *TABLES, resources=session.resources())
