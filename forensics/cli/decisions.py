"""`label`, `note`, `runs`: what people decide beside what the machine finds, and whether a run can be repeated."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forensics.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forensics.case import Case
    from forensics.cli.session import Session

_SHOWN = 12  # hex digits of a run id


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("label")(label)
    app.command("note")(note)
    runs = typer.Typer(help="Analyses of this case: list them, compare two, repeat the last.", no_args_is_help=True)
    runs.command("list")(runs_list)
    runs.command("diff")(runs_diff)
    runs.command("replay")(runs_replay)
    app.add_typer(runs, name="runs")


def label(
    context: typer.Context,
    word: Annotated[str, typer.Argument(metavar="confirm|reject|benign-shared|unsure|split|merge")],
    subjects: Annotated[list[str], typer.Argument(metavar="CLUSTER|ACCOUNT…", help="Whom it is about.")],
    because: Annotated[str, typer.Option(metavar="TEXT", help="Why; it stands in the report.")],
) -> None:
    """Record a decision about a cluster, an account or a pair; it never changes what the machine found."""
    from forensics.decisions import LABELS

    if word not in LABELS:
        raise UsageError(f"{word!r} is no label", hint=f"one of: {', '.join(LABELS)}")
    _record(context, "label", word, subjects, because)


def note(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="CLUSTER|ACCOUNT", help="Whom it is about.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; it stands in the report.")],
) -> None:
    """Record a note about a cluster or an account."""
    _record(context, "note", "note", [subject], text)


def _record(context: typer.Context, command: str, word: str, subjects: list[str], because: str) -> None:
    from forensics.decisions import as_json, decide

    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    with case.locked():
        made = decide(case, word, subjects, because)
    session.console.line(f"recorded: {word} about {made.about}; what the machine found stays beside it")
    session.console.line("next: forensics report")
    session.finish(command, as_json(made))


def runs_list(context: typer.Context) -> None:
    """List the analyses of this case, the oldest first, and the decisions people recorded."""
    from forensics.decisions import as_json, standing

    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    case.looked("runs", {"command": "list"})
    found = _analyses(case)
    columns = ("run", "time", "operator", "run_id", "clusters", "findings", "focus")
    session.console.table("analyses", columns, [_line(number, one) for number, one in enumerate(found, start=1)])
    stands = standing(case)
    if stands:
        shown = [
            (one.decision.decision, one.decision.about,
             one.decision.verdict, ", ".join(one.verdicts), one.state, one.decision.operator, one.decision.time)
            for one in stands
        ]  # fmt: skip
        heads = ("decision", "about", "machine then", "machine now", "state", "by", "time")
        session.console.table("decisions", heads, shown)
    current = bool(found) and found[-1]["detail"]["run_id"] == session.run_id
    session.console.line(
        "VERDICT  the last analysis is of these inputs and settings"
        if current
        else "VERDICT  inputs or settings changed since the last analysis: run `forensics analyze`"
    )
    listed = [{"run": number, "time": one["time"], "operator": one["operator"], **one["detail"]}
              for number, one in enumerate(found, start=1)]  # fmt: skip
    decided = [{**as_json(one.decision), "clusters_now": list(one.clusters), "state": one.state} for one in stands]
    session.finish("runs", {"runs": listed, "decisions": decided, "current": current})


def runs_diff(
    context: typer.Context,
    first: Annotated[int, typer.Argument(metavar="RUN", help="Number from `runs list`.")],
    second: Annotated[int, typer.Argument(metavar="RUN", help="Another one.")],
) -> None:
    """Say what differs between two analyses: inputs, settings, software, results."""
    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    case.looked("runs", {"command": "diff", "runs": [first, second]})
    found = _analyses(case)
    for number in (first, second):
        if not 1 <= number <= len(found):
            raise UsageError(f"there is no run {number}", hint=f"`forensics runs list` shows {len(found)}")
    rows = list(_differences(found[first - 1], found[second - 1]))
    session.console.table(f"run {first} and run {second}", ("what", "name", "first", "second"), rows)
    session.console.line(
        f"VERDICT  {len(rows)} differences between run {first} and run {second}" if rows else "VERDICT  no difference"
    )
    named = ("what", "name", "first", "second")
    session.finish("runs", {"differences": [dict(zip(named, row, strict=True)) for row in rows]})


def runs_replay(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="End with 5 if a table is not what was recorded.")] = False,
) -> None:
    """Repeat the last analysis in a copy of the case and compare every table with what was recorded."""
    session: Session = context.obj
    case = session.open()
    session.run_id = case.run_id()
    case.looked("runs", {"command": "replay"})
    found = _analyses(case)
    if not found:
        raise UsageError("nothing to repeat: the case was not analyzed", hint="forensics analyze")
    recorded = found[-1]["detail"]
    if recorded["run_id"] != session.run_id:
        raise UsageError(
            "inputs, settings or version changed since the last analysis", hint="forensics analyze, then replay"
        )
    made = _repeated(session, case)
    names = sorted({*made, *recorded["outputs"]})
    differ = [name for name in names if made.get(name) != recorded["outputs"].get(name)]
    for name in differ:
        session.console.line(f"DIFFERS  {name}")
    session.console.line(
        f"VERDICT  {len(names) - len(differ):,} of {len(names):,} tables are as recorded on {found[-1]['time']}"
    )
    ended = [ExitCode.INTEGRITY] if check and differ else []
    session.finish("runs", {"tables": len(names), "differ": differ}, *ended)


def _repeated(session: Session, case: Case) -> dict[str, str]:
    """Analyze a copy of the case that shares its tables, and return the hashes of what comes out."""
    import os
    import shutil
    import tempfile

    from forensics.analyze import analyze
    from forensics.analyze.focus import again
    from forensics.case import Case
    from forensics.engine import Engine
    from forensics.schema import ANALYSIS, FOCUS, PEOPLE

    def link(source: str, target: str) -> None:
        try:
            os.link(source, target)
        except OSError:  # another file system, or one without links
            shutil.copy2(source, target)

    with Engine.over(case, FOCUS, PEOPLE) as engine:
        focus = again(case, engine)
    with tempfile.TemporaryDirectory(dir=case.folder, prefix=".replay-") as folder:
        copy = Path(folder)
        for name in ("case.toml", "custody.jsonl"):
            shutil.copy2(case.folder / name, copy / name)
        shutil.copytree(case.folder / "private", copy / "private")
        shutil.copytree(case.folder / "tables", copy / "tables", copy_function=link)
        if (case.folder / "sources").is_dir():
            shutil.copytree(case.folder / "sources", copy / "sources", copy_function=link)
        repeated = Case.open(copy)
        with session.console.progress() as progress:
            analyze(repeated, session.resources(), progress, focus)
        return repeated.outputs(*ANALYSIS)


def _analyses(case: Case) -> list[dict[str, Any]]:
    return [entry for entry in case.entries() if entry["action"] == "analyze"]


def _line(number: int, entry: Mapping[str, Any]) -> tuple[object, ...]:
    rows = entry["detail"]["rows"]
    focus = entry["detail"].get("focus")
    tested = f"{focus['kind']}:{focus['name']}, {focus['pairs']:,} pairs" if focus else ""
    return (number, entry["time"], entry["operator"], entry["detail"]["run_id"][:_SHOWN], rows["clusters"],
            rows["findings"], tested)  # fmt: skip


def _differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> Any:  # noqa: ANN401 - rows of text
    """Yield what differs, name by name; hashes are cut to what tells them apart."""
    pairs = (
        ("software", first["packages"], second["packages"]),
        ("settings", _flat(first["detail"]["settings"]), _flat(second["detail"]["settings"])),
        ("input", first["detail"]["inputs"], second["detail"]["inputs"]),
        ("rows", first["detail"]["rows"], second["detail"]["rows"]),
        ("result", first["detail"]["outputs"], second["detail"]["outputs"]),
    )
    for what, one, other in pairs:
        for name in sorted({*one, *other}):
            if one.get(name) != other.get(name):
                yield what, name, _short(one.get(name)), _short(other.get(name))


def _flat(settings: Mapping[str, Any]) -> dict[str, object]:
    return {f"{section}.{key}": value for section, values in settings.items() for key, value in values.items()}


def _short(value: object) -> str:
    return "absent" if value is None else str(value)[:24]
