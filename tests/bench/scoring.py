"""What an analysis got right and wrong, against the truth of a world. Whatever holds for one world is counted here.

An *innocent* is an account without an operator. A cluster that says `coordinated` is *wrong* if it holds an innocent
or accounts of two operators. Machines of one declared firm (`ci`) and client accounts that one agency works in
(`agency`) are really run together: a *link* between two of them is no false link, but none of them may be actionable.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

RUN_TOGETHER = ("ci", "agency")
NO_TRAP = "ordinary"
Record = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a method said: groups of accounts, how sure, and the pairs it rests on (where it has any)."""

    clusters: pl.DataFrame  # cluster_id, verdict, probability
    members: pl.DataFrame  # cluster_id, user_id, actionable
    pairs: pl.DataFrame  # user_id_a, user_id_b, tier
    passing: pl.DataFrame | None = None  # user_id_a, user_id_b: two families, one of them behavior of 4 bits


def score(truth: pl.DataFrame, answer: Answer) -> Record:
    """Return the counts of one world as plain JSON types."""
    known = answer.members.select("cluster_id", "user_id", "actionable").join(truth, on="user_id", how="left")
    joined = known.join(answer.clusters.select("cluster_id", "verdict", "probability"), on="cluster_id", how="left")
    return {
        "accounts": truth.height,
        "innocents": truth["operator"].null_count(),
        "clusters": _clusters(joined),
        "traps": _traps(truth, joined),
        "operators": _operators(truth, joined, _leaving(truth, answer.passing)),
        "pairs": _pairs(truth, answer.pairs),
    }


def _clusters(joined: pl.DataFrame) -> list[Record]:
    """Return one record per cluster: what it claims and what it holds."""
    held = (
        joined.group_by("cluster_id", "verdict", "probability")
        .agg(
            size=pl.len(),
            actionable=pl.col("actionable").sum(),
            innocents=pl.col("operator").is_null().sum(),
            operators=pl.col("operator").drop_nulls().n_unique(),
            traps=pl.col("trap").filter(pl.col("operator").is_null()).fill_null(NO_TRAP).unique().sort(),
        )
        .sort("cluster_id")
    )
    return [{**row, "wrong": row["innocents"] > 0 or row["operators"] > 1} for row in held.to_dicts()]


def _traps(truth: pl.DataFrame, joined: pl.DataFrame) -> dict[str, Record]:
    """Return, for each trap and for the rest of the innocents, how many there are, clustered, and actionable."""
    seen = joined.group_by("user_id").agg(
        actionable=pl.col("actionable").any(), coordinated=(pl.col("verdict") == "coordinated").any()
    )
    innocents = truth.filter(pl.col("operator").is_null()).join(seen, on="user_id", how="left")
    counted = innocents.group_by(pl.col("trap").fill_null(NO_TRAP)).agg(
        accounts=pl.len(),
        clustered=pl.col("coordinated").is_not_null().sum(),
        coordinated=pl.col("coordinated").fill_null(value=False).sum(),
        actionable=pl.col("actionable").fill_null(value=False).sum(),
    )
    return {row.pop("trap"): row for row in counted.sort("trap").to_dicts()}


def _leaving(truth: pl.DataFrame, passing: pl.DataFrame | None) -> dict[str, int]:
    """Return, for each operator, how many of its accounts leave two families toward a fellow, one of them behavior."""
    if passing is None:
        return {}
    who = truth.filter(pl.col("operator").is_not_null()).select("user_id", "operator")
    both = passing.join(who, left_on="user_id_a", right_on="user_id").join(
        who, left_on="user_id_b", right_on="user_id", suffix="_b"
    )
    fellows = both.filter(pl.col("operator") == pl.col("operator_b"))
    ends = pl.concat([fellows.select("operator", user_id=name) for name in ("user_id_a", "user_id_b")])
    return dict(ends.group_by("operator").agg(pl.col("user_id").n_unique()).iter_rows())


def _operators(truth: pl.DataFrame, joined: pl.DataFrame, leaving: dict[str, int]) -> list[Record]:
    """Return one record per operator: how many of its accounts were found, and whether as one group."""
    plans = truth.filter(pl.col("operator").is_not_null()).unique("operator").sort("operator")
    found = joined.filter(pl.col("operator").is_not_null())
    records = []
    for plan in plans.to_dicts():
        mine = found.filter(pl.col("operator") == plan["operator"])
        acting = mine.filter("actionable")
        groups = acting.group_by("cluster_id").len()["len"].to_list()
        together = sum(count * (count - 1) // 2 for count in groups)
        size = plan["size"]
        records.append(
            {
                **{name: plan[name] for name in ("operator", "profile", "size", "incident_s", "jitter_s", "families")},
                "actionable": acting["user_id"].n_unique(),
                "leaving": leaving.get(plan["operator"], 0),
                "clustered": mine["user_id"].n_unique(),
                "largest": max(groups, default=0),
                "groups": len(groups),
                "pairs_together": together,
                "pairs": size * (size - 1) // 2,
            }
        )
    return records


def _pairs(truth: pl.DataFrame, pairs: pl.DataFrame) -> dict[str, Record]:
    """Return, per tier, how many pairs there are and how many of them nobody operates together."""
    who = truth.select(
        "user_id",
        side=pl.coalesce("operator", pl.when(pl.col("trap").is_in(RUN_TOGETHER)).then("trap")),
    )
    both = pairs.join(who, left_on="user_id_a", right_on="user_id", how="left").join(
        who, left_on="user_id_b", right_on="user_id", how="left", suffix="_b"
    )
    is_false = ~pl.col("side").eq_missing(pl.col("side_b")) | pl.col("side").is_null()
    counted = both.group_by("tier").agg(pairs=pl.len(), false=is_false.sum()).sort("tier")
    return {row.pop("tier"): row for row in counted.to_dicts()}


def upper_bound(hits: int, tries: int, confidence: float = 0.95) -> float:
    """Return the one-sided upper bound of Clopper and Pearson (1934) for a share, by bisection."""
    if tries == 0 or hits >= tries:
        return 1.0
    low, high = hits / tries, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, tries, middle) > 1 - confidence else (low, middle)
    return high


def _at_most(hits: int, tries: int, share: float) -> float:
    """Return the chance of so few hits or fewer, binomial, summed from the largest term."""
    if share in {0.0, 1.0}:
        return 1.0 - share
    term = math.exp(
        math.lgamma(tries + 1) - math.lgamma(hits + 1) - math.lgamma(tries - hits + 1)
        + hits * math.log(share) + (tries - hits) * math.log1p(-share)
    )  # fmt: skip
    total, at = 0.0, hits
    while at >= 0 and term > total * 1e-16:
        total += term
        term *= at / (tries - at + 1) * (1 - share) / share
        at -= 1
    return min(1.0, total)


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, None of nothing."""
    return sum(values) / len(values) if values else None
