"""Who acts together, on what grounds, and how far attribution goes: four layers, each with its own answer."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from forensics.decisions import FILE as DECISIONS
from forensics.report import charts
from forensics.report.blocks import Block, Cell, Column, Heading, Kind, Note, Sentence, Table, Text
from forensics.report.material import CLUSTERS_SHOWN, ROWS_SHOWN, UNDER_REVIEW, Material, code, integer, only, text
from forensics.report.sections.base import Chapter, basis, findings
from forensics.report.wording import counted, listed, number, phrase, share, words

_OVERVIEW = (
    code("Cluster"), integer("Accounts"), integer("Requests"), text("Verdict"), text("Campaign"), text("Likelihood"),
    text("Confidence"), text("Rule that decided"),
)  # fmt: skip
_DECIDED = (
    code("About"), integer("Accounts"), text("Machine, then"), text("Machine, now"), text("Person"), text("Because"),
    text("By"), text("When"), text("The group now"),
)  # fmt: skip
_MEMBERS = {
    "user_id": code("Account"),
    "role": text("Role"),
    "actionable": Column("Ready for review", Kind.FLAG),
    "probability": Column("Probability", Kind.NUMBER),
    "events": integer("Requests"),
    "objects": integer("Objects"),
    "first_seen": Column("First", Kind.TIME),
    "last_seen": Column("Last", Kind.TIME),
}
_KNOWN = {
    "user_id": code("Account"),
    "created_at": Column("Signed up", Kind.TIME),
    "plan": text("Plan"),
    "email_domain": code("E-mail domain"),
    "organization": text("Declared organization"),
    "channel": text("Channel"),
}
_LINKS = {
    "family": text("Family"),
    "signal": text("Signal"),
    "pairs": integer("Pairs"),
    "least_bits": Column("Least bits", Kind.NUMBER),
    "median_bits": Column("Median bits", Kind.NUMBER),
    "most_bits": Column("Most bits", Kind.NUMBER),
    "strongest": text("Observed, strongest pair"),
}
_LAYERS = (
    ("L1", "These accounts act as one operator", "assessed from logs; see each cluster"),
    ("L2", "The operator belongs to this organization", "assessed in part, from two independent grounds that agree"),
    ("L3", "The organization directed it", "not assessed: not testable from logs"),
    ("L4", "It was meant, and it caused the outage", "intent not testable from logs; timing in section 8"),
)


def _write(material: Material) -> Iterator[Block]:
    if not material.clusters:
        yield Note("No cluster: no group of accounts passed or came near the line, so nothing is attributed.")
    else:
        yield _overview(material)
    yield _layers()
    for order, cluster in enumerate(material.shown, start=1):
        yield from _cluster(material, order, cluster)
    left_out = sum(1 for cluster in material.clusters if cluster["verdict"] in UNDER_REVIEW) - CLUSTERS_SHOWN
    if left_out > 0:
        said = f"{counted(left_out, 'further cluster')} in the table above, told in full in analysis/clusters.parquet."
        yield Text((material.say(said, "clusters"),))
    yield Heading("Decisions of people, beside what the machine found")
    yield _decided(material)
    yield Heading("Findings on attribution")
    yield from findings(material, "attribution", needs="at least one cluster of accounts")


def _decided(material: Material) -> Block:
    """Return what people recorded: it stands beside the verdicts and changes none of them."""
    if not material.decided:
        return Note("No decision of a person is recorded (forensics label, forensics note).")
    rows = tuple(
        (
            one.decision.about,
            len(one.decision.accounts),
            words(one.decision.verdict or "no cluster"),
            ", ".join(map(words, one.verdicts)) or "no cluster",
            words(one.decision.decision),
            one.decision.because,
            one.decision.operator,
            one.decision.time,
            one.state,
        )
        for one in material.decided[-ROWS_SHOWN:]
    )
    total = len(material.decided)
    return Table("Decisions recorded, and what became of the groups", _DECIDED, rows, total=total, full=DECISIONS)


def _overview(material: Material) -> Table:
    """Return every cluster with its verdict, the declined ones too: what was left out, and by which rule."""
    shown = material.clusters[:200]
    return Table(
        "Clusters, with those looked at and not called coordinated",
        _OVERVIEW,
        tuple(_overview_row(cluster) for cluster in shown),
        material.exhibits.tables("clusters"),
        total=len(material.clusters),
        full="analysis/clusters.parquet",
    )


def _overview_row(cluster: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        cluster["cluster_id"],
        cluster["size"],
        cluster["events"],
        words(cluster["verdict"]),
        words(cluster["campaign"]) if cluster["campaign"] else None,
        cluster["likelihood"],
        cluster["confidence"],
        cluster["reason"],
    )


def _layers() -> Table:
    columns = (text("Layer"), text("Statement"), text("What this report says"))
    return Table("The four layers of attribution", columns, _LAYERS, total=len(_LAYERS))


def _cluster(material: Material, order: int, cluster: Mapping[str, Any]) -> Iterator[Block]:
    """Yield one cluster in full: verdict and reason, evidence, members, links."""
    name = cluster["cluster_id"]
    yield Heading(f"Cluster {name}: {words(cluster['verdict'])}")
    yield Text(tuple(_said(material, cluster)))
    evidence = only(material.query("charts/waterfall"), cluster_id=name)
    if evidence.num_rows:
        yield charts.waterfall(order, evidence.to_pylist(), material.exhibits.tables("evidence", "pairs", "settings"))
    ranges = only(material.query("charts/groups"), cluster_id=name)
    if len(set(ranges["position_a"].to_pylist())) > 1:  # more accounts than a circle can show, in several ranges
        cites = material.exhibits.tables("pairs", "cluster_members", "requests")
        yield charts.groups(order, ranges.to_pylist(), cites)
    pairs = only(material.query("charts/graph"), cluster_id=name)
    if pairs.num_rows > 1:  # one pair is told by its evidence above
        yield charts.graph(order, pairs.to_pylist(), material.exhibits.tables("pairs", "cluster_members"))
    members = only(material.query("sections/accounts"), cluster_id=name)
    yield material.table(
        f"Accounts of {name} (L1)", members, _MEMBERS, "cluster_members", "account_features", full="cluster_members"
    )
    yield material.table(
        f"What the service knows of the accounts of {name} (L2)", members, _KNOWN, "account_features", full="accounts"
    )
    links = only(material.query("sections/accounts_links"), cluster_id=name)
    if links.num_rows:
        seen = pa.array([_observed(value) for value in links["strongest"].to_pylist()], pa.string())
        links = links.set_column(links.column_names.index("strongest"), "strongest", seen)
        yield material.table(f"What links the accounts of {name}", links, _LINKS, "links", full="links")


def _observed(detail: str | None) -> str:
    """Return what a link rests on as a phrase; a detail that is no JSON object stays as it is."""
    try:
        return phrase(json.loads(detail or "{}"))
    except ValueError:
        return detail or ""


def _said(material: Material, cluster: Mapping[str, Any]) -> Iterator[Sentence]:
    """Yield verdict, likelihood and confidence of a cluster, each in a sentence of its own."""
    if cluster["reason"]:
        yield material.say(f"Rule that decided: {cluster['reason'].rstrip('.')}.", "clusters")
    if cluster["likelihood"]:
        yield _likely(material, cluster)
    yield material.say(f"Confidence: {cluster['confidence']}, because {basis(cluster)}.", "clusters")
    if cluster["carried_by"]:
        carried = listed(cluster["carried_by"])
        yield material.say(f"Without {carried} evidence every link of it falls below the floor of leads.", "clusters")
    if cluster["organization_id"]:
        yield material.say(
            f"{share(cluster['organization_share'] or 0)} of its accounts declare organization "
            f"{cluster['organization_id']}; a declaration alone is one ground (L2).",
            "clusters",
        )


def _likely(material: Material, cluster: Mapping[str, Any]) -> Sentence:
    return material.say(
        f"Likelihood that these accounts act as one operator (L1): {cluster['likelihood']} "
        f"(probability of the weakest link that holds it together: {number(cluster['probability'])}).",
        "clusters",
    )


CHAPTER = Chapter(
    "accounts", "Accounts and attribution", "Which accounts act together, and how far can that be attributed?", _write
)
