"""A merged stream: work dealt out in turn is even, streams that know nothing of each other are not."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest

from forensics.analyze.merged import Regularity, regularity

ACCOUNTS = [f"a-{n}" for n in range(12)]
SECOND = 1_000_000


def dealt(draw: Random, step: int) -> tuple[int, int]:
    """One request every seven seconds; whose turn it is, is drawn."""
    return SECOND * 7 * step + draw.randrange(SECOND // 5), draw.randrange(len(ACCOUNTS))


def alone(draw: Random, _: int) -> tuple[int, int]:
    return draw.randrange(SECOND * 7 * 900), draw.randrange(len(ACCOUNTS))


def told(make: Callable[[Random, int], tuple[int, int]], seed: int) -> Regularity | None:
    draw = Random(seed)
    drawn = sorted(make(draw, step) for step in range(900))
    return regularity(np.array([at for at, _ in drawn]), np.array([who for _, who in drawn]), ACCOUNTS)


def test_what_is_dealt_out_in_turn_is_more_even_than_any_shifted_world() -> None:
    found = told(dealt, 1)
    assert found is not None
    assert found.p == 1 / 200
    assert found.spread < 0.1
    assert told(dealt, 1) == found


@pytest.mark.parametrize("seed", range(5))
def test_streams_that_know_nothing_of_each_other_are_not(seed: int) -> None:
    found = told(alone, seed)
    assert found is not None
    assert found.p > 0.005
    assert 0.8 < found.spread < 1.25


def test_one_account_or_a_handful_of_requests_say_nothing() -> None:
    assert regularity(np.arange(100) * SECOND, np.zeros(100, np.intp), ["a"]) is None
    assert regularity(np.arange(40) * SECOND, np.arange(40) % 2, ["a", "b"]) is None
