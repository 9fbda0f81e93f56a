"""What is left of a group that passed the gate, if something innocent set its moments or its clients (ADR 26).

*What others follow.* Moments are evidence because nothing but one hand is thought to set them. Where accounts that
share nothing else keep them (`bystanders.sql`), something else does: that two who are at one address both follow it
has chance (n + 1) / N among N accounts with n bystanders, so TIME counts for log2(N / (n + 1)) bits at most,
and is behavior only if that is enough of it.
*One product.* Who uses it has its client, asks its prompts and is woken when it wakes: CLIENT, TEMPLATE and TIME of its
users agree whoever they are. It gives them no instrument, no walk that they share out, and no address in common.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forensics.analyze.choice import averaged
from forensics.analyze.gate import Gate, standing
from forensics.analyze.graph import Flags, Group, Integers, Links, connected
from forensics.engine import Engine
from forensics.schema.linking import FAMILIES

_FOLLOWED = (
    "{:,} accounts outside it, which share nothing else with it, keep the same moments: what tells them when to act "
    "may tell these, too, and without these moments the evidence is short of the floor"
)
_PRODUCT = (
    "what its accounts share is what the users of one product share: its client, its prompts, its moments; no address, "
    "instrument or walk joins half of them"
)
_COUNTED = """
    SELECT cluster_id, quantile_disc(bystanders, 0.5) AS bystanders
    FROM (SELECT cluster_id, a, b, max(bystanders) AS bystanders FROM bystanders GROUP BY ALL)
    GROUP BY cluster_id
    HAVING bystanders > 0
    ORDER BY cluster_id
"""
_LINKS = """
    SELECT gated.cluster_id, weighed.*,
        greatest(coalesce(net, 0), coalesce(ident, 0), coalesce(target, 0)) >= settings.min_behavior_bits AS is_joined
    FROM gated
    JOIN weighed USING (a, b)
    CROSS JOIN settings
    WHERE gated.tier = 'linked'
    ORDER BY gated.cluster_id, gated.a, gated.b
"""


@dataclass(frozen=True)
class Explained:
    """How many others keep the moments of a group, which members more than a product joins, and a reason to doubt."""

    bystanders: int
    joined: Flags
    reason: str | None


def explained(engine: Engine, groups: Mapping[str, Group], gate: Gate) -> dict[str, Explained]:
    """Return what innocent reasons leave of each linked group. The engine sees `bystanders`, and tables before it."""
    counted = {row["cluster_id"]: row["bystanders"] for row in engine.rows(_COUNTED).to_pylist()}
    rules = engine.one("SELECT accounts, min_behavior_bits, choice_shares FROM settings")
    rows = pl.DataFrame(pl.from_arrow(engine.rows(_LINKS))).partition_by("cluster_id", as_dict=True)
    told = {}
    for name, group in groups.items():
        places = pl.DataFrame({"a": group.links.first, "b": group.links.second})
        held = places.join(rows[(name,)], on=["a", "b"], how="left", maintain_order="left")
        others = counted.get(name, 0)
        left = Group(group.members, _without(group.links, held, others, rules))
        kept = np.ones(len(group.members), np.bool_)
        if others:
            kept = _most(group, (part.members for part in standing(left, gate)))
        parts = connected(group.links.where(held["is_joined"].to_numpy()))
        inside = kept & _most(group, (part.accounts() for part in parts))
        told[name] = Explained(
            others, inside, None if inside.any() else _PRODUCT if kept.any() else _FOLLOWED.format(others)
        )
    return told


def _most(group: Group, parts: Iterable[Integers]) -> Flags:
    """Tell which members are of the largest of these parts; nobody, if that is less than half of them."""
    largest = max(parts, key=len, default=group.members[:0])
    return np.isin(group.members, largest if 2 * len(largest) >= len(group.members) else ())


def _without(links: Links, held: pl.DataFrame, others: int, rules: Mapping[str, Any]) -> Links:
    """Return the links that are left, and the bits they have, if so many others keep their moments."""
    shown = {family: held[family].fill_null(-np.inf).to_numpy() for family in FAMILIES}
    left = {**shown, "time": np.minimum(shown["time"], np.log2(rules["accounts"] / (others + 1)))}
    share = rules["choice_shares"]
    bits = links.bits - averaged(shown, share) + averaged(left, share)
    acts = np.maximum.reduce([left["template"], left["time"], left["target"]])
    return Links(links.first, links.second, bits, links.weight).where(acts >= rules["min_behavior_bits"])
