"""Do the accounts of a cluster take turns? A description of a cluster, never evidence for a link.

Streams that know nothing of each other add up to one without a rhythm (Palm and Khintchine); what is dealt out in turn
adds up to an even one. The gaps of all requests together are compared with 199 worlds in which every account keeps its
own cadence but is shifted in time, in a circle, by up to 30 minutes.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from forensics.analyze.graph import Integers, Reals
from forensics.engine import Engine

_WORLDS = 199
_SHIFT = 1_800_000_000  # µs
_LEAST_REQUESTS = 50
_MOST_REQUESTS = 5_000  # the first ones: 199 worlds of each cluster are sorted
_LEAST_ACCOUNTS = 2
_QUERY = f"""
    SELECT cluster_id, user_id, epoch_us(timestamp) AS moment
    FROM requests JOIN members USING (user_id)
    QUALIFY {_MOST_REQUESTS} >= row_number() OVER (
        PARTITION BY cluster_id ORDER BY timestamp, content_sha256, log_offset
    )
    ORDER BY cluster_id, moment, user_id
"""  # noqa: S608 - our own number


class Regularity(NamedTuple):
    """How even the merged stream is: the chance of one so even, and its spread beside the median of chance."""

    p: float
    spread: float


def merged_streams(engine: Engine, groups: Mapping[str, Sequence[str]]) -> dict[str, Regularity]:
    """Return how even the merged requests are, for each of the groups that has enough of them."""
    rows = pl.DataFrame(pl.from_arrow(engine.rows(_QUERY)))
    told = {}
    for (name,), held in rows.filter(pl.col("cluster_id").is_in(list(groups))).group_by(
        "cluster_id", maintain_order=True
    ):
        accounts, stream = np.unique(held["user_id"].to_numpy(), return_inverse=True)
        found = regularity(held["moment"].to_numpy(), stream, [str(account) for account in accounts])
        if found:
            told[str(name)] = found
    return told


def regularity(moments: Integers, stream: npt.NDArray[np.intp], accounts: Sequence[str]) -> Regularity | None:
    """Return how even a merged stream is: `moments` in µs, `stream` tells which of `accounts` each belongs to.

    None if there is too little of it, or half of the gaps are no time at all. Source of the test: circular shifts keep
    each stream as it is and break what they agreed upon; p = (1 + worlds as even) / (1 + worlds).
    """
    if len(moments) < _LEAST_REQUESTS or len(accounts) < _LEAST_ACCOUNTS:
        return None
    first, span = int(moments.min()), int(moments.max() - moments.min()) + 1
    own = _spread(moments[np.newaxis, :])[0]
    moved = first + (moments - first + _shifts(accounts)[:, stream]) % span
    worlds = _spread(moved)
    usual = float(np.sort(worlds)[_WORLDS // 2])
    if not (np.isfinite(own) and np.isfinite(usual) and usual > 0):
        return None
    as_even = int((worlds <= own).sum())
    return Regularity(round((1 + as_even) / (1 + _WORLDS), 4), round(float(own) / usual, 4))


def _spread(moments: Integers) -> Reals:
    """Return for each row of moments the median absolute deviation of its gaps by their median."""
    gaps = np.diff(np.sort(moments, axis=1), axis=1)
    middle = gaps.shape[1] // 2
    median = np.partition(gaps, middle, axis=1)[:, middle]
    deviation = np.partition(np.abs(gaps - median[:, np.newaxis]), middle, axis=1)[:, middle]
    return np.where(median > 0, deviation / np.maximum(median, 1), np.inf)


def _shifts(accounts: Sequence[str]) -> Integers:
    """Return a shift in µs for each world and account, from hashes of their names: the same on every machine."""
    seeds = np.array(
        [int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") for name in accounts], np.uint64
    )
    worlds = np.arange(1, _WORLDS + 1, dtype=np.uint64)[:, np.newaxis]
    mixed = seeds + worlds * np.uint64(0x9E3779B97F4A7C15)  # splitmix64 (Steele, Lea, Flood 2014)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    shifts: Integers = (mixed % np.uint64(2 * _SHIFT + 1)).astype(np.int64) - _SHIFT
    return shifts
