"""Tables of context that are not there: what a finding would have read from them, said in the finding itself.

A table that a whole kind rests on is in its `needs`, and without it the kind says nothing else. A table that only
adds to a finding is in its `uses`: without it the finding stands, ends with `Not assessed: needs …` and names the
table in `needs` of its detail. Silence would read as a clean bill.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from forensics.analyze.findings.kind import Row, Use
from forensics.analyze.findings.phrases import listed
from forensics.case import Case
from forensics.engine import Engine
from forensics.schema import CONTEXT

TABLES = {
    "accounts": "an accounts table",
    "identities": "an identity map",
    "ip_ranges": "an IP ranges table",
    "incidents": "an incidents table",
    "statements": "a statements table",
    "terms": "a terms table",
}  # a table, in words of a reader
_NAMES = "SELECT coalesce(min(user_id_kind) <> max(user_id_kind), false) AS mixed FROM events WHERE user_id IS NOT NULL"


def _is_assessed(row: Row) -> bool:
    return bool(row.get("assessed", True))


OTHER_NAMES = Use("identities", "what these accounts did under other names", _is_assessed, if_mixed=True)


class Absent(NamedTuple):
    """The tables of context without a row, and whether the logs name accounts in more than one way."""

    tables: frozenset[str]
    has_mixed_names: bool


def bring(table: str) -> str:
    """Return what a reader must bring, and how.

    >>> bring("terms")
    'a terms table (forensics ingest FILE --as terms)'
    """
    return f"{TABLES[table]} (forensics ingest FILE --as {table.replace('_', '-')})"


def absent(case: Case, engine: Engine) -> Absent:
    """Return which tables of context a case lacks."""
    tables = frozenset(table.name for table in CONTEXT.values() if not case.read(table).num_rows)
    return Absent(tables, "identities" in tables and engine.one(_NAMES)["mixed"])


def lacking(uses: Iterable[Use], row: Row, gone: Absent) -> list[Use]:
    """Return the uses of a finding whose table is not there."""
    return [
        use
        for use in uses
        if use.table in gone.tables and (gone.has_mixed_names or not use.if_mixed) and use.where(row)
    ]


def notice(lacks: Iterable[Use]) -> str:
    """Return the sentence that a finding ends with.

    >>> notice([Use("accounts", "rank among organizations"), Use("terms", "clauses")])
    'Not assessed: needs an accounts table (rank among organizations) and a terms table (clauses).'
    """
    told = [f"{TABLES[use.table]} ({use.adds})" for use in lacks]
    return f"Not assessed: needs {listed(told)}." if told else ""


def with_needs(detail: Mapping[str, Any], lacks: Iterable[Use]) -> Mapping[str, Any]:
    """Return a detail with the tables its finding lacks in `needs`, beside what stands there already."""
    found = sorted({*detail.get("needs", ()), *(use.table for use in lacks)})
    return {**detail, "needs": found} if found else detail
