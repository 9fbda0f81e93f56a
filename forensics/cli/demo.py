"""`demo`: the real commands on the embedded sample logs, then found against planted.

The truth of a story is read by the comparison at the end and by nothing else.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forensics.cli import stages
from forensics.cli.session import Session
from forensics.cli.truth import checks as compared
from forensics.cli.truth import read_truth
from forensics.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from forensics.case import Case

TITLES = {
    "gallery": "Lumen Gallery: one pair, one outage (synthetic)",
    "reseller": "Orion: a dozen accounts, a reseller, a statement (synthetic)",
    "hydra": "Orion: three operators behind rotating proxies (synthetic)",
    "campus": "Orion Chat: campus, carrier, class and CI farm (synthetic)",
}


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("demo")(demo)


def demo(
    context: typer.Context,
    story: Annotated[str, typer.Argument(metavar="[" + "|".join([*TITLES, "all"]) + "]")] = "all",
    keep: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the cases here.")] = None,
) -> None:
    """Build cases from the embedded sample logs through the real commands and compare with the planted truth."""
    session: Session = context.obj
    if story not in {*TITLES, "all"}:
        raise UsageError(f"no story {story!r}", hint=f"one of: {', '.join([*TITLES, 'all'])}")
    root = keep or Path(tempfile.mkdtemp(prefix="forensics-demo-"))
    results = {name: _tell(session, name, root / name) for name in TITLES if story in {name, "all"}}
    missed = sum(not check["met"] for result in results.values() for check in result["checks"])
    total = sum(len(result["checks"]) for result in results.values())
    session.console.line(f"TRUTH  {total - missed} of {total} planted facts found as planted. All data is synthetic.")
    for name, result in results.items():
        session.console.line(f"report of {name}: {result['report']}")
    session.console.line("now yours: forensics run ACCESS_LOG --accounts ACCOUNTS_CSV -C my-case")
    session.case_name = session.run_id = None
    session.finish("demo", results, *([ExitCode.BUG] if missed else []))


def _tell(session: Session, story: str, folder: Path) -> dict[str, Any]:
    """Run one story as its own session, so that its JSON and outcomes do not mix with the demo's."""
    from forensics.demo.embedded import story_folder
    from forensics.ingest import Options

    source = story_folder(story)
    inner = Session(session.console.within(), folder, None, session.threads, session.memory_limit)
    case = inner.create()
    _entitle(case, TITLES[story])
    context_files = {kind: source / "context" / f"{kind.replace('-', '_')}.csv" for kind in stages.CONTEXT_KINDS}
    given = {kind: path for kind, path in context_files.items() if path.is_file()}
    flags = " ".join(f"--{kind} {path}" for kind, path in given.items())
    session.console.line()
    session.console.line(f"$ forensics run {source / 'logs'} {flags} -C {folder}")
    paths = stages.whole_job(inner, [str(source / "logs")], given, Options())
    checks = list(compared(type(case).open(folder), read_truth(source)))
    rows = [(check.what, check.wanted, check.found, "ok" if check.met else "MISSED") for check in checks]
    session.console.table(f"{story}: planted and found", ("what", "planted", "found", ""), rows)
    return {
        "report": paths["html"],
        "checks": [{**check._asdict(), "met": check.met} for check in checks],
    }


def _entitle(case: Case, title: str) -> None:
    path = case.folder / "case.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('title = ""', f"title = {json.dumps(title)}", 1), encoding="utf-8")
