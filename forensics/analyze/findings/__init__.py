"""Findings: clusters, events and context in, sentences with numbers and the exhibits they rest on out.

Each kind is one query and one descriptor of the same name. The order of `FINDINGS` is the reading order. Kinds of
`READ_FINDINGS` read what the kinds before them found, in the table `findings`, as a reader of a report would.
"""

from dataclasses import asdict

import pyarrow as pa

from forensics.analyze.findings import exhibits, rows
from forensics.analyze.findings.absent import absent
from forensics.analyze.findings.action import ACTION
from forensics.analyze.findings.alternative import ALTERNATIVE
from forensics.analyze.findings.attribution import ATTRIBUTION
from forensics.analyze.findings.automation import AUTOMATION
from forensics.analyze.findings.channel import CHANNEL
from forensics.analyze.findings.distillation import DISTILLATION
from forensics.analyze.findings.harvest import HARVEST
from forensics.analyze.findings.kind import Kind
from forensics.analyze.findings.materiality import MATERIALITY
from forensics.analyze.findings.scope import SCOPE
from forensics.analyze.findings.service_impact import SERVICE_IMPACT
from forensics.analyze.findings.statement import STATEMENT
from forensics.analyze.findings.terms import TERMS
from forensics.case import Case
from forensics.engine import Engine
from forensics.schema import (
    AUTOMATION_RATES,
    CLUSTER_ACTS,
    CLUSTER_GENERATIONS,
    CLUSTER_NETWORKS,
    CLUSTER_REQUESTS,
    CLUSTER_RUNS,
    CLUSTERS,
    IMPACT_ACTIVITY,
    IMPACT_BLOCKS,
    IMPACT_ORDERS,
    JUDGED_CLUSTERS,
    PLACES_AT_ONCE,
    POLICY,
    POLICY_HITS,
    STATEMENT_ACCOUNTS,
    STATEMENT_OUTAGES,
    STATEMENT_PERSONS,
    TAKEOVERS,
    TESTED_OUTAGES,
    Table,
)

_READ_TABLES = (SCOPE, CHANNEL, ATTRIBUTION, HARVEST, DISTILLATION, AUTOMATION, SERVICE_IMPACT, MATERIALITY)
READ_FINDINGS = (STATEMENT, TERMS, ACTION, ALTERNATIVE)
FINDINGS: tuple[Kind, ...] = (*_READ_TABLES, *READ_FINDINGS)
STEPS = (
    JUDGED_CLUSTERS,
    CLUSTER_REQUESTS,
    CLUSTER_RUNS,
    CLUSTER_NETWORKS,
    TAKEOVERS,
    PLACES_AT_ONCE,
    AUTOMATION_RATES,
    CLUSTER_GENERATIONS,
    STATEMENT_ACCOUNTS,
    STATEMENT_OUTAGES,
    STATEMENT_PERSONS,
    POLICY_HITS,
    TESTED_OUTAGES,
    IMPACT_ACTIVITY,
    IMPACT_BLOCKS,
    IMPACT_ORDERS,
)  # what several kinds read, made once, in this order

__all__ = ["FINDINGS", "READ_FINDINGS", "STEPS", "Kind", "assess"]


def assess(case: Case, engine: Engine) -> tuple[pa.Table, pa.Table]:
    """Write the steps that findings share, and return findings and exhibits of a case, ready to be written.

    `engine` holds every table of the case as a view. Raise `IntegrityError` if a cited source has changed.
    """
    _write_policy(case, engine)
    for step in STEPS:
        _save(case, engine, step)
    gone = absent(case, engine)
    judged = [one for kind in _READ_TABLES for one in rows.judge(case, engine, kind, gone)]
    engine.register("findings", rows.table(judged))
    _save(case, engine, CLUSTER_ACTS)
    for kind in READ_FINDINGS:
        judged += rows.judge(case, engine, kind, gone)
        engine.register("findings", rows.table(judged))
    engine.save(case, CLUSTERS, rows.QUERIES / "campaigns.sql")
    lines = exhibits.read_lines(case, engine, (event_id for one in judged for event_id in one.cite))
    if lines:
        judged.append(exhibits.lines_finding(lines))
    reading_order = [kind.id for kind in FINDINGS]
    judged.sort(key=lambda one: (reading_order.index(one.kind), one.cluster_id or "", one.subject or ""))
    return rows.table(judged), exhibits.table(judged, lines)


def _write_policy(case: Case, engine: Engine) -> None:
    """Write the thresholds in force as a table, so that every query runs unchanged in the DuckDB shell."""
    authorized = list(case.settings.analysis.authorized_organizations)
    policy = asdict(case.settings.policy) | {"authorized_organizations": authorized}
    case.write(POLICY, pa.Table.from_pylist([policy], schema=POLICY.arrow()))
    engine.view(case, POLICY)


def _save(case: Case, engine: Engine, step: Table) -> None:
    engine.save(case, step, rows.QUERIES / f"{step.name}.sql")
