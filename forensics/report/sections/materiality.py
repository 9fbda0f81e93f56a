"""How much it was, by every measure the log has: those that make it look large and those that make it look small."""

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.report.blocks import Block, Column, Kind, Note, Row, Table
from forensics.report.material import Material, code, integer, text
from forensics.report.sections.base import Chapter, findings

_MEASURES = (
    ("accounts", "accounts"),
    ("requests", "requests"),
    ("objects", "distinct objects asked for"),
    ("response_bytes", "bytes sent"),
    ("input_tokens", "input tokens"),
    ("output_tokens", "output tokens"),
)
_COLUMNS = (
    code("Cluster"), text("Measure"), integer("Cluster's amount"), integer("Whole service"),
    Column("Share", Kind.SHARE),
)  # fmt: skip


def _write(material: Material) -> Iterator[Block]:
    shown = [cluster["cluster_id"] for cluster in material.shown]
    rows = [row for row in material.rows("sections/materiality") if row["cluster_id"] in shown]
    if rows:
        cells = tuple(cell for row in rows for cell in _measures(row))
        caption = "Amounts and shares over the whole period, anonymous traffic included in the whole"
        yield Table(caption, _COLUMNS, cells, material.exhibits.tables("requests"), total=len(cells))
    else:
        yield Note("Not assessed: shares are told for clusters, and there is no cluster to tell of.")
    yield from findings(material, "materiality", needs="a cluster with requests")


def _measures(row: Mapping[str, Any]) -> Iterator[Row]:
    """Yield each measure; one the log does not have is shown as absent, not as zero."""
    for name, label in _MEASURES:
        amount, total = row[name], row[f"all_{name}"]
        known = total is not None and total > 0
        share = round((amount or 0) / total, 6) if known else None
        yield (
            row["cluster_id"],
            label if known else f"{label} (not in this log)",
            amount if known else None,
            (total if known else None),
            share,
        )


CHAPTER = Chapter("materiality", "Materiality", "How much of the whole was it, by which measure?", _write)
