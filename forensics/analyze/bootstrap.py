"""Would a cluster stand on other days like these? Days are drawn again, whole, for all accounts alike.

A block bootstrap (Kuensch 1989; stability of clusters: Hennig 2007). It estimates how firm the links that were found
are, given that days vary, and nothing else: rarity, null models, floors and the search for groups stay those of all
data. In one draw of as many days as there are, with repetition,

- evidence of TIME and TARGET is as many times its amount as what both accounts did on the drawn days is of what both
  did;
- evidence of NET, CLIENT and TEMPLATE stands if both show a value they share, the rarest of its kind, on a drawn day;
- IDENT is declared and stands, unless one of the two has no request on a drawn day.

A link that still has the least bits of any link and meets the rule of two families stays. An account stays with its
cluster if it still shows toward its fellows, on average, what its cluster had to (the gate of accounts, ADR 20), and
links that stay connect it to the largest part. It never changes a verdict, a probability or what is actionable.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from forensics.analyze.choice import averaged
from forensics.analyze.graph import Flags, Integers, Links, Reals, components
from forensics.analyze.group import Found, Grouping
from forensics.analyze.resampled import Resampled
from forensics.engine import Engine
from forensics.schema.linking import FAMILIES

_LEAST_DAYS, _LEAST_HOURS = 3, 6  # fewer blocks say nothing about others like them
_STRONGEST, _DRAWN = 16, 16  # links of an account that are looked at: one is enough to stay
_SEEN = {
    "source_ip": "net", "source_range": "net", "user_agent": "client", "ja4": "client", "prompt": "template",
    "habitual_prompt": "template", "endpoint": "template",
}  # fmt: skip
_COUNTED = ("time", "target")
_BEHAVIOR = ("template", "time", "target")
_FLOORS = {"linked": "linked_floor_bits", "lead": "lead_floor_bits"}
_ROUNDING = 1e-4  # bits; sums here and in `scores` are rounded at different places

_LINKS = """
    SELECT held_links.number, net, ident, client, template, time, target
    FROM held_links JOIN weighed USING (a, b)
    ORDER BY held_links.number
"""
_VALUES = """
    SELECT held_links.number, shared_values.attribute, shared_values.rarest_id AS value_id
    FROM held_links
    JOIN shared_values USING (a, b)
    CROSS JOIN settings
    WHERE shared_values.bits >= settings.min_family_bits
    ORDER BY ALL
"""
_HOURS = """
    SELECT people.person, epoch_us(requests.timestamp) // 3600000000 AS hour, count(*) AS events
    FROM requests
    JOIN people USING (user_id)
    SEMI JOIN (SELECT unnest([a, b]) AS person FROM held_links) AS asked ON asked.person = people.person
    GROUP BY ALL
    ORDER BY ALL
"""
_SIGHTS = """
    WITH named AS (
        SELECT DISTINCT shared_values.rarest_id AS value_id FROM held_links JOIN shared_values USING (a, b)
    ),
    logged AS (
        SELECT DISTINCT
            people.person,
            epoch_us(requests.timestamp) // 3600000000 AS hour,
            unnest([
                'source_ip', 'source_range', 'user_agent', 'ja4', 'prompt', 'habitual_prompt', 'endpoint'
            ]) AS attribute,
            unnest([
                requests.source_ip, requests.source_range, requests.user_agent_original, requests.tls_client_ja4,
                requests.gen_ai_prompt_hash, requests.gen_ai_prompt_hash, requests.template
            ]) AS value
        FROM requests
        JOIN people USING (user_id)
        SEMI JOIN (SELECT unnest([a, b]) AS person FROM held_links) AS asked ON asked.person = people.person
    )
    SELECT logged.person, shareable.value_id, logged.hour
    FROM logged
    JOIN shareable USING (attribute, value)
    SEMI JOIN named ON named.value_id = shareable.value_id
    ORDER BY ALL
