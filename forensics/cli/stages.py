"""`run`, `ingest`: reading logs and context, and the main job in one command."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics import allocation
from forensics.cli.judging import judged_case, verdict_line, written
from forensics.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from forensics.case import Case
    from forensics.cli.session import Session
    from forensics.ingest import Options

CONTEXT_KINDS = ("accounts", "identities", "ip-ranges", "incidents", "statements", "terms")

Sources = Annotated[list[str], typer.Argument(metavar="SOURCE…", help="Files, folders, globs, or - for stdin.")]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="auto|NAME|DIRECTIVE|FILE#NAME",
        help="Force a format. Up to three, joined by ' + ', are asked line by line.",
    ),
]
FieldMap = Annotated[
    list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="Where a field is found. Repeatable.")
]
Account = Annotated[str | None, typer.Option(metavar="FIELD", help="Which logged field is the account.")]
Timezone = Annotated[str | None, typer.Option(metavar="TZ", help="Zone of times logged without an offset.")]
Proxies = Annotated[
    list[str] | None, typer.Option("--trusted-proxy", metavar="CIDR", help="Believe these forwarders. Repeatable.")
]
Expansion = Annotated[
    int, typer.Option(min=1, metavar="N", help="Refuse a file that unpacks to more than N times its size (over 1 GiB).")
]
RejectRate = Annotated[float, typer.Option(min=0, max=1, metavar="R", help="More rejects than this end with exit 4.")]
Accounts = Annotated[Path | None, typer.Option(metavar="FILE", help="Who owns an account, which organization.")]
Identities = Annotated[Path | None, typer.Option(metavar="FILE", help="Which names and keys are one account, when.")]
Ranges = Annotated[Path | None, typer.Option("--ip-ranges", metavar="FILE", help="Who uses a range; what is shared.")]
Incidents = Annotated[Path | None, typer.Option(metavar="FILE", help="Outages, deploys, launches.")]
Statements = Annotated[Path | None, typer.Option(metavar="FILE", help="What people said, to compare with rows.")]
Terms = Annotated[Path | None, typer.Option(metavar="FILE", help="Which clauses were in force.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("run")(run)
    app.command("ingest")(ingest)


def run(
    context: typer.Context,
    sources: Sources,
    accounts: Accounts = None,
    identities: Identities = None,
    ip_ranges: Ranges = None,
    incidents: Incidents = None,
    statements: Statements = None,
    terms: Terms = None,
    format_: Format = "auto",
    mapping: FieldMap = None,
    account: Account = None,
    timezone: Timezone = None,
    trusted_proxy: Proxies = None,
    max_reject_rate: RejectRate = 0.05,
    max_expansion: Expansion = 1000,
) -> None:
    """Do the main job in one command: make the case, ingest, analyze, report."""
    session: Session = context.obj
    allocation.keep()
    files = dict(zip(CONTEXT_KINDS, (accounts, identities, ip_ranges, incidents, statements, terms), strict=True))
    options = _options(format_, mapping, account, timezone, trusted_proxy, max_reject_rate, max_expansion)
    whole_job(session, sources, {kind: path for kind, path in files.items() if path}, options)


def whole_job(
    session: Session, sources: Sequence[str], context_files: Mapping[str, Path], options: Options
) -> dict[str, str]:
    """Make the case, ingest logs and context, analyze, report. Return where the reports lie."""
    case = session.create()
    with case.locked():
        read = _ingest_logs(session, case, sources, options)
        for kind, path in context_files.items():
            _ingest_context(session, case, kind, path)
        judged = judged_case(session, case)
        paths = written(session, case, ("html", "md", "json"), "analyst")
    verdict_line(session, case)
    session.console.line(f"report: {paths['html']}")
    session.finish("run", {"ingest": read, "analyze": judged, "report": paths})
    return paths


def ingest(
    context: typer.Context,
    sources: Sources,
    as_: Annotated[
        str, typer.Option("--as", metavar="logs|" + "|".join(CONTEXT_KINDS), help="What they are.")
    ] = "logs",
    format_: Format = "auto",
    mapping: FieldMap = None,
    account: Account = None,
    timezone: Timezone = None,
    trusted_proxy: Proxies = None,
    max_reject_rate: RejectRate = 0.05,
    max_expansion: Expansion = 1000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read; write nothing.")] = False,
) -> None:
    """Read logs or context tables into the case."""
    session: Session = context.obj
    if as_ != "logs" and as_ not in CONTEXT_KINDS:
        raise UsageError(f"--as {as_} is no kind of table", hint=f"one of: logs, {', '.join(CONTEXT_KINDS)}")
    allocation.keep(session.threads or os.cpu_count() if as_ == "logs" else None)
    options = _options(format_, mapping, account, timezone, trusted_proxy, max_reject_rate, max_expansion)
    if dry_run:
        _plan(session, sources, options)
        return
    case = session.create()
    with case.locked():
        if as_ == "logs":
            content: object = _ingest_logs(session, case, sources, options)
        else:
            content = [_ingest_context(session, case, as_, Path(source)) for source in sources]
    session.run_id = case.run_id()
    session.finish("ingest", content)


def _options(
    format_: str,
    mapping: Sequence[str] | None,
    account: str | None,
    timezone: str | None,
    proxies: Sequence[str] | None,
    max_reject_rate: float,
    max_expansion: int,
) -> Options:
    from forensics import settings
    from forensics.ingest import Options

    fields = {}
    for entry in mapping or ():
        name, separator, column = entry.partition("=")
        if not (name and separator and column):
            raise UsageError(f"--map {entry!r} is not FIELD=COLUMN", hint="for example --map timestamp=when")
        fields[name] = column
    if timezone:
        settings.timezone(timezone)
    return Options(
        format=format_,
        mapping=fields,
        account=account,
        timezone=timezone,
        trusted_proxies=tuple(proxies or ()),
        max_reject_rate=max_reject_rate,
        max_expansion=max_expansion,
    )


def _ingest_logs(session: Session, case: Case, sources: Sequence[str], options: Options) -> dict[str, object]:
    from forensics.ingest import ingest as read

    stdin = sys.stdin.buffer if "-" in sources else None
    with session.console.progress() as progress:
        outcome = read(case, sources, options, resources=session.resources(), report=progress, stdin=stdin)
    rows = outcome.files.to_pylist()
    columns = ("path", "log_format", "records", "events", "rejects", "comments", "blanks", "duplicates")
    shown = [tuple(row[name] for name in columns) for row in rows]
    totals = ("sum", "", *(sum(row[name] for row in rows) for name in columns[2:]))
    session.console.table("records = events + rejects + comments + blanks + duplicates", columns, [*shown, totals])
    for path in outcome.known:
        session.console.say(f"already in the case: {path}")
    for odd in outcome.clock:
        session.console.say(odd)
    for warning in outcome.warnings:
        session.console.warn(warning)
    if outcome.partial:
        session.outcomes.append(ExitCode.PARTIAL)
    return {"files": rows, "known": list(outcome.known), "clock": list(outcome.clock)}


def _ingest_context(session: Session, case: Case, kind: str, path: Path) -> dict[str, object]:
    from forensics.context import load

    loaded = load(case, kind, path)
    for warning in loaded.warnings:
        session.console.warn(warning)
    session.console.line(f"{kind}: {loaded.rows:,} rows" + (" (replaced the table)" if loaded.replaced else ""))
    return {"kind": kind, "rows": loaded.rows, "replaced": loaded.replaced}


def _plan(session: Session, sources: Sequence[str], options: Options) -> None:
    """Say what would be read. Without a case every file is new."""
    from dataclasses import asdict

    from forensics.ingest import plan

    case = session.open() if session.has_case() else None
    rows = [asdict(row) for row in plan(case, sources, options)]
    columns = ("path", "bytes_on_disk", "state", "format", "match_rate", "runner_up", "runner_up_rate", "reason")
    session.console.table("would be read", columns, [tuple(row[name] for name in columns) for row in rows])
    for row in rows:
        if row["hint"]:
            session.console.say(f"{row['path']}: {row['hint']}")
    if rows and all(row["state"] == "refused" for row in rows):
        session.outcomes.append(ExitCode.USAGE)
    session.finish("ingest", {"plan": rows})
