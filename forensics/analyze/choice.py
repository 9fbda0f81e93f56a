"""The bet on a pair: nobody named the families of evidence beforehand (ADR 27).

An operator leaks some families of evidence, and which is not known. So the bet on a pair is spread over every set
that the rule of two families, one of them behavior, lets link: half over the sets of two, a third over those of
three, and so on. If the accounts are independent, the product of the e-values of a set has mean 1 at most, and so
has their weighted average (Vovk and Wang 2021). Sums of products over all sets of one size are elementary symmetric
polynomials, so no set is ever listed; `scores.sql`, `decoy_pairs.sql` and `robustness.sql` state the same sum.
"""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

import numpy as np

from forensics.analyze.graph import Reals
from forensics.model import BEHAVIOR, Family

_PARTS = (27, 18, 6, 2, 1)  # of 54: on sets of two, three, four, five and six families; a judgment, fixed in advance
_LEAST = 2


def shares(present: AbstractSet[Family]) -> list[float]:
    """Return the share of the bet on each set of two, three, ... six families, if a case has signals of these only."""
    told = []
    for size, part in enumerate(_PARTS, _LEAST):
        sets = math.comb(len(present), size) - math.comb(len(present - BEHAVIOR), size)
        told.append(part / sum(_PARTS[: len(present) - 1]) / sets if sets else 0.0)
    return told


def averaged(bits: Mapping[str, Reals], share: list[float]) -> Reals:
    """Return log2 of the weighted average over all sets, from the bits of each family; no evidence is -inf."""
    e = {name: np.exp2(bits[name]) for name in bits}
    s = _sums(e["net"], e["ident"], e["client"])
    t = _sums(e["template"], e["time"], e["target"])
    products = (
        t[1] * s[1] + t[2],
        t[1] * s[2] + t[2] * s[1] + t[3],
        t[1] * s[3] + t[2] * s[2] + t[3] * s[1],
        t[2] * s[3] + t[3] * s[2],
        t[3] * s[3],
    )
    total: Reals = np.zeros_like(products[0])
    for one, product in zip(share, products, strict=True):
        total = total + one * product
    with np.errstate(divide="ignore"):
        return np.asarray(np.log2(total))


def _sums(x: Reals, y: Reals, z: Reals) -> tuple[Reals, Reals, Reals, Reals]:
    """Return the sums of the products of none, one, two and three of these."""
    return np.ones_like(x), x + y + z, x * y + x * z + y * z, x * y * z
