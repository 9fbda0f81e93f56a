"""What a section is, and how findings become blocks: the same way in every section."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from forensics.report.blocks import Block, Cell, Column, Finding, Kind, Note, Table
from forensics.report.material import ROWS_SHOWN, Material
from forensics.report.wording import counted, listed, phrase, words

_LISTED = 20  # values of one list in a finding's numbers
_FIRST = (
    "step",
    "policy",
    "stage",
    "hypothesis",
    "text",
    "status",
    "template",
    "ground",
    "measure",
    "name",
    "for",
    "against",
    "missing",
)
_NAMES = frozenset({"hypothesis", "step", "policy", "stage", "triggers", "triggers_met"})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_BASIS_KEYS = ("confidence_because", "confidence_basis")


@dataclass(frozen=True)
class Chapter:
    """One section of the report: its name, the question it answers, and the function that writes it."""

    id: str
    title: str
    question: str
    write: Callable[[Material], Iterator[Block]]


def findings(material: Material, *kinds: str, needs: str) -> Iterator[Block]:
    """Yield the findings of these kinds; where there is none, say so and what it would take."""
    found = material.of_kind(*kinds)
    for finding in found:
        yield from told(material, finding)
    if not found:
        yield Note(f"Not assessed: needs {needs}.")


def told(material: Material, finding: Mapping[str, Any]) -> Iterator[Block]:
    """Yield one finding: the statement with its numbers, then its lists as tables; or a note if not assessed."""
    cites = material.exhibits.of(finding["finding_id"])
    if not finding["assessed"]:
        yield Note(finding["statement"], cites)
        return
    detail = _detail(finding["detail"])
    numbers, tables = _split(detail)
    yield Finding(
        finding_id=finding["finding_id"],
        kind=finding["kind"],
        cluster=finding["cluster_id"] or "",
        statement=finding["statement"],
        likelihood=finding["likelihood"],
        confidence=finding["confidence"],
        basis=next((str(detail[key]) for key in _BASIS_KEYS if detail.get(key)), _basis(material, finding)),
        severity=finding["severity"],
        alternative=finding["alternative"] or "",
        cites=cites,
        lines=material.exhibits.lines(finding["finding_id"]),
        numbers=tuple(numbers),
    )
    for name, rows in tables:
        yield _nested(f"{words(name).capitalize()}, finding {finding['finding_id']}", rows, cites)


def cluster_of(material: Material, cluster_id: str) -> Mapping[str, Any] | None:
    """Return one cluster by its id."""
    return next((cluster for cluster in material.clusters if cluster["cluster_id"] == cluster_id), None)


def basis(cluster: Mapping[str, Any]) -> str:
    """Return what the confidence in a cluster rests on, as counted, not as judged."""
    families = cluster["families"] or []
    weakest = f", the weakest link has {cluster['weakest_bits']:.1f} bits" if cluster["weakest_bits"] else ""
    rest = f"the links rest on {counted(len(families), 'family', 'families')} of evidence ({listed(families)}){weakest}"
    return rest + _tested(cluster)


def _tested(cluster: Mapping[str, Any]) -> str:
    """Return what the halves of the time, and days drawn again, say of a cluster; nothing where neither was asked."""
    said = ""
    if cluster["confirmed"] is not None:
        least = f"at least {cluster['confirmed']:.0%}" if cluster["confirmed"] else "perhaps none"
        said = f"; each half of the time finds {least} of its accounts together again"
    elif (cluster["hold_out"] or "").startswith("not confirmable"):
        said = f"; in halves of the time it is {cluster['hold_out']}"
    if cluster["day_inclusion"] is not None:
        share = f"{cluster['day_inclusion']:.0%}"
        said += f"; where its days are drawn again an account stays with it in {share} of the draws"
    return said


def _basis(material: Material, finding: Mapping[str, Any]) -> str:
    """Return what an attribution rests on; other findings say it in their numbers."""
    cluster = cluster_of(material, finding["cluster_id"]) if finding["kind"] == "attribution" else None
    return basis(cluster) if cluster and finding["likelihood"] else ""


def _detail(text: str | None) -> dict[str, Any]:
    """Return the numbers of a finding; a detail that is no JSON object is kept as one value."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {"detail": text}
    return value if isinstance(value, dict) else {"detail": value}


def _split(detail: Mapping[str, Any]) -> tuple[list[tuple[str, Cell]], list[tuple[str, list[dict[str, Any]]]]]:
    """Return single values with their names, and lists of records that become tables of their own."""
    numbers: list[tuple[str, Cell]] = []
    tables: list[tuple[str, list[dict[str, Any]]]] = []
    for name, value in sorted(detail.items()):
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            tables.append((name, value))
        elif isinstance(value, dict):
            numbers += [(f"{name}: {key}", _scalar(inner)) for key, inner in sorted(value.items())]
        else:
            numbers.append((name, _scalar(value)))
    return numbers, tables


def _scalar(value: object) -> Cell:
    if isinstance(value, str):
        return _moment(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return listed([phrase(item) for item in value], limit=_LISTED)
    return phrase(value)


def _entry(name: str, value: object) -> Cell:
    """Return one cell of a nested table; names of ours are written as people write them."""
    if isinstance(value, str) and name in _NAMES:
        return words(value).replace("+", " + ")
    return _scalar(value)


def _moment(value: str) -> Cell:
    """Return a time that JSON holds as text as a time; any other text as it is."""
    try:
        return datetime.fromisoformat(value) if _TIME.fullmatch(value) else value
    except ValueError:  # the thirteenth month of somebody's log
        return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _nested(caption: str, rows: Sequence[Mapping[str, Any]], cites: tuple[str, ...]) -> Table:
    """Return records as a table: what it is about comes first."""
    found = list(dict.fromkeys(name for row in rows for name in row))
    names = sorted(found, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    counts = [all(_is_number(row.get(name, 0)) for row in rows) for name in names]
    columns = tuple(
        Column(words(name).capitalize(), Kind.NUMBER if count else Kind.TEXT)
        for name, count in zip(names, counts, strict=True)
    )
    cells = tuple(tuple(_entry(name, row.get(name)) for name in names) for row in rows[:ROWS_SHOWN])
    return Table(caption, columns, cells, cites, total=len(rows), full="analysis/findings.parquet")
