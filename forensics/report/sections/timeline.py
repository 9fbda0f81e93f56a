"""What happened in order, in UTC: the clusters, the service, and what people said."""

from collections.abc import Iterator

from forensics.report import charts
from forensics.report.blocks import Block, Column, Kind, Note, Table
from forensics.report.material import ROWS_SHOWN, Material, code, integer, text
from forensics.report.sections.base import Chapter


def _write(material: Material) -> Iterator[Block]:
    activity = material.rows("charts/activity")
    if activity:
        yield charts.activity(
            activity, outages(material), material.compared, material.exhibits.tables("requests", "incidents")
        )
    else:
        yield Note("Not assessed: no event to put on a timeline. Needs log files (forensics ingest SOURCE).")
    moments = material.query("sections/timeline")
    if not moments.num_rows:
        yield Note("No dated moment: no cluster, no incident and no statement is in the tables.")
        return
    rows = moments.slice(0, ROWS_SHOWN).to_pylist()
    sources = sorted({row["source"] for row in rows})
    columns = (
        integer("No."), Column("Time", Kind.TIME), text("What"), code("Whom or what it concerns"),
        integer("Requests"), Column("Exhibit", Kind.EXHIBIT),
    )  # fmt: skip
    cells = tuple(
        (
            index,
            row["moment"],
            row["what"],
            row["subject"],
            row["requests"],
            " ".join(material.exhibits.tables(row["source"])),
        )
        for index, row in enumerate(rows, start=1)
    )
    cites = material.exhibits.tables(*sources)
    yield Table(
        "What happened, in order", columns, cells, cites, total=moments.num_rows, full="analysis/clusters.parquet"
    )


def outages(material: Material) -> list[dict[str, object]]:
    """Return the declared outages that have a beginning, the first three."""
    incidents = material.rows("sections/service_impact")
    return [row for row in incidents if row["kind"] == "outage" and row["started_at"]][:3]


CHAPTER = Chapter("timeline", "Timeline", "What happened in which order?", _write)
