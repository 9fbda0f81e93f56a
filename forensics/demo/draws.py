"""Draws that are hashes: the same story, stream and index give the same number on every machine.

No generator of a library is used, because its sequence may change with the library. A draw is splitmix64
of a counter, keyed by (story, stream); whatever needs a logarithm or a power is read from integer tables
made with `decimal`, so no result depends on a C library's rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache
from hashlib import sha256
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_STEPS = 4096


@cache
def _key(story: str, stream: str) -> int:
    """Turn a stream's name into the 64-bit start of its counter."""
    return int.from_bytes(sha256(f"{story}\0{stream}".encode()).digest()[:8], "little")


@cache
def _exponential_table() -> Ints:
    """Tabulate quantiles of the unit exponential law, in units of 1/65,536."""
    with localcontext(prec=20):
        steps = [-((Decimal(i) + Decimal("0.5")) / _STEPS).ln() * 65_536 for i in range(_STEPS)]
        return np.array([int(step) for step in steps], dtype=np.int64)


@cache
def _geometric_table(low: int, high: int) -> Ints:
    """Tabulate the way from `low` to `high` in equal ratios."""
    with localcontext(prec=20):
        ratio = (Decimal(high) / low).ln() / _STEPS
        return np.array([int(low * (ratio * i).exp()) for i in range(_STEPS)], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of one story; each method names its stream, so streams never disturb each other."""

    story: str

    def bits(self, stream: str, index: Ints) -> npt.NDArray[np.uint64]:
        """Return 64 hash bits per index (splitmix64, Steele, Lea and Flood 2014)."""
        counter = index.astype(np.uint64) + np.uint64(1)
        mixed = counter * np.uint64(_GOLDEN) + np.uint64(_key(self.story, stream))
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
        return mixed

    def below(self, stream: str, index: Ints, limit: int | Ints) -> Ints:
        """Return integers in [0, limit) per index."""
        return (self.bits(stream, index) >> np.uint64(11)).astype(np.int64) % limit

    def between(self, stream: str, index: Ints, low: int, high: int) -> Ints:
        """Return integers in [low, high] per index."""
        return low + self.below(stream, index, high - low + 1)

    def chance(self, stream: str, index: Ints, per_mille: int | Ints) -> Bools:
        """Say per index whether an event of the given probability, in thousandths, happens."""
        return self.below(stream, index, 1000) < per_mille

    def choice(self, stream: str, index: Ints, weights: Sequence[int]) -> Ints:
        """Return positions in `weights`, each as often as its weight says."""
        upper = np.cumsum(np.array(weights, dtype=np.int64))
        drawn = self.below(stream, index, int(upper[-1]))
        position: Ints = np.searchsorted(upper, drawn, side="right").astype(np.int64)
        return position

    def exponential(self, stream: str, index: Ints, mean: int) -> Ints:
        """Return waiting times of a memoryless process with the given mean, in the mean's unit."""
        return (_exponential_table()[self.below(stream, index, _STEPS)] * mean) >> 16

    def heavy(self, stream: str, index: Ints, low: int, high: int) -> Ints:
        """Return a right-skewed quantity: bell-shaped on the logarithmic scale from `low` to `high`."""
        parts = [self.below(f"{stream}/{part}", index, _STEPS) for part in range(3)]
        quantity: Ints = _geometric_table(low, high)[(parts[0] + parts[1] + parts[2]) // 3]
        return quantity

    def order(self, stream: str, size: int) -> Ints:
        """Return a permutation of `size` positions."""
        return np.argsort(self.bits(stream, np.arange(size, dtype=np.int64)), kind="stable").astype(np.int64)

    def one(self, stream: str, index: int, limit: int) -> int:
        """Return one integer in [0, limit); equal to `below` at the same index."""
        mixed = ((index + 1) * _GOLDEN + _key(self.story, stream)) & _MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((mixed ^ (mixed >> 31)) >> 11) % limit

    def often(self, stream: str, index: int, per_mille: int) -> bool:
        """Say whether one event of the given probability, in thousandths, happens; equal to `chance`."""
        return self.one(stream, index, 1000) < per_mille

    def hex(self, stream: str, index: int, digits: int) -> str:
        """Return a made-up token of hex digits for one index."""
        return sha256(f"{self.story}\0{stream}\0{index}".encode()).hexdigest()[:digits]
