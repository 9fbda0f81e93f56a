"""Docs are outputs: the reference is written by the program and compared, links lead somewhere."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer

from forensics.analyze.findings import FINDINGS
from forensics.analyze.findings.absent import TABLES as TABLES_IN_WORDS
from forensics.analyze.signals import SIGNALS
from forensics.ask import QUESTIONS
from forensics.cli.app import app
from forensics.cli.session import GLOBAL_HELP
from forensics.errors import PRECEDENCE, ExitCode
from forensics.ingest import FORMATS
from forensics.report.published import json_schema
from forensics.schema import TABLES

ROOT = Path(__file__).resolve().parents[1]
Golden = Callable[[str, str], None]
HEAD = "<!-- written by tests/test_docs.py: pytest --update -->\n"
MEANING = {
    ExitCode.INTEGRITY: "integrity: a hash does not match",
    ExitCode.BUG: "a bug, or a demo truth missed",
    ExitCode.USAGE: "usage, settings, or no source readable",
    ExitCode.TEMPORARY: "locked, or out of disk or memory: try again",
    ExitCode.PARTIAL: "partial: some source unreadable, damaged, or over the reject rate; what could be read is kept",
    ExitCode.NOTHING_TO_JUDGE: "nothing to judge: no events, or no accounts; the report is still written",
    ExitCode.GATE: "the opt-in `--fail-on` was met",
    ExitCode.OK: "done, findings or not",
}


def cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def table(headers: tuple[str, ...], rows: list[tuple[object, ...]]) -> Iterator[str]:
    yield "| " + " | ".join(headers) + " |"
    yield "|" + " --- |" * len(headers)
    for row in rows:
        yield "| " + " | ".join(map(cell, row)) + " |"


def test_reference_of_tables_is_current(golden: Golden) -> None:
    lines = [HEAD, "# Tables", ""]
    for one in TABLES:
        lines += [f"## {one.name}", "", f"`{one.path}` · one row is {one.grain}", ""]
        rows: list[tuple[object, ...]] = [(f"`{c.name}`", c.sql_type(), c.meaning) for c in one.columns]
        lines += [*table(("column", "type", "meaning"), rows), ""]
    golden("docs/reference/tables.md", "\n".join(lines))


def test_reference_of_formats_is_current(golden: Golden) -> None:
    lines = [HEAD, "# Formats", ""]
    for one in FORMATS:
        lines += [f"## {one.name}", "", f"{one.title} · <{one.reference}>", "", "```"]
        lines += [sample.record for sample in one.accepted[:2]]
        lines += ["```", ""]
    golden("docs/reference/formats.md", "\n".join(lines))


def test_reference_of_signals_is_current(golden: Golden) -> None:
    lines = [HEAD, "# Signals", ""]
    for one in SIGNALS:
        lines += [f"## {one.id} ({one.family})", "", f"**{one.title}.** {one.rationale}", ""]
        lines += [f"Null model: {one.null_model}", "", "What could look like it:", ""]
        lines += [f"- {reason}" for reason in one.false_positives]
        lines += ["", f"Source: {one.source}", ""]
    golden("docs/reference/signals.md", "\n".join(lines))


def test_reference_of_findings_is_current(golden: Golden) -> None:
    lines = [HEAD, "# Findings", ""]
    for one in FINDINGS:
        needs = ", ".join(one.needs.values()) or "events only"
        lines += [f"## {one.id}", "", one.question, "", f"Needs: {needs}", "", f"Rule: {one.rule}", ""]
        lines += [f"Cannot show: {one.cannot_show}", "", f"Best innocent explanation: {one.innocent}", ""]
        lines += [f"Cites: {one.exhibits}", ""]
        lines += [f"- Without {TABLES_IN_WORDS[use.table]} not assessed: {use.adds}" for use in one.uses]
        lines += [""] if one.uses else []
    golden("docs/reference/findings.md", "\n".join(lines))


def test_reference_of_questions_is_current(golden: Golden) -> None:
    lines = [HEAD, "# Thirty questions", "", "`forensics ask Qnn` answers one with its rows.", ""]
    rows: list[tuple[object, ...]] = [(one.id, one.text, ", ".join(one.needs) or "an analysis") for one in QUESTIONS]
    golden("docs/reference/questions.md", "\n".join([*lines, *table(("id", "question", "needs"), rows), ""]))


def test_published_schema_of_the_json_report_is_current(golden: Golden) -> None:
    golden("docs/reference/report.schema.json", json.dumps(json_schema(), indent=1) + "\n")


def test_reference_of_exit_codes_is_current(golden: Golden) -> None:
    rows: list[tuple[object, ...]] = [(int(code), MEANING[code]) for code in PRECEDENCE]
    text = "The first that applies. 130 and 143: ended by SIGINT or SIGTERM."
    golden(
        "docs/reference/exit-codes.md",
        "\n".join([HEAD, "# Exit codes", "", text, "", *table(("code", "meaning"), rows), ""]),
    )


def commands(group: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - typer's own
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_reference_of_commands_is_current(golden: Golden) -> None:
    lines = [HEAD, "# Commands", "", GLOBAL_HELP, ""]
    for path, command in commands(typer.main.get_command(app), ("forensics",)):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        usage = " ".join(p.metavar or p.name.upper() for p in arguments)
        lines += [f"## {' '.join(path)} {usage}".rstrip(), "", (command.help or "").strip(), ""]
        rows: list[tuple[object, ...]] = [
            (f"`{p.opts[0]}{' ' + p.metavar if p.metavar else ''}`", p.help or "") for p in options
        ]
        lines += [*table(("option", "meaning"), rows), ""] if rows else []
    golden("docs/reference/commands.md", "\n".join(lines))


def test_every_link_in_the_docs_leads_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        local = [target for target in targets if not target.startswith(("https://", "mailto:"))]
        broken += [f"{page.relative_to(ROOT)}: {target}" for target in local if not (page.parent / target).exists()]
    assert broken == []
