"""Looking at a case: questions and dossiers, each query read-only over the tables, each answer made of its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from forensics.ask.questions import QUESTIONS, Question
from forensics.case import Case
from forensics.engine import Engine
from forensics.schema import CONTEXT, TABLES, Table
from forensics.text import shorten

_FOLDER = files("forensics.ask")
_WIDTH = 1_000  # the longest statement of a finding about an organization, and room
DOSSIERS: Mapping[str, tuple[str, ...]] = {
    "account": ("record", "clusters", "links", "places", "requests", "findings"),
    "organization": ("record", "members", "clusters"),
    "address": ("record", "accounts", "requests"),
}

DOSSIER_USES: Mapping[str, tuple[str, ...]] = {
    "account": ("accounts", "identities"),
    "organization": ("accounts", "identities"),
    "address": ("ip_ranges", "accounts"),
}  # tables of context that a dossier shows

__all__ = ["DOSSIERS", "DOSSIER_USES", "QUESTIONS", "Answer", "Question", "answer", "dossier", "lacks", "rows"]


@dataclass(frozen=True)
class Answer:
    """What a question came to: the sentence, and the rows it is made of."""

    question: Question
    assessed: bool
    sentence: str
    columns: list[str]
    rows: list[dict[str, Any]]


def answer(case: Case, engine: Engine, question: Question) -> Answer:
    """Answer one question. `engine` holds every table of the case as a view."""
    if missing := lacks(case, question.needs[:1]):
        return Answer(question, assessed=False, sentence=missing, columns=[], rows=[])
    found = engine.rows(_FOLDER / "questions" / question.query)
    records = found.to_pylist()
    shown = {name: _words(value) for name, value in (records or [{}])[0].items()} | {"rows": f"{len(records):,}"}
    told = [question.answer.format_map(shown) if records else question.nothing, lacks(case, question.uses)]
    return Answer(question, assessed=True, sentence=" ".join(filter(None, told)), columns=found.column_names,
                  rows=records)  # fmt: skip


def lacks(case: Case, tables: Sequence[str]) -> str:
    """Return the sentence that names those of some tables that hold nothing; empty where all of them do."""
    known = {table.name: table for table in TABLES}
    missing = [_told(name) for name in tables if not (case.has(known[name]) and _holds(case, known[name]))]
    return f"Not assessed: needs {' and '.join(missing)}." if missing else ""


def _holds(case: Case, table: Table) -> bool:
    """Tell whether a table of context has a row; the others hold what an analysis wrote, also where that is nothing."""
    return table not in CONTEXT.values() or case.read(table).num_rows > 0


def dossier(engine: Engine, kind: str, subject: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the case holds about one account, organization or address, part by part."""
    return {
        part: engine.rows(_FOLDER / "dossiers" / f"{kind}_{part}.sql", {"subject": subject}).to_pylist()
        for part in DOSSIERS[kind]
    }


def rows(engine: Engine, name: str) -> list[dict[str, Any]]:
    """Return the rows of one of the other queries here, such as `overview` or `timeline`."""
    return list(engine.rows(_FOLDER / f"{name}.sql").to_pylist())


def _told(table: str) -> str:
    return {"log_files": "log files", "events": "log files", "requests": "an analysis", "findings": "an analysis"}.get(
        table, f"the {table.replace('_', ' ')} table (forensics ingest FILE --as {table.replace('_', '-')})"
    )


def _words(value: object) -> str:
    """Return a value as a sentence has it."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        case list():
            return ", ".join(map(_words, value)) or "none"
        case _:
            return (
                shorten(str(value).replace("_", " ") if str(value).isidentifier() else str(value), _WIDTH) or "nothing"
            )
