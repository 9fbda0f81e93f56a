"""What the tests of service impact say: timing, load, and the errors of *other* customers."""

from collections.abc import Iterator

from forensics.report import charts
from forensics.report.blocks import Block, Column, Kind, Note, Sentence, Text
from forensics.report.material import Material, code, only, text
from forensics.report.sections.base import Chapter, findings
from forensics.report.sections.timeline import outages

_INCIDENTS = {
    "incident_id": code("Incident"),
    "kind": text("Kind"),
    "title": text("Title"),
    "scope": text("Scope"),
    "started_at": Column("Began", Kind.TIME),
    "ended_at": Column("Ended", Kind.TIME),
}
_RULE = (
    "A cluster's own refused or failed requests are load, not harm: harm is counted from the requests of all other "
    "accounts. Order in time and overlap are what logs can show; that one thing brought on another is not."
)


def _write(material: Material) -> Iterator[Block]:
    incidents = material.query("sections/service_impact")
    if not incidents.num_rows:
        yield Note("Not assessed: needs an incidents table (forensics ingest FILE --as incidents).")
    else:
        yield Text((Sentence(_RULE),))
        yield material.table("Incidents as declared", incidents, _INCIDENTS, "incidents", full="incidents")
        cites = material.exhibits.tables("requests", "incidents")
        for number, outage in enumerate(outages(material), start=1):
            rows = only(material.query("charts/load"), incident_id=str(outage["incident_id"]))
            if rows.num_rows and material.query("charts/activity").num_rows:
                yield charts.load(number, rows.to_pylist(), outage, material.compared, cites)
    if incidents.num_rows or material.of_kind("service_impact"):
        yield from findings(material, "service_impact", needs="a cluster and an outage to test it against")


CHAPTER = Chapter(
    "service_impact", "Service impact", "Is the activity consistent with having contributed to an outage?", _write
)
