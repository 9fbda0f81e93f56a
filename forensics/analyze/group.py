"""Pairs to clusters: groups of linked pairs first, then leads, then accounts that merely share context."""

import hashlib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

import pyarrow as pa

from forensics.analyze.graph import Edge, Group, bridges, groups
from forensics.analyze.verdict import judge
from forensics.case import Case
from forensics.engine import Engine
from forensics.model import Verdict, likelihood
from forensics.schema import CLUSTER_MEMBERS, CLUSTERS

_TIERS = ("linked", "lead", "context")  # an account belongs to the strongest tier it reaches
_CORE = 2  # edges a member of a larger cluster needs: one chance link never makes an account actionable
_ID_HEX = 12
_MEMBERS = pa.schema([("cluster_id", pa.string()), ("user_id", pa.string())])


class Found(NamedTuple):
    """One group with the tier of its pairs and the id made from its members."""

    cluster_id: str
    tier: str
    group: Group


def clusters(case: Case, engine: Engine) -> tuple[pa.Table, pa.Table]:
    """Return the tables `clusters` and `cluster_members`. The engine sees `pairs` and the tables before it."""
    found = list(_found(engine))
    members = [(one.cluster_id, account) for one in found for account in one.group.members]
    engine.register(
        "members",
        pa.table({"cluster_id": [id_ for id_, _ in members], "user_id": [account for _, account in members]}, _MEMBERS),
    )
    rows = {row["cluster_id"]: row for row in engine.rows(_sql("clusters.sql")).to_pylist()}
    carrying = frozenset(
        (row["user_id_a"], row["user_id_b"], row["family"]) for row in engine.rows(_sql("robustness.sql")).to_pylist()
    )
    authorized = frozenset(case.settings.analysis.authorized_organizations)
    judged = [_cluster(one, rows[one.cluster_id], carrying, authorized) for one in found]
    cluster_rows = sorted((cluster for cluster, _ in judged), key=lambda row: row["cluster_id"])
    member_rows = sorted(
        (member for _, rows_ in judged for member in rows_), key=lambda row: (row["cluster_id"], row["user_id"])
    )
    return (
        pa.Table.from_pylist(cluster_rows, schema=CLUSTERS.arrow()),
        pa.Table.from_pylist(member_rows, schema=CLUSTER_MEMBERS.arrow()),
    )


def _found(engine: Engine) -> Iterator[Found]:
    pairs = engine.rows("SELECT user_id_a, user_id_b, bits, probability, tier FROM pairs").to_pylist()
    taken: set[str] = set()
    for tier in _TIERS:
        edges = [
            Edge(row["user_id_a"], row["user_id_b"], row["bits"], row["probability"])
            for row in pairs
            if row["tier"] == tier and row["user_id_a"] not in taken and row["user_id_b"] not in taken
        ]
        for group in groups(edges):
            taken.update(group.members)
            name = hashlib.sha256("\0".join(group.members).encode()).hexdigest()[:_ID_HEX]
            yield Found(f"C-{name}", tier, group)


def _cluster(
    one: Found, row: Mapping[str, Any], carrying: frozenset[tuple[str, str, str]], authorized: frozenset[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    group = one.group
    judgement = judge(row, one.tier, authorized)
    strongest = _strongest(group)
    probability = min(strongest.values(), default=0.0) if one.tier != "context" else None
    cluster = {
        **row,
        "probability": probability,
        "likelihood": likelihood(probability).value if probability is not None else None,
        "confidence": judgement.confidence.value,
        "verdict": judgement.verdict.value,
        "campaign": judgement.campaign,
        "carried_by": [
            family for family in row["families"] if all((edge.a, edge.b, family) in carrying for edge in group.edges)
        ],
        "weakest_bits": round(group.weakest_bits(), 4),
        "reason": judgement.reason,
    }
    return cluster, _members(one, strongest, judgement.verdict)


def _members(one: Found, strongest: Mapping[str, float], verdict: Verdict) -> list[dict[str, Any]]:
    group, degrees, cut = one.group, one.group.degrees(), bridges(one.group)
    needed = _CORE if len(group.members) > _CORE else 1
    return [
        {
            "cluster_id": one.cluster_id,
            "user_id": account,
            "probability": strongest[account] if one.tier != "context" else None,
            "role": "bridge" if account in cut else "member",
            "actionable": verdict is Verdict.COORDINATED
            and one.tier == "linked"
            and account not in cut
            and degrees[account] >= needed,
        }
        for account in group.members
    ]


def _strongest(group: Group) -> dict[str, float]:
    """Return the probability of the strongest edge of each member."""
    best = dict.fromkeys(group.members, 0.0)
    for edge in group.edges:
        for account in (edge.a, edge.b):
            best[account] = max(best[account], edge.probability or 0.0)
    return best


def _sql(name: str) -> Traversable:
    return files("forensics.analyze") / name
