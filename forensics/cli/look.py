"""`status`, `clusters`, `findings`, `sql`, `schema`: looking at a case. Nothing here changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from forensics.cli.glance import Screen
from forensics.cli.judging import focus_line, verdict_line
from forensics.console import moment
from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.case import Case
    from forensics.cli.session import Session


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (status, clusters, findings, sql, schema):
        app.command(command.__name__)(command)


def status(context: typer.Context) -> None:
    """Say what the case holds: sources, context, results."""
    from datetime import UTC, datetime

    from forensics.schema import CONTEXT, LOG_FILES

    session, case = _open(context)
    case.looked("status", {})
    sources = case.read(LOG_FILES).to_pylist()
    columns = ("path", "log_format", "events", "rejects", "complete", "timezone", "first_timestamp", "last_timestamp")
    shown = [tuple(moment(row[n]) if n.endswith("stamp") else row[n] for n in columns) for row in sources]
    if session.console.width is None:
        session.console.table("sources", columns, shown)
    else:
        Screen(session).sources(sources)
    context_rows = {name: case.read(table).num_rows for name, table in CONTEXT.items()}
    for name, rows in context_rows.items():
        missing = f"not assessed where needed: forensics ingest FILE --as {name}"
        session.console.line(f"{name}: {rows:,} rows" if rows else f"{name}: none ({missing})")
    focus = focus_line(case)
    if focus:
        session.console.line(focus)
    retain = case.settings.case.retain_until
    if retain and retain < datetime.now(UTC).date().isoformat():
        session.console.warn(f"retention ended on {retain}: this case holds personal data that should be gone")
    session.console.line("next: forensics overview · forensics clusters · forensics report")
    session.console.line(_standing(case, sources))
    session.finish(
        "status", {"sources": sources, "context": context_rows, "focus": focus, "retain_until": retain or None}
    )


def _standing(case: Case, sources: list[dict[str, Any]]) -> str:
    """Return in one sentence whether what was read adds up, and whether the results are of it."""
    broken = sum(1 for row in sources if not row["complete"])
    read = f"{len(sources):,} log files read" + (f", {broken:,} truncated or damaged" if broken else ", all complete")
    runs = [entry["detail"].get("run_id") for entry in case.entries() if entry.get("action") == "analyze"]
    current = "of these inputs and settings" if runs and runs[-1] == case.run_id() else "out of date: forensics analyze"
    return f"VERDICT  {read}; {'the results are ' + current if runs else 'not analyzed yet: forensics analyze'}."


def clusters(
    context: typer.Context, cluster: Annotated[str | None, typer.Argument(metavar="[ID]", help="One of them.")] = None
) -> None:
    """List the clusters, or show one with its members."""
    from forensics.engine import Engine
    from forensics.schema import CLUSTER_MEMBERS, CLUSTERS, TABLES

    session, case = _open(context)
    case.looked("clusters", {"cluster": cluster})
    rows = case.read(CLUSTERS).to_pylist()
    if cluster is None:
        columns = ("cluster_id", "size", "verdict", "campaign", "likelihood", "confidence", "events", "signals")
        if session.console.width is None:
            session.console.table("clusters", columns, [tuple(row[name] for name in columns) for row in rows])
        else:
            Screen(session).clusters(rows)
        session.console.line("next: forensics clusters ID · forensics why A B" if rows else "no clusters")
        verdict_line(session, case)
        session.finish("clusters", rows)
        return
    row = next((row for row in rows if row["cluster_id"] == cluster), None)
    if row is None:
        raise UsageError(f"no cluster {cluster} in this case", hint="`forensics clusters` lists them")
    members = [one for one in case.read(CLUSTER_MEMBERS).to_pylist() if one["cluster_id"] == cluster]
    if session.console.width is None:
        for name, value in row.items():
            session.console.line(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
        headers = ("user_id", "role", "probability", "actionable")
        session.console.table("members", headers, [tuple(one[name] for name in headers) for one in members])
    else:
        with Engine.over(case, *TABLES, resources=session.resources()) as engine:
            Screen(session).members(engine, row, members)
    pair = " ".join(one["user_id"] for one in members[:2])
    session.console.line(f"next: forensics why {pair} · forensics chart · forensics label confirm {cluster}")
    verdict_line(session, case)
    session.finish("clusters", {**row, "members": members})


def findings(
    context: typer.Context, finding: Annotated[str | None, typer.Argument(metavar="[ID]", help="One of them.")] = None
) -> None:
    """List the findings, or show one with its numbers and exhibits."""
    from forensics.schema import EXHIBITS, FINDINGS

    session, case = _open(context)
    case.looked("findings", {"finding": finding})
    rows = case.read(FINDINGS).to_pylist()
    if finding is None:
        columns = ("finding_id", "kind", "severity", "confidence", "statement")
        if session.console.width is None:
            session.console.table("findings", columns, [tuple(row[name] for name in columns) for row in rows])
        else:
            Screen(session).findings(rows)
        session.console.line("next: forensics findings ID")
        verdict_line(session, case)
        session.finish("findings", rows)
        return
    row = next((row for row in rows if row["finding_id"] == finding), None)
    if row is None:
        raise UsageError(f"no finding {finding} in this case", hint="`forensics findings` lists them")
    exhibits = [one for one in case.read(EXHIBITS).to_pylist() if one["finding_id"] == finding]
    if session.console.width is None:
        for name, value in row.items():
            session.console.line(f"{name}: {value}")
        headers = ("exhibit_id", "title", "log_offset", "log_length", "line_sha256")
        session.console.table("exhibits", headers, [tuple(one[name] for name in headers) for one in exhibits])
    else:
        Screen(session).finding(row, exhibits)
    content = {**row, "exhibits": exhibits}
    if row["kind"] == "action":  # the table is of its run; whether a person looked at the impact is in the chain
        content["impact_runs"] = [one["detail"] for one in case.entries() if one.get("action") == "impact"]
        current = any(one.get("run_id") == session.run_id for one in content["impact_runs"])
        state = "current" if current else "not current: forensics impact --policy POLICY, before any list leaves"
        session.console.line(f"impact run: {state}")
        content["impact_is_current"] = current
    session.finish("findings", content)


def sql(context: typer.Context, query: Annotated[str, typer.Argument(help="One SELECT over the tables.")]) -> None:
    """Run a read-only query over the tables of the case."""
    from forensics.engine import Engine
    from forensics.schema import TABLES

    session, case = _open(context)
    with Engine.over(case, *TABLES, resources=session.resources()) as engine:
        rows = engine.ask(query)
    case.looked("sql", {"query": query, "rows": rows.num_rows})
    records = rows.to_pylist()
    session.console.table("", rows.column_names, [tuple(row.values()) for row in records])
    session.finish("sql", records)


def schema(
    context: typer.Context, table: Annotated[str | None, typer.Argument(metavar="[TABLE]", help="One of them.")] = None
) -> None:
    """List the tables, or the columns of one."""
    from forensics.schema import TABLES

    session: Session = context.obj
    if table is None:
        session.console.table("tables", ("table", "one row is"), [(one.name, one.grain) for one in TABLES])
        session.finish("schema", [{"table": one.name, "path": one.path, "grain": one.grain} for one in TABLES])
        return
    chosen = next((one for one in TABLES if one.name == table), None)
    if chosen is None:
        raise UsageError(f"no table {table}", hint="`forensics schema` lists them")
    columns = [(column.name, column.sql_type(), column.meaning) for column in chosen.columns]
    session.console.table(chosen.name, ("column", "type", "meaning"), columns)
    session.finish("schema", [dict(zip(("column", "type", "meaning"), row, strict=True)) for row in columns])


def _open(context: typer.Context) -> tuple[Session, Case]:
    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    return session, case
