"""The bet on a pair: on every set of families that may link, and on nothing else."""

import math
from itertools import chain, combinations

import numpy as np
import pytest

from forensics.analyze.choice import averaged, shares
from forensics.model import BEHAVIOR, Family
from forensics.schema.linking import FAMILIES

PRESENT = [
    set(chosen)
    for size in range(2, len(Family) + 1)
    for chosen in combinations(Family, size)
    if BEHAVIOR.intersection(chosen)
]


def eligible(present: set[Family]) -> list[frozenset[Family]]:
    """Return every set that the rule of two families, one of them behavior, lets link."""
    sets = chain.from_iterable(combinations(sorted(present), size) for size in range(2, len(present) + 1))
    return [frozenset(chosen) for chosen in sets if BEHAVIOR.intersection(chosen)]


@pytest.mark.parametrize("present", PRESENT, ids=lambda present: "+".join(sorted(present)))
def test_the_bets_on_all_sets_together_are_one(present: set[Family]) -> None:
    """So the average of the products has mean 1 at most, whatever families the case has signals of."""
    share = shares(present)
    assert sum(share[len(chosen) - 2] for chosen in eligible(present)) == pytest.approx(1)


def test_half_of_the_bet_is_on_two_families_and_a_third_on_three() -> None:
    share = shares(set(Family))
    assert [12 * share[0], 19 * share[1], 15 * share[2]] == pytest.approx([1 / 2, 1 / 3, 1 / 9])


@pytest.mark.parametrize("present", PRESENT[::7], ids=lambda present: "+".join(sorted(present)))
def test_the_sum_is_the_average_over_every_set_listed_one_by_one(present: set[Family]) -> None:
    draw = np.random.default_rng(3)
    names = {family: family.value.lower() for family in Family}
    bits = {name: np.full(50, -np.inf) for name in FAMILIES}
    for family in present:
        bits[names[family]] = np.where(draw.random(50) < 0.3, -np.inf, draw.uniform(-2, 20, 50))
    share = shares(present)
    for row, told in enumerate(averaged(bits, share)):
        listed = math.fsum(
            share[len(chosen) - 2] * math.prod(2.0 ** bits[names[family]][row] for family in chosen)
            for chosen in eligible(present)
        )
        assert told == pytest.approx(math.log2(listed) if listed else -np.inf)


def test_independent_accounts_have_an_average_of_one_at_most() -> None:
    """Bets that are right one time in many and then pay as many times: their mean is 1, so is that of the average."""
    draw = np.random.default_rng(4)
    bits = {
        name: np.where(draw.random(2_000_000) < 2.0**-paid, float(paid), -np.inf)
        for name, paid in zip(FAMILIES, (1, 2, 3, 1, 2, 3), strict=True)
    }
    assert np.exp2(averaged(bits, shares(set(Family)))).mean() == pytest.approx(1, abs=0.02)


def test_without_behavior_nothing_can_link() -> None:
    assert shares({Family.NET, Family.IDENT, Family.CLIENT}) == [0] * 5
