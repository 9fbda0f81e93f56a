"""`demo`: the real commands on the embedded sample logs, then found against planted.

The truth of a story is read by the comparison at the end and by nothing else.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from forensics.cli import stages
from forensics.cli.session import Session
from forensics.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forensics.case import Case

TITLES = {
    "gallery": "Lumen Gallery: one pair, one outage (synthetic)",
    "campus": "Orion Chat: campus, carrier, class and CI farm (synthetic)",
}


class Check(NamedTuple):
    """One line of the comparison: what was planted, what was found."""

    what: str
    planted: object
    found: object

    @property
    def met(self) -> bool:
        """Tell whether they are the same."""
        return self.planted == self.found


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
    truth = json.loads((source / "truth.json").read_text(encoding="utf-8"))
    checks = list(_checks(type(case).open(folder), truth))
    rows = [(check.what, check.planted, check.found, "ok" if check.met else "MISSED") for check in checks]
    session.console.table(f"{story}: planted and found", ("what", "planted", "found", ""), rows)
    return {
        "report": paths["html"],
        "checks": [{**check._asdict(), "met": check.met} for check in checks],
    }


def _entitle(case: Case, title: str) -> None:
    path = case.folder / "case.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('title = ""', f"title = {json.dumps(title)}", 1), encoding="utf-8")


def _checks(case: Case, truth: dict[str, Any]) -> Iterator[Check]:
    """Yield the comparison of a case with the truth of its story."""
    from forensics.schema import CLUSTER_MEMBERS, CLUSTERS, FINDINGS, LOG_FILES

    files = case.read(LOG_FILES).to_pylist()
    for name, planted in truth["log_files"].items():
        yield Check(name, planted, sum(row[name] for row in files))
    members = case.read(CLUSTER_MEMBERS).to_pylist()
    actionable = sorted(row["user_id"] for row in members if row["actionable"])
    yield Check("actionable accounts", sorted(truth["actionable"]), actionable)
    innocent = set(truth.get("never_actionable", ())) | {
        account for accounts in truth.get("groups", {}).values() for account in accounts
    }
    yield Check(f"of {len(innocent):,} innocent accounts actionable", 0, len(innocent & set(actionable)))
    coordinated = {row["cluster_id"]: row for row in case.read(CLUSTERS).to_pylist() if row["verdict"] == "coordinated"}
    yield Check("coordinated clusters", len(truth["clusters"]), len(coordinated))
    for planted in truth["clusters"]:
        held = {row["cluster_id"] for row in members if row["user_id"] in planted["members"]} & set(coordinated)
        found = coordinated[held.pop()] if len(held) == 1 else {}
        yield Check("campaign of the planted cluster", planted["campaign"], found.get("campaign"))
        details = {
            row["kind"]: json.loads(row["detail"])
            for row in case.read(FINDINGS).to_pylist()
            if found and row["cluster_id"] == found["cluster_id"] and row["assessed"]
        }
        yield from _numbers(details, truth["numbers"])


def _numbers(details: dict[str, dict[str, Any]], numbers: dict[str, Any]) -> Iterator[Check]:
    """Yield each planted number beside the number of the finding that states it."""
    material, harvest, impact = (details.get(kind, {}) for kind in ("materiality", "harvest", "service_impact"))
    templates = {row["template"]: row["objects"] for row in harvest.get("by_template", ())}
    found = {
        "requests_by_cluster": material.get("requests"),
        "requests_before_onset": impact.get("requests_before_onset"),
        "requests_total_before_onset": impact.get("requests_before_onset_all"),
        "overlap_minutes": impact.get("overlap_minutes"),
        "outage_minutes": impact.get("outage_minutes"),
        "objects_prompts": templates.get("GET /api/v1/jobs/{id}/prompt"),
        "objects_images": templates.get("GET /jobs/{id}/image.webp"),
        "objects_pairs": harvest.get("pairs"),
        "cluster_requests_share_total": [material.get("requests"), material.get("requests_all")],
        "cluster_bytes_share_total": [material.get("bytes"), material.get("bytes_all")],
        "others_5xx_in_outage": [impact.get("others_5xx_outage"), impact.get("others_requests_outage")],
        "others_5xx_before": [impact.get("others_5xx_before_24h"), impact.get("others_requests_before_24h")],
        "cluster_5xx_in_outage": [impact.get("cluster_5xx_outage"), impact.get("cluster_requests_outage")],
    }
    for name, planted in numbers.items():
        if name in found:
            yield Check(name.replace("_", " "), planted, found[name])
