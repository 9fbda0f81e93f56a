"""Which clauses were in force, which steps the policy opens, and whom each would reach. A person decides and signs."""

import json
from collections.abc import Iterator

from forensics.report import charts
from forensics.report.blocks import Block, Heading, Note, Sentence, Text
from forensics.report.material import Material
from forensics.report.sections.base import Chapter, findings, told

_RULE = (
    "No step is taken here. An open step is one whose trigger in case.toml is met; whom it would reach is counted, "
    "those not linked apart. No list leaves without an impact run of the same inputs in the chain of custody."
)


def _write(material: Material) -> Iterator[Block]:
    yield Heading("Clauses in force")
    yield from findings(material, "terms", needs="a terms table (forensics ingest FILE --as terms)")
    yield Heading("Steps and whom they would reach")
    if material.of_kind("action"):
        yield Text((Sentence(_RULE),))
        for order, finding in enumerate(material.of_kind("action"), start=1):
            rows = charts.drawable(json.loads(finding["detail"] or "{}"))
            if rows:
                cites = material.exhibits.of(finding["finding_id"])
                yield charts.reach(order, rows, finding["cluster_id"] or "service", cites)
            yield from told(material, finding)
    else:
        yield Note("Not assessed: steps are told for clusters, and there is no cluster to tell of.")


CHAPTER = Chapter("steps", "Terms and steps", "Which clauses applied, and whom would each step reach?", _write)
