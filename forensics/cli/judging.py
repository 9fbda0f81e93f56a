"""`analyze`, `report`: judging a case and writing it down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from forensics.console import moment
from forensics.errors import ExitCode, UsageError
from forensics.model import Likelihood, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forensics.analyze.focus import Focus
    from forensics.case import Case
    from forensics.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("analyze")(analyze)
    app.command("report")(report)


def analyze(
    context: typer.Context,
    fail_on: Annotated[
        str | None,
        typer.Option(metavar="LIKELIHOOD", help="End with 3 if a coordinated cluster is at least this likely."),
    ] = None,
    focus: Annotated[
        str | None,
        typer.Option(
            metavar="KIND:NAME",
            help="Test fewer pairs: accounts:FILE, org:NAME, incident:ID or volume:REQUESTS. Goes on record first.",
        ),
    ] = None,
) -> None:
    """Link accounts, group them, and state findings."""
    from forensics.analyze.focus import read_focus

    session: Session = context.obj
    gate = _likelihood(fail_on) if fail_on else None
    chosen = read_focus(focus) if focus else None
    case = session.open()
    with case.locked():
        content = judged_case(session, case, chosen)
    if line := focus_line(case):
        session.console.line(line)
    verdict_line(session, case)
    session.console.line("next: forensics clusters · forensics findings · forensics report")
    session.finish("analyze", content, *([ExitCode.GATE] if gate and _reached(case, gate) else []))


def report(
    context: typer.Context,
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="html|md|json|pdf|xlsx", help="Repeatable.")
    ] = None,
    audience: Annotated[
        str, typer.Option(metavar="analyst|executive|legal|counterparty|public", help="Who will read it.")
    ] = "analyst",
    organization: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose accounts a counterparty may see.")
    ] = None,
) -> None:
    """Write the report from the tables of the last analysis."""
    session: Session = context.obj
    case = session.open()
    with case.locked():
        paths = written(session, case, tuple(formats or ("html", "md", "json")), audience, organization)
    for path in paths.values():
        session.console.line(path)
    session.finish("report", paths)


def verdict_line(session: Session, case: Case) -> None:
    """Print the result in one sentence: what there is to review, and what it does not mean."""
    from forensics.schema import CLUSTER_MEMBERS, CLUSTERS

    coordinated = sum(row == Verdict.COORDINATED for row in case.read(CLUSTERS)["verdict"].to_pylist())
    actionable = sum(bool(flag) for flag in case.read(CLUSTER_MEMBERS)["actionable"].to_pylist())
    if coordinated:
        groups = "1 coordinated cluster" if coordinated == 1 else f"{coordinated} coordinated clusters"
        session.console.line(
            f"VERDICT  {groups} to review, {actionable} accounts actionable. "
            "A link is ground for a person's review, not proof of who ordered it."
        )
    else:
        session.console.line(
            "VERDICT  no cluster passes the declared error rate; 0 accounts actionable. "
            "That is no clean bill: see what was not assessed."
        )


def focus_line(case: Case) -> str | None:
    """Return what the last analysis tested, in words; None for the whole population."""
    from forensics.schema import FOCUS_CHOICE

    row = next(iter(case.read(FOCUS_CHOICE).to_pylist()), None)
    if row is None:
        return None
    late = f", named after links were known: charged for {row['choices']:,} choices" if row["after_links"] else ""
    return (
        f"focus {row['number']} of this case, {row['kind']}:{row['name']}: {row['accounts']:,} accounts, "
        f"{row['pairs']:,} pairs, error rate {row['alpha']:.3g}{late}"
    )


def judged_case(session: Session, case: Case, focus: Focus | None = None) -> dict[str, object]:
    """Analyze the case, show its clusters, and return what the JSON answer holds."""
    from forensics.analyze import analyze as judge
    from forensics.schema import CLUSTERS

    with session.console.progress() as progress:
        counts = judge(case, session.resources(), progress, focus)
    session.run_id = case.run_id()
    if not counts["account_features"]:
        session.console.warn("nothing to judge: no event names an account; say which field does with --account FIELD")
        session.outcomes.append(ExitCode.NOTHING_TO_JUDGE)
    columns = ("cluster_id", "size", "verdict", "campaign", "likelihood", "confidence", "events", "first_seen")
    rows = case.read(CLUSTERS).to_pylist()
    if rows:
        shown = [(*(row[name] for name in columns[:-1]), moment(row["first_seen"])) for row in rows]
        session.console.table("clusters", columns, shown)
    return {"rows": counts, "clusters": rows}


def written(
    session: Session, case: Case, formats: Sequence[str], audience: str, organization: str | None = None
) -> dict[str, str]:
    """Write the report in these formats for one reader; return where each lies."""
    from forensics.report import report as write

    with session.console.progress() as progress:
        paths = write(
            case,
            formats=formats,
            audience=audience,
            organization=organization,
            resources=session.resources(),
            report=progress,
        )
    session.run_id = case.run_id()
    case.looked(
        "report",
        {"audience": audience, "organization": organization, "formats": list(formats), "run_id": session.run_id},
    )
    return {name: str(path) for name, path in paths.items()}


def _likelihood(word: str) -> Likelihood:
    try:
        return Likelihood(word.replace("-", " "))
    except ValueError:
        known = ", ".join(f"{value}" for value in Likelihood)
        raise UsageError(f"--fail-on {word!r} is no likelihood", hint=f"one of: {known}") from None


def _reached(case: Case, gate: Likelihood) -> bool:
    from forensics.schema import CLUSTERS

    order = list(Likelihood)
    return any(
        row["verdict"] == Verdict.COORDINATED and order.index(Likelihood(row["likelihood"])) >= order.index(gate)
        for row in case.read(CLUSTERS).to_pylist()
    )
