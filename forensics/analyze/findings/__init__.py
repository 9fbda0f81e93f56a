"""Findings: clusters, events and context in, sentences with numbers and the exhibits they rest on out.

Each kind is one query and one descriptor of the same name. The order of `FINDINGS` is the reading order.
"""

import pyarrow as pa

from forensics.analyze.findings import exhibits, rows
from forensics.analyze.findings.alternative import ALTERNATIVE
from forensics.analyze.findings.attribution import ATTRIBUTION
from forensics.analyze.findings.harvest import HARVEST
from forensics.analyze.findings.kind import Kind
from forensics.analyze.findings.materiality import MATERIALITY
from forensics.analyze.findings.scope import SCOPE
from forensics.analyze.findings.service_impact import SERVICE_IMPACT
from forensics.case import Case
from forensics.engine import Engine
from forensics.schema import CLUSTER_NETWORKS, CLUSTER_REQUESTS, CLUSTER_RUNS, TAKEOVERS

FINDINGS: tuple[Kind, ...] = (SCOPE, ATTRIBUTION, HARVEST, SERVICE_IMPACT, MATERIALITY, ALTERNATIVE)
STEPS = (
    CLUSTER_REQUESTS,
    CLUSTER_RUNS,
    CLUSTER_NETWORKS,
    TAKEOVERS,
)  # what several kinds read, made once, in this order

__all__ = ["FINDINGS", "STEPS", "Kind", "assess"]


def assess(case: Case, engine: Engine) -> tuple[pa.Table, pa.Table]:
    """Write the steps that findings share, and return findings and exhibits of a case, ready to be written.

    `engine` holds every table of the case as a view. Raise `IntegrityError` if a cited source has changed.
    """
    for step in STEPS:
        engine.save(case, step, rows.QUERIES / f"{step.name}.sql")
    judged = [one for kind in FINDINGS for one in rows.judge(case, engine, kind)]
    lines = exhibits.read_lines(case, engine, (event_id for one in judged for event_id in one.cite))
    if lines:
        judged.append(exhibits.lines_finding(lines))
    reading_order = [kind.id for kind in FINDINGS]
    judged.sort(key=lambda one: (reading_order.index(one.kind), one.cluster_id or "", one.subject or ""))
    return rows.table(judged), exhibits.table(judged, lines)
