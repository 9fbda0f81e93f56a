"""What sections are written from: the tables of the case, who is shown, and which exhibit stands behind what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from forensics import schema
from forensics.case import Case
from forensics.decisions import Standing
from forensics.engine import Engine
from forensics.model import Verdict
from forensics.report.blocks import Cell, Column, Kind, Line, Sentence, Table
from forensics.report.wording import Clock
from forensics.settings import Settings, timezone

ROWS_SHOWN = 200  # of any table; the rest is counted and the full table named
CLUSTERS_SHOWN = 8  # told in full; the others stand in the overview table
FINDINGS_SHOWN = 300  # a document, not a database
UNDER_REVIEW = (Verdict.COORDINATED, Verdict.UNDECIDED)
PATHS = {table.name: table.path for table in schema.TABLES}
_QUERIES = files("forensics.report")


@dataclass(frozen=True)
class Exhibits:
    """Which exhibits a finding or a whole table has."""

    rows: tuple[Mapping[str, Any], ...]

    @cached_property
    def _findings(self) -> dict[str, list[Mapping[str, Any]]]:
        found: dict[str, list[Mapping[str, Any]]] = {}
        for row in self.rows:
            if row["finding_id"]:
                found.setdefault(row["finding_id"], []).append(row)
        return found

    @cached_property
    def _tables(self) -> dict[str, str]:
        whole = (row for row in self.rows if not row["finding_id"] and (row["query_id"] or "").startswith("table:"))
        return {row["query_id"].removeprefix("table:"): row["exhibit_id"] for row in whole}

    def of(self, finding_id: str) -> tuple[str, ...]:
        """Return the exhibits that are query results behind a finding."""
        return tuple(row["exhibit_id"] for row in self._findings.get(finding_id, ()) if row["log_offset"] is None)

    def lines(self, finding_id: str) -> tuple[str, ...]:
        """Return the exhibits that are raw lines behind a finding."""
        return tuple(row["exhibit_id"] for row in self._findings.get(finding_id, ()) if row["log_offset"] is not None)

    def tables(self, *names: str) -> tuple[str, ...]:
        """Return the exhibits of whole tables; a table the analysis did not list has none."""
        return tuple(self._tables[name] for name in names if name in self._tables)


@dataclass(frozen=True)
class Material:
    """A case, opened for writing a report about it."""

    engine: Engine
    settings: Settings
    run_id: str
    clock: Clock
    clusters: tuple[Mapping[str, Any], ...]  # all, in the order they are told
    findings: tuple[Mapping[str, Any], ...]  # about the service and the clusters shown
    findings_left_out: int
    exhibits: Exhibits
    decided: tuple[Standing, ...]  # what people recorded, beside what the machine finds now
    raw: tuple[Line, ...]  # cited lines as text, for the edition that shows them
    hide: Callable[[pa.Table, str], pa.Table]  # replaces what the reader may not see in what a query returned
    _asked: dict[str, pa.Table] = field(default_factory=dict, compare=False)

    @property
    def shown(self) -> tuple[Mapping[str, Any], ...]:
        """Return the clusters told in full: those a person has to look at, strongest first."""
        return under_review(self.clusters)[:CLUSTERS_SHOWN]

    @property
    def coordinated(self) -> tuple[Mapping[str, Any], ...]:
        """Return the clusters that pass the declared error rate as acting in coordination."""
        return tuple(cluster for cluster in self.clusters if cluster["verdict"] == Verdict.COORDINATED)

    @property
    def compared(self) -> str:
        """Return which accounts the charts set against all others: coordinated clusters, else undecided ones."""
        verdict = Verdict.COORDINATED if self.coordinated else Verdict.UNDECIDED
        return f"accounts of {verdict} clusters"

    @property
    def declined(self) -> tuple[Mapping[str, Any], ...]:
        """Return the groups that were looked at and not called coordinated."""
        return tuple(cluster for cluster in self.clusters if cluster["verdict"] not in UNDER_REVIEW)

    def query(self, name: str) -> pa.Table:
        """Return the rows of one `.sql` file beside the sections or the charts; each runs once per report."""
        if name not in self._asked:
            self._asked[name] = self.hide(self.engine.rows(_QUERIES / f"{name}.sql"), name)
        return self._asked[name]

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of one query; only for queries whose result is small by construction."""
        return list(self.query(name).to_pylist())

    def lookup(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a query over rows just registered: asked anew every time."""
        return list(self.hide(self.engine.rows(_QUERIES / f"{name}.sql"), name).to_pylist())

    def of_kind(self, *kinds: str) -> list[Mapping[str, Any]]:
        """Return the findings of these kinds, in the order of the kinds, then as analyzed."""
        return [finding for kind in kinds for finding in self.findings if finding["kind"] == kind]

    def say(self, text: str, *tables: str) -> Sentence:
        """Return a sentence that rests on whole tables."""
        return Sentence(text, self.exhibits.tables(*tables))

    def table(
        self, caption: str, rows: pa.Table, columns: Mapping[str, Column], *sources: str, full: str = ""
    ) -> Table:
        """Return the first rows of a query as a block: query column → head and kind, exhibits of the sources."""
        shown = rows.slice(0, ROWS_SHOWN).select(list(columns)).to_pylist()
        return Table(
            caption,
            tuple(columns.values()),
            tuple(tuple(_cell(row[name]) for name in columns) for row in shown),
            self.exhibits.tables(*sources),
            total=rows.num_rows,
            full=full and PATHS[full],
        )


def under_review(clusters: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the clusters a person has to look at, in their order."""
    return tuple(cluster for cluster in clusters if cluster["verdict"] in UNDER_REVIEW)


def only(rows: pa.Table, **wanted: str) -> pa.Table:
    """Return the rows whose columns have these values."""
    for name, value in wanted.items():
        rows = rows.filter(pc.equal(rows[name], value))
    return rows


def text(name: str) -> Column:
    """Return a column of plain text."""
    return Column(name)


def code(name: str) -> Column:
    """Return a column of ids, addresses or paths."""
    return Column(name, Kind.CODE)


def integer(name: str) -> Column:
    """Return a column of counts."""
    return Column(name, Kind.COUNT)


def read(
    case: Case,
    engine: Engine,
    hide: Callable[[pa.Table, str], pa.Table],
    decided: tuple[Standing, ...] = (),
    raw: tuple[Line, ...] = (),
) -> Material:
    """Read what every section needs once: clusters, findings and exhibits, in the order they are told."""

    def asked(name: str) -> pa.Table:
        return hide(engine.rows(_QUERIES / f"{name}.sql"), name)

    clusters = tuple(asked("clusters").to_pylist())
    ids = [cluster["cluster_id"] for cluster in under_review(clusters)[:CLUSTERS_SHOWN]]
    findings = asked("findings")
    about = pc.or_(pc.is_null(findings["cluster_id"]), pc.is_in(findings["cluster_id"], pa.array(ids, pa.string())))
    told = findings.filter(about).slice(0, FINDINGS_SHOWN)
    return Material(
        engine=engine,
        settings=case.settings,
        run_id=case.run_id(),
        clock=Clock(timezone(case.settings.case.display_timezone)),
        clusters=clusters,
        findings=tuple(told.to_pylist()),
        findings_left_out=findings.num_rows - told.num_rows,
        exhibits=Exhibits(tuple(asked("exhibits").to_pylist())),
        decided=decided,
        raw=raw,
        hide=hide,
    )


def _cell(value: Any) -> Cell:  # noqa: ANN401 - whatever a query returns
    """Return a value of a query as a cell: lists become words, decimals become integers or doubles."""
    if value is None or isinstance(value, str | bool | int | float) or hasattr(value, "astimezone"):
        return value  # type: ignore[no-any-return]
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return int(value) if value == int(value) else float(value)
