"""Pairs to clusters: linked groups first, then leads, then accounts that merely share context."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.analyze.explained import explained
from forensics.analyze.gate import Gate, accepted
from forensics.analyze.graph import Flags, Group, Integers, Links, Reals, bridges, groups
from forensics.analyze.merged import Regularity
from forensics.analyze.verdict import HeldOut, confirms, judge
from forensics.case import Case
from forensics.engine import Engine
from forensics.model import Verdict, likelihood
from forensics.schema import CLUSTER_MEMBERS, CLUSTERS, DECOYS, GATED

_DECOY_LINKS = "SELECT replicate, a, b, bits, CAST(1 AS DOUBLE) AS weight FROM decoy_pairs"
_PROBABILITIES = """
    SELECT of_a.person AS a, of_b.person AS b, pairs.probability
    FROM pairs
    JOIN people AS of_a ON of_a.user_id = pairs.user_id_a
    JOIN people AS of_b ON of_b.user_id = pairs.user_id_b
    WHERE pairs.tier <> 'context'
    ORDER BY a, b
"""
_CORE = 2  # links a member of a larger cluster needs: one chance link never makes an account actionable
_CORE_SHARE = 0.25  # … and this share of the links its fellow members have on average
_ID_HEX = 12
_MEMBERS = pa.schema([("cluster_id", pa.string()), ("user_id", pa.string())])


@dataclass(frozen=True)
class Found:
    """One group with its tier, the id made from its members, and the share of false accounts at each link."""

    cluster_id: str
    tier: str
    group: Group
    false_share: Reals


class Grouping:
    """The groups of one case: found from `scores`, described by the tables after it."""

    def __init__(self, engine: Engine) -> None:
        """Find all groups. The engine sees `scores` and the tables before it."""
        self._engine = engine
        self._settings = engine.one(
            "SELECT alpha, lead_alpha, linked_floor_bits, lead_floor_bits, least_bits FROM settings"
        )
        names = engine.rows("SELECT user_id FROM people ORDER BY person")["user_id"]
        self._names: npt.NDArray[np.object_] = names.to_numpy(zero_copy_only=False)
        self.found = tuple(self._found())

    def worlds(self) -> pa.Table:
        """Return the table `decoys`: what the same gate lets pass in each permuted world."""
        pairs = pl.DataFrame(pl.from_arrow(self._engine.rows(_DECOY_LINKS)))
        worlds = self._engine.one("SELECT decoys FROM settings")["decoys"]
        alpha, gate = self._settings["alpha"], self._gate("linked_floor_bits")
        rows = []
        for replicate in range(1, worlds + 1):
            links = _links(pairs.filter(pl.col("replicate") == replicate))
            passed = list(accepted(links, gate))
            leads = list(accepted(links, self._gate("lead_floor_bits")))
            shares = [gate.false_share(group, alpha).min() for group in (*passed, *leads)]
            rows.append(
                {
                    "replicate": replicate,
                    "strongest_bits": float(links.bits.max()) if len(links) else 0.0,
                    "least_false_share": round(float(min(shares, default=1.0)), 12),
                    "linked": len(passed),
                    "leads": len(leads),
                }
            )
        return pa.Table.from_pylist(rows, schema=DECOYS.arrow())

    def gated(self) -> pa.Table:
        """Return the pairs that passed, with their tier and the expected share of false accounts at their strength."""
        found = [one for one in self.found if one.tier != "context"]
        links = [one.group.links for one in found]
        columns = {
            "a": _joined([part.first for part in links]),
            "b": _joined([part.second for part in links]),
            "cluster_id": np.repeat(np.array([one.cluster_id for one in found], object), [len(part) for part in links]),
            "tier": np.repeat(np.array([one.tier for one in found], object), [len(part) for part in links]),
            "false_share": np.concatenate([one.false_share for one in found] or [np.zeros(0)]).round(12),
        }
        rows = pa.table({name: pa.array(values, GATED.arrow().field(name).type) for name, values in columns.items()})
        return rows.sort_by([("a", "ascending"), ("b", "ascending")])

    def members(self) -> pa.Table:
        """Return which account is in which cluster."""
        sizes = [len(one.group.members) for one in self.found]
        ids = np.repeat(np.array([one.cluster_id for one in self.found], object), sizes)
        names = self._names[_joined([one.group.members for one in self.found])]
        return pa.table([pa.array(ids, pa.string()), pa.array(names, pa.string())], schema=_MEMBERS)

    def together(self) -> dict[str, Sequence[str]]:
        """Return the accounts of each group of links or leads."""
        return {one.cluster_id: self._names[one.group.members].tolist() for one in self.found if one.tier != "context"}

    def names(self, accounts: Integers) -> list[str]:
        """Return the names of accounts by their numbers."""
        return [str(name) for name in self._names[accounts]]

    def clusters(
        self, case: Case, engine: Engine, held: Mapping[str, HeldOut], streams: Mapping[str, Regularity]
    ) -> tuple[pa.Table, pa.Table]:
        """Return the tables `clusters` and `cluster_members`. `engine` sees `members`, `pairs` and those before it."""
        linked = {one.cluster_id: one.group for one in self.found if one.tier == "linked"}
        innocent = explained(engine, linked, self._gate("linked_floor_bits"))
        rows = {row["cluster_id"]: row for row in engine.rows(_sql("clusters.sql")).to_pylist()}
        carrying: dict[str, list[str]] = {}
        for row in engine.rows(_sql("robustness.sql")).to_pylist():
            carrying.setdefault(row["cluster_id"], []).append(row["family"])
        probabilities = self._probabilities(engine)
        authorized = frozenset(case.settings.analysis.authorized_organizations)
        cluster_rows, member_rows = [], []
        for one in self.found:
            row, carried = rows[one.cluster_id], carrying.get(one.cluster_id, [])
            halves, stream = held.get(one.cluster_id, HeldOut()), streams.get(one.cluster_id)
            strongest = probabilities[one.cluster_id]
            probability = min(strongest) if one.tier != "context" else None
            stands = not carried and confirms(halves.confirmed)
            left = innocent.get(one.cluster_id)
            doubt = left.reason if left else None
            judgement = judge(row, one.tier, probability, authorized, stands=stands, doubt=doubt)
            cluster_rows.append(
                {
                    **row,
                    "probability": probability,
                    "likelihood": likelihood(probability).value if probability is not None else None,
                    "confidence": judgement.confidence.value,
                    "verdict": judgement.verdict.value,
                    "campaign": judgement.campaign,
                    "carried_by": carried,
                    "confirmed": halves.confirmed,
                    "hold_out": halves.said,
                    "bystanders": left.bystanders if left else None,
                    "merged_regularity_p": stream.p if stream else None,
                    "merged_spread": stream.spread if stream else None,
                    "weakest_bits": round(one.group.weakest_bits(), 4),
                    "floor_bits": self.floor(one),
                    "shown_bits": round(float(np.log2(one.group.toward().min())), 4),
                    "links": len(one.group.links),
                    "reason": judgement.reason,
                }
            )
            joined = left.joined if left and judgement.verdict is Verdict.COORDINATED else None
            member_rows += self._members(one, strongest, halves, joined)
        cluster_rows.sort(key=lambda row: row["cluster_id"])
        member_rows.sort(key=lambda row: (row["cluster_id"], row["user_id"]))
        return (
            pa.Table.from_pylist(cluster_rows, schema=CLUSTERS.arrow()),
            pa.Table.from_pylist(member_rows, schema=CLUSTER_MEMBERS.arrow()),
        )

    def _found(self) -> Iterator[Found]:
        scored = pl.DataFrame(pl.from_arrow(self._engine.rows("SELECT a, b, bits, weight, passes FROM scores")))
        strong = pl.col("bits") >= pl.when("passes").then(self._settings["least_bits"]).otherwise(
            self._settings["lead_floor_bits"]
        )
        scored = scored.filter(strong)
        passing = _links(scored.filter("passes"))
        for tier, alpha, floor in (("linked", "alpha", "linked_floor_bits"), ("lead", "lead_alpha", "lead_floor_bits")):
            gate = self._gate(floor)
            for group in accepted(passing, gate):
                yield self._name(tier, group, gate.false_share(group, self._settings[alpha]))
                passing = passing.without(group.members)
                scored = _without_rows(scored, group)
        for group in groups(_links(scored.filter(~pl.col("passes")))):
            yield self._name("context", group, np.zeros(len(group.links)))

    def _gate(self, floor: str) -> Gate:
        return Gate(self._settings[floor], min(self._settings[floor], self._settings["least_bits"]))

    def _name(self, tier: str, group: Group, false_share: Reals) -> Found:
        name = hashlib.sha256("\0".join(self._names[group.members]).encode()).hexdigest()[:_ID_HEX]
        return Found(f"C-{name}", tier, group, false_share)

    def floor(self, one: Found) -> float | None:
        """Return what each account had to show toward its fellows, on average; None where no behavior holds them."""
        if one.tier == "context":
            return None
        gate = self._gate("linked_floor_bits" if one.tier == "linked" else "lead_floor_bits")
        return round(gate.needed(len(one.group.members)), 4)

    def _probabilities(self, engine: Engine) -> Mapping[str, list[float]]:
        """Return the probability of the strongest link of each member, in order, for each cluster."""
        rows = engine.rows(_PROBABILITIES)
        count = len(self._names)
        keys = np.append(rows["a"].to_numpy() * count + rows["b"].to_numpy(), count * count)
        chances = np.append(rows["probability"].to_numpy(), 0.0)
        best = {}
        for one in self.found:
            wanted = one.group.links.first * count + one.group.links.second
            at = np.searchsorted(keys, wanted)
            best[one.cluster_id] = one.group.strongest(np.where(keys[at] == wanted, chances[at], 0.0)).tolist()
        return best

    def _members(
        self, one: Found, strongest: list[float], halves: HeldOut, joined: Flags | None
    ) -> list[dict[str, Any]]:
        """Return the rows of its members; of the `joined` ones some are actionable, without any nobody is."""
        held = core(one.group, self._settings["linked_floor_bits"]) & (False if joined is None else joined)
        cut = bridges(one.group)
        return [
            {
                "cluster_id": one.cluster_id,
                "user_id": str(account),
                "probability": chance if one.tier != "context" else None,
                "role": "bridge" if bridging else "member",
                "actionable": inner and not bridging,
                "inclusion": halves.inclusion.get(str(account)),
            }
            for account, chance, bridging, inner in zip(
                self._names[one.group.members], strongest, cut.tolist(), held.tolist(), strict=True
            )
        ]


def core(group: Group, alone: float) -> Flags:
    """Tell which members hang on more than a chance link or two: on many, or on one that would do for a lone pair."""
    degrees = group.degrees()
    many = degrees >= max(_CORE, _CORE_SHARE * float(degrees.mean()))
    return many | (group.strongest(group.links.bits) >= alone)


def _joined(numbers: list[Integers]) -> Integers:
    return np.concatenate(numbers) if numbers else np.zeros(0, np.int64)


def _links(rows: pl.DataFrame) -> Links:
    return Links(*(rows[name].to_numpy() for name in ("a", "b", "bits", "weight")))


def _without_rows(rows: pl.DataFrame, group: Group) -> pl.DataFrame:
    taken = pl.Series(group.members).implode()
    return rows.filter(~pl.col("a").is_in(taken) & ~pl.col("b").is_in(taken))


def _sql(name: str) -> Traversable:
    return files("forensics.analyze") / name
