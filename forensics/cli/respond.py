"""`statements` and `impact`: what the rows say to what was said, and whom a step would reach."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.case import Case
    from forensics.cli.session import Session

POLICIES = ("account", "cluster", "ip", "range", "domain", "payment", "organization")
_USES = ("accounts", "identities")  # who is of an organization or shares a payment, and who else an account is
_COLUMNS = ("user_id", "is_member", "is_actionable", "is_aggressive", "is_paying", "requests", "via")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (statements, impact):
        app.command(command.__name__)(command)


def statements(context: typer.Context) -> None:
    """List the imported statements with what the rows say to each."""
    from forensics.schema import FINDINGS

    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    case.looked("statements", {})
    found = [row for row in case.read(FINDINGS).to_pylist() if row["kind"] == "statement"]
    told = [{**row, "detail": json.loads(row["detail"])} for row in found]
    assessed = [row for row in told if row["assessed"]]
    if assessed:
        columns = ("statement", "claim", "result", "rows_for", "rows_against", "words")
        session.console.table("statements", columns, [_line(row) for row in assessed])
    for row in told:
        if not row["assessed"]:
            session.console.line(row["statement"])
    if not told:
        session.console.line("not analyzed yet: forensics analyze")
    session.finish("statements", [{**row["detail"], "finding_id": row["finding_id"], "assessed": row["assessed"],
                                   "statement": row["statement"]} for row in told])  # fmt: skip


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    detail = row["detail"]
    return (
        detail["statement_id"], detail["claim"], detail["result"], detail["rows_for"], detail["rows_against"],
        row["statement"],
    )  # fmt: skip


def impact(
    context: typer.Context,
    policy: Annotated[str, typer.Option(metavar="|".join(POLICIES), help="Whom a step would be applied to.")],
    cluster: Annotated[str | None, typer.Option(metavar="ID", help="Against this cluster only.")] = None,
) -> None:
    """Say whom a policy would reach and who of them is not linked; recorded in the chain of custody, then listed."""
    from forensics.ask import lacks
    from forensics.case import canonical, sha256_text
    from forensics.schema import POLICY_HITS

    if policy not in POLICIES:
        raise UsageError(f"--policy {policy!r} is none", hint=f"one of: {', '.join(POLICIES)}")
    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    _current(case)
    rows = [
        row
        for row in case.read(POLICY_HITS).to_pylist()
        if row["policy"] == policy and cluster in {None, row["cluster_id"]}
    ]
    reached = {row["user_id"] for row in rows}
    unlinked = {row["user_id"] for row in rows} - {row["user_id"] for row in rows if row["is_member"]}
    summary = {
        "policy": policy,
        "cluster_id": cluster,
        "accounts": len(reached),
        "linked": len(reached - unlinked),
        "not_linked": len(unlinked),
        "not_linked_paying": len({row["user_id"] for row in rows if row["is_paying"]} & unlinked),
        "ready_for_review": len({row["user_id"] for row in rows if row["is_actionable"]}),
    }
    digest = sha256_text(canonical(sorted(reached)))
    with case.locked():  # recorded first: no list leaves that the chain does not know
        case.record("impact", {**summary, "run_id": session.run_id, "accounts_sha256": digest})
    columns = ("cluster_id", *_COLUMNS)
    session.console.table(f"policy {policy}", columns, [tuple(row[name] for name in columns) for row in rows])
    session.console.line(
        f"IMPACT  policy {policy} reaches {len(reached):,} accounts, {len(unlinked):,} of them not linked to a cluster"
        " told here. This is no decision: a person decides and signs."
    )
    if not rows:
        session.console.line("No member of a cluster told here shows a value by which this policy could reach anybody.")
    if missing := lacks(case, _USES):
        session.console.line(f"{missing} Whom they would add is not in this list.")
    session.finish("impact", {**summary, "accounts_sha256": digest, "not_assessed": missing, "rows": rows})


def _current(case: Case) -> None:
    """Refuse where inputs or settings changed since the analysis: an impact of yesterday's tables is none."""
    analyzed = [entry["detail"].get("run_id") for entry in case.entries() if entry.get("action") == "analyze"]
    if not analyzed or analyzed[-1] != case.run_id():
        raise UsageError(
            "the analysis is not of these inputs and settings: its impact would be out of date",
            hint="run `forensics analyze`, then `forensics impact` again",
        )
