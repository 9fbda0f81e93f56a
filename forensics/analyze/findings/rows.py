"""Run one kind of finding: its query over the case, a sentence per row, and the numbers kept as detail."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pyarrow as pa

from forensics.analyze.findings.absent import Absent, lacking, notice, with_needs
from forensics.analyze.findings.kind import Kind, not_assessed
from forensics.analyze.findings.phrases import sentences
from forensics.case import Case, canonical
from forensics.engine import Engine
from forensics.model import Sentence
from forensics.schema import FINDINGS, TABLES

QUERIES = files("forensics.analyze.findings")
CITED = 12  # events a finding may cite
_ID_HEX = 8
_TABLES = {table.name: table for table in TABLES}


@dataclass(frozen=True)
class Judged:
    """One finding before it is numbered: what is said, about what, and the events it cites."""

    kind: str
    query_id: str
    cluster_id: str | None
    subject: str | None
    cite: tuple[str, ...]
    sentence: Sentence
    assessed: bool
    detail: Mapping[str, Any]

    @property
    def finding_id(self) -> str:
        """Return the id: the same kind, cluster and subject have the same id in every run."""
        name = f"{self.kind}|{self.cluster_id or ''}|{self.subject or ''}"
        return f"F-{hashlib.sha256(name.encode()).hexdigest()[:_ID_HEX]}"


def judge(case: Case, engine: Engine, kind: Kind, gone: Absent) -> list[Judged]:
    """Return the findings of one kind, or the one that says which table is missing."""
    query_id = f"findings/{kind.id}.sql"
    if missing := [name for name in kind.needs if not case.read(_TABLES[name]).num_rows]:
        words = " and ".join(kind.needs[name] for name in missing)
        return [
            Judged(
                kind.id, query_id, None, None, (), not_assessed(f"Not assessed: needs {words}."), assessed=False,
                detail={"needs": missing},
            )
        ]  # fmt: skip
    found = engine.rows(QUERIES / f"{kind.id}.sql").to_pylist()
    return [_judged(kind, query_id, row, gone) for row in map(_plain, found)]


def _judged(kind: Kind, query_id: str, row: dict[str, Any], gone: Absent) -> Judged:
    """Return one finding; where it lacks tables it could have used, it says so last."""
    lacks = lacking(kind.uses, row, gone)
    row["lacks"] = frozenset(use.table for use in lacks)
    said = kind.say(row)
    return Judged(
        kind.id,
        query_id,
        row["cluster_id"],
        row["subject"],
        tuple(dict.fromkeys(event for event in row["cite"] or () if event))[:CITED],
        replace(said, statement=sentences(said.statement, notice(lacks))),
        assessed=row.get("assessed", True),
        detail=with_needs(kind.detail(row), lacks),
    )


def table(judged: Iterable[Judged]) -> pa.Table:
    """Return findings as rows of the table of that name, in the order given."""
    return pa.Table.from_pylist(
        [
            {
                "finding_id": one.finding_id,
                "kind": one.kind,
                "cluster_id": one.cluster_id,
                "subject": one.subject,
                "statement": one.sentence.statement,
                "likelihood": one.sentence.likelihood,
                "confidence": one.sentence.confidence,
                "severity": one.sentence.severity,
                "alternative": one.sentence.alternative,
                "assessed": one.assessed,
                "detail": canonical(_text(one.detail)),
            }
            for one in judged
        ],
        schema=FINDINGS.arrow(),
    )


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with sums as integers: DuckDB adds integers in 128 bits, which arrive as decimals."""
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def _text(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return a value as JSON has it: times in RFC 3339, UTC."""
    match value:
        case Mapping():
            return {str(name): _text(part) for name, part in value.items()}
        case list() | tuple():
            return [_text(part) for part in value]
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return value