"""


class _Tables(NamedTuple):
    """What links rest on, in columns; `number` counts them, through all groups or in one."""

    evidence: pl.DataFrame
    values: pl.DataFrame
    hours: pl.DataFrame
    sights: pl.DataFrame
    settings: Mapping[str, Any]


def day_bootstrap(engine: Engine, grouping: Grouping, draws: int) -> dict[str, Resampled]:
    """Return for each group of links or leads how it stands in so many draws of its days."""
    found = [one for one in grouping.found if one.tier != "context"]
    if not draws or not found:
        return {one.cluster_id: Resampled(said="not asked: [analysis] day_draws is 0") for one in found}
    links = [_chosen(one.group.links) for one in found]
    parts = _parts(_read(engine, links), found, links)
    return {
        one.cluster_id: _resampled(one, held, mine, grouping, draws)
        for one, held, mine in zip(found, links, parts, strict=True)
    }


def _chosen(links: Links) -> Links:
    """Return some links of each account, in their order: its strongest, and others that keep a large group connected.

    Strong links alone fall into cliques; drawn ones make an expander. Drawn by a hash of the pair (splitmix64, Steele,
    Lea, Flood 2014).
    """
    mixed = links.first.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + links.second.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    ends = pl.DataFrame(
        {
            "account": np.concatenate([links.first, links.second]),
            "bits": np.tile(links.bits, 2),
            "draw": np.tile(mixed ^ (mixed >> np.uint64(31)), 2),
        }
    )
    kept = ends.select(
        (pl.col("bits").rank("ordinal", descending=True).over("account") <= _STRONGEST)
        | (pl.col("draw").rank("ordinal").over("account") <= _DRAWN)
    )
    one, other = np.split(kept.to_series().to_numpy(), 2)
    either: Flags = one | other
    return links.where(either)


def _read(engine: Engine, links: Sequence[Links]) -> _Tables:
    a, b = (np.concatenate([getattr(held, end) for held in links]) for end in ("first", "second"))
    engine.register("held_links", pa.table({"number": np.arange(len(a)), "a": a, "b": b}))
    evidence, values, hours, sights = (
        pl.DataFrame(pl.from_arrow(engine.rows(query))) for query in (_LINKS, _VALUES, _HOURS, _SIGHTS)
    )
    settings = engine.one("SELECT * FROM settings")
    return _Tables(evidence, values, hours, sights, settings)


def _resampled(one: Found, links: Links, tables: _Tables, grouping: Grouping, draws: int) -> Resampled:
    members, hours = one.group.members, tables.hours
    unit, hours_each, blocks = _blocks(hours["hour"].to_numpy())
    if not hours_each:
        return Resampled(said="not estimable: the activity lies in fewer than three days and six hours")
    drawn = _draws(one.cluster_id, draws, len(blocks))
    at = np.searchsorted(blocks, hours["hour"].to_numpy() // hours_each)
    did = np.zeros((len(members), len(blocks)))
    np.add.at(did, (np.searchsorted(members, hours["person"].to_numpy()), at), hours["events"].to_numpy())
    ends = np.searchsorted(members, links.first), np.searchsorted(members, links.second)
    least = min(tables.settings["least_bits"], tables.settings[_FLOORS[one.tier]])
    total, stays = _standing(_Days(blocks, hours_each, drawn, did), links, ends, tables, least)
    ratios = np.where(stays, links.weight[:, np.newaxis] * np.exp2(total), 0.0)
    now, whole = np.zeros((len(members), draws)), np.zeros((len(members), 1))
    for end in ends:
        np.add.at(now, end, ratios)
        np.add.at(whole, end, (links.weight * np.exp2(links.bits))[:, np.newaxis])
    shown = np.log2(np.maximum(one.group.toward()[:, np.newaxis] * now / whole, np.finfo(float).tiny))
    enough = shown >= (grouping.floor(one) or 0.0) - _ROUNDING
    stays &= enough[ends[0]] & enough[ends[1]]
    times = np.zeros(len(members), np.int64)
    for kept in stays.T:
        if kept.any():
            accounts, label = components(links.where(kept))
            largest = np.bincount(label).argmax()
            times[np.searchsorted(members, accounts[label == largest])] += 1
    shares = (times / draws).round(4)
    names = grouping.names(members)
    said = (
        f"in {draws} draws of its {len(blocks)} {unit} an account stays in {shares.mean():.0%} of them, "
        f"the least steady one in {shares.min():.0%}"
    )
    return Resampled(round(float(shares.mean()), 4), said, dict(zip(names, shares.tolist(), strict=True)))


class _Days(NamedTuple):
    """Blocks of time by number, how often each draw has them, and what each member did in them."""

    blocks: Integers
    hours_each: int
    drawn: Integers  # blocks x draws
    did: Reals  # members x blocks


def _blocks(hours: Integers) -> tuple[str, int, Integers]:
    """Return the unit of blocks, how many hours each has (0: too few blocks), and their numbers."""
    for unit, length, least in (("days", 24, _LEAST_DAYS), ("hours", 1, _LEAST_HOURS)):
        blocks = np.unique(hours // length)
        if len(blocks) >= least:
            return unit, length, blocks
    return "", 0, np.zeros(0, np.int64)


def _draws(name: str, draws: int, blocks: int) -> Integers:
    """Return how often each block is in each draw. Seeded by the cluster's name: the same on every machine."""
    parts = range(-(-blocks // 8))  # digests of eight words each, until there is a word for every block
    digests = [hashlib.sha256(f"{name}:{draw}:{part}".encode()).digest() for draw in range(draws) for part in parts]
    words = np.frombuffer(b"".join(digests), ">u4").reshape(draws, -1)[:, :blocks]
    chosen = (words.astype(np.uint64) * np.uint64(blocks) >> np.uint64(32)).astype(np.int64)
    counted = np.zeros((blocks, draws), np.int64)
    np.add.at(counted, (chosen.ravel(), np.repeat(np.arange(draws), blocks)), 1)
    return counted


def _parts(tables: _Tables, found: Sequence[Found], links: Sequence[Links]) -> Iterator[_Tables]:
    """Yield what each group needs, its links counted from zero: looking through all of it for each takes the square."""
    sizes, bounds = [len(one.group.members) for one in found], np.cumsum([0, *map(len, links)])
    people = np.concatenate([one.group.members for one in found])
    owners = pl.DataFrame({"person": people, "group": np.repeat(np.arange(len(found)), sizes)})
    of_links = [np.searchsorted(each["number"].to_numpy(), bounds) for each in (tables.evidence, tables.values)]
    of_people = []
    for rows in (tables.hours, tables.sights):  # groups share no account
        held = rows.join(owners, on="person", maintain_order="left").sort("group", maintain_order=True)
        of_people.append((held, np.searchsorted(held["group"].to_numpy(), np.arange(len(found) + 1))))
    for number, first in enumerate(bounds[:-1]):
        evidence, values = (
            each[places[number] : places[number + 1]].with_columns(pl.col("number") - first)
            for each, places in zip((tables.evidence, tables.values), of_links, strict=True)
        )
        hours, sights = (held[places[number] : places[number + 1]] for held, places in of_people)
        yield _Tables(evidence, values, hours, sights, tables.settings)


def _standing(
    days: _Days, links: Links, ends: tuple[Integers, Integers], tables: _Tables, least_bits: float
) -> tuple[Reals, Flags]:
    """Return the bits of each link in each draw, and whether it stays: links x draws."""
    there = _any_drawn(days.did > 0, days.drawn)
    both = there[ends[0]] & there[ends[1]]
    common = np.minimum(days.did[ends[0]], days.did[ends[1]])
    common = np.where(common.sum(axis=1, keepdims=True) > 0, common, days.did[ends[0]] + days.did[ends[1]])
    amount = (common / common.sum(axis=1, keepdims=True)) @ days.drawn
    least, behaving, cap = (
        tables.settings[name] for name in ("min_family_bits", "min_behavior_bits", "behavior_cap_bits")
    )
    share = tables.settings["choice_shares"]
    shown = {family: tables.evidence[family].fill_null(-np.inf).to_numpy()[:, np.newaxis] for family in FAMILIES}
    families = np.zeros((len(links), amount.shape[1]), np.int64)
    drawn, behavior = dict(shown), np.full(families.shape, -np.inf)
    seen = _seen(days, links, tables)
    for family, bits in shown.items():
        now = np.broadcast_to(bits, families.shape)
        if family in _COUNTED:
            now = np.where(bits > 0, np.minimum(cap, np.where(bits > 0, bits, 0) * amount), bits)
        elif family in seen:
            now = np.where(seen[family], bits, -np.inf)
        drawn[family] = now
        families += now >= least
        if family in _BEHAVIOR:
            behavior = np.maximum(behavior, now)
    total = links.bits[:, np.newaxis] - averaged(shown, share) + averaged(drawn, share)
    stays: Flags = both & (total >= least_bits - _ROUNDING) & (families > 1) & (behavior >= behaving)
    return total, stays


def _any_drawn(presence: Flags, drawn: Integers) -> Flags:
    """Return which rows have a block that a draw has: rows x draws."""
    found: Flags = presence.astype(np.float32) @ (drawn > 0).astype(np.float32) > 0
    return found


def _seen(days: _Days, links: Links, tables: _Tables) -> dict[str, Flags]:
    """Return for each family of values whether both accounts of a link show one that they share: links x draws.

    Where the pair has no such value of the family with bits to speak of, the family stands.
    """
    draws = days.drawn.shape[1]
    sights = (
        tables.sights.with_columns(block=pl.col("hour") // days.hours_each)
        .select("person", "value_id", "block")
        .unique()
    )
    rows = tables.values.filter(pl.col("attribute").is_in(list(_SEEN))).with_columns(
        family=pl.col("attribute").replace_strict(_SEEN)
    )
    told = {}
    for (family,), held in rows.group_by("family", maintain_order=True):
        number = held["number"].to_numpy()
        shown = np.ones((len(held), draws), np.bool_)
        for end in (links.first, links.second):
            asked = pl.DataFrame({"row": np.arange(len(held)), "person": end[number], "value_id": held["value_id"]})
            seen = asked.join(sights, on=["person", "value_id"])
            presence = np.zeros((len(held), len(days.blocks)), np.bool_)
            presence[seen["row"].to_numpy(), np.searchsorted(days.blocks, seen["block"].to_numpy())] = True
            shown &= _any_drawn(presence, days.drawn)
        any_shown = np.ones((len(links), draws), np.bool_)
        any_shown[number] = False
        np.logical_or.at(any_shown, number, shown)
        told[str(family)] = any_shown
    return told
