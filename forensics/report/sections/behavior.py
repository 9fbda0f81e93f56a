"""What the accounts did: templates of requests, objects taken, and what the findings say of it."""

from collections.abc import Iterator

from forensics.report.blocks import Block, Column, Kind, Note
from forensics.report.material import Material, code, integer, only
from forensics.report.sections.base import Chapter, findings

_TEMPLATES = {
    "template": code("Request"),
    "requests": integer("Requests"),
    "accounts": integer("Accounts"),
    "objects": integer("Objects obtained"),
    "answered": integer("Answered (2xx)"),
    "refused": integer("Refused (4xx)"),
    "failed": integer("Failed (5xx)"),
    "response_bytes": Column("Volume", Kind.BYTES),
}


def _write(material: Material) -> Iterator[Block]:
    if not material.shown:
        yield Note("Not assessed: behavior is told for clusters, and there is no cluster to tell of.")
    for cluster in material.shown:
        rows = only(material.query("sections/behavior"), cluster_id=cluster["cluster_id"])
        if rows.num_rows:
            caption = f"What the accounts of {cluster['cluster_id']} asked for"
            yield material.table(caption, rows, _TEMPLATES, "requests", full="requests")
    yield from findings(
        material, "harvest", "distillation", "automation", needs="a cluster whose accounts asked for objects"
    )


CHAPTER = Chapter("behavior", "Behavior", "What did these accounts do, step by step?", _write)
