"""What somebody said, by the test fixed for its type of claim: the ledger first, then each test with its rows."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.report.blocks import Block, Column, Kind, Note, Sentence, Table, Text
from forensics.report.material import ROWS_SHOWN, Material, code, integer, text
from forensics.report.sections.base import Chapter, findings
from forensics.report.wording import words

_COLUMNS = (
    code("Statement"), text("Source"), text("In these words"), text("Claim"), text("Value claimed"),
    text("Result"), integer("Rows for"),
    integer("Rows against"), Column("Exhibit", Kind.EXHIBIT),
)  # fmt: skip
_RULE = (
    "Each claim has one test, fixed before looking. A channel outside the data caps a result at supported in part; "
    "what somebody meant or asked for is never testable."
)


def _write(material: Material) -> Iterator[Block]:
    found = [finding for finding in material.of_kind("statement") if finding["assessed"]]
    if not found:
        yield Note("Not assessed: needs a statements table (forensics ingest FILE --as statements).")
        return
    yield Text((Sentence(_RULE),))
    said = {row["statement_id"]: row["verbatim"] for row in material.rows("sections/statements")}
    cells = tuple(_line(material, finding, json.loads(finding["detail"]), said) for finding in found[:ROWS_SHOWN])
    cites = material.exhibits.tables("statements")
    yield Table(
        "Statements and what the rows say", _COLUMNS, cells, cites, total=len(found), full="analysis/findings.parquet"
    )
    yield from findings(material, "statement", needs="a statement")


def _line(
    material: Material, finding: Mapping[str, Any], detail: Mapping[str, Any], said: Mapping[str, str | None]
) -> tuple[Any, ...]:
    return (
        detail.get("statement_id"), detail.get("source"), said.get(detail.get("statement_id") or ""),
        words(detail.get("claim") or ""), detail.get("claimed_value"),
        words(detail.get("result") or ""), detail.get("rows_for"), detail.get("rows_against"),
        " ".join(material.exhibits.of(finding["finding_id"])),
    )  # fmt: skip


CHAPTER = Chapter("statements", "Statements tested", "What do the rows say about what was said?", _write)
