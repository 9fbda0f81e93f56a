"""Draws by whole columns: one PCG64 stream per part of a world, so that parts never disturb each other."""

import zlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Reals: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


def stream(seed: int, part: str) -> np.random.Generator:
    """Return the generator of one part of a world."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(part.encode())])))


def mixed(*parts: Ints | int) -> Ints:
    """Return a hash of whole numbers, 62 bits (splitmix64, Steele, Lea and Flood 2014)."""
    held: npt.NDArray[np.uint64] = np.asarray(0x5EED, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            held = (np.asarray(part, dtype=np.int64).astype(np.uint64) ^ held) + np.uint64(0x9E3779B97F4A7C15)
            held = (held ^ (held >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            held = (held ^ (held >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            held = held ^ (held >> np.uint64(31))
    return np.asarray(held >> np.uint64(2)).astype(np.int64)


def popular(random: np.random.Generator, count: int, things: int) -> Ints:
    """Return ranks in [0, things): Zipf with exponent one, as a log-uniform draw."""
    return (np.power(float(things), random.random(count)) - 1).astype(np.int64).clip(0, things - 1)


def weighted(random: np.random.Generator, count: int, weights: Reals) -> Ints:
    """Return positions in `weights`, each as often as its weight says."""
    upper = np.cumsum(weights / weights.sum())
    return np.searchsorted(upper, random.random(count), side="right").astype(np.int64).clip(0, len(weights) - 1)


def within(counts: Ints) -> Ints:
    """Return 0, 1, 2 ... inside each group of the given sizes, one after the other."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0, dtype=np.int64) - np.repeat(ends - counts, counts)


def running(values: Reals, counts: Ints) -> Reals:
    """Return cumulative sums inside each group, the first of a group being its own first value."""
    total = np.cumsum(values)
    before = np.concatenate([[0.0], total])[np.cumsum(counts) - counts]
    result: Reals = total - np.repeat(before, counts)
    return result
