"""A catalogue cut into blocks: one ends where the next begins."""

import json
import math
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from forensics.case import Case
from forensics.schema import ENUMERATIONS, LINKS
from tests.analyze.test_linking import cards, walk

Rows = list[dict[str, Any]]
_TOP = 60_000_000  # ids of the service: what strangers ask for lies far apart


def target(case: Case) -> dict[str, Any]:
    """Return bits and detail of the walks of the pair, zero bits if there is no link."""
    rows = [row for row in case.read(LINKS).to_pylist() if row["signal"] == "target_enumeration"]
    return {"bits": rows[0]["bits"], **json.loads(rows[0]["detail"])} if rows else {"bits": 0.0}


def catalogue(strangers: Callable[..., Rows]) -> Rows:
    """People who look at items anywhere in a large catalogue."""
    rows = strangers(120, "blocks")
    return [{**row, "url_path": f"/items/{(number * 7_919_113) % _TOP}"} for number, row in enumerate(rows)]


def blocks(world: Callable[..., Case], strangers: Callable[..., Rows], first: range, second: range) -> dict[str, Any]:
    """Walk two blocks on two days, by two accounts that share a card."""
    rows = catalogue(strangers)
    rows += walk("x-1", 9_000, every=6, ids=first, path="/items/{id}", source_ip="240.0.0.1")
    rows += walk("x-2", 150_000, every=6, ids=second, path="/items/{id}", source_ip="240.9.0.1")
    return target(world(rows, accounts=cards("x-1", "x-2")))


def test_one_block_ends_where_the_next_begins(world: Callable[..., Case], strangers: Callable[..., Rows]) -> None:
    found = blocks(world, strangers, range(31_007, 31_187), range(31_188, 31_391))
    assert found["gap"] == 2
    assert found["bits"] > 10


@pytest.mark.parametrize(
    ("first", "second"), [(range(31_007, 31_187), range(8_031_188, 8_031_391)), (range(31_007, 31_187), range(31_007))]
)
def test_blocks_that_lie_apart_say_nothing(
    world: Callable[..., Case], strangers: Callable[..., Rows], first: range, second: range
) -> None:
    assert blocks(world, strangers, first, second[:203])["bits"] == 0


def test_edges_of_pages_are_nobodys_choice(world: Callable[..., Case], strangers: Callable[..., Rows]) -> None:
    """Two people who read a thousand each, by pages: their edges meet oftener than ids do."""
    by_page = blocks(world, strangers, range(30_000, 31_000), range(31_000, 32_000))
    anywhere = blocks(world, strangers, range(30_007, 31_007), range(31_007, 32_007))
    assert (by_page["page"], anywhere["page"]) == (1000, 1)
    assert anywhere["close_bits"] - by_page["close_bits"] > 2


@pytest.mark.parametrize(("others", "bits"), [(0, 4.0), (60, 3.1)])
def test_who_walks_among_few_that_do_is_owed_more_four_bits_at_most(
    world: Callable[..., Case], strangers: Callable[..., Rows], others: int, bits: float
) -> None:
    """All tested pairs are owed one each on average: 122 (182) accounts, of which 2 (62) walk and can win."""
    rows = catalogue(strangers)
    rows += walk("x-1", 9_000, every=6, ids=range(31_007, 31_187), path="/items/{id}", source_ip="240.0.0.1")
    rows += walk("x-2", 150_000, every=6, ids=range(31_188, 31_391), path="/items/{id}", source_ip="240.9.0.1")
    for nth in range(others):
        ids = range(1_000_000 + 900_000 * nth, 1_000_060 + 900_000 * nth)
        rows += walk(f"y-{nth}", 9_000 + 7_000 * nth, every=11, ids=ids, path="/items/{id}", source_ip=f"240.1.{nth}.1")
    accounts = len({row["user_id"] for row in rows})
    case = world(rows, accounts=cards("x-1", "x-2"))
    found = target(case)
    walking = len(case.read(ENUMERATIONS))
    pairs = accounts * (accounts - 1) / (walking * (walking - 1))
    assert (walking, found["walkers_bits"]) == (2 + others, pytest.approx(min(4, math.log2(pairs)), abs=1e-3))
    assert found["walkers_bits"] == pytest.approx(bits, abs=0.1)
    assert found["bits"] <= found["close_bits"] + found["apart_bits"]


def test_strides_tell_two_deals_in_one_stretch_apart(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """Three accounts are dealt the even ids of 600, twelve the odd ones of 2,400: nobody meets anybody."""
    random = Random(8)
    taken: dict[str, list[int]] = {**{f"x-{n}": [] for n in range(3)}, **{f"y-{n:02}": [] for n in range(12)}}
    for item in range(2400):
        if item % 2:
            taken[f"y-{random.randrange(12):02}"].append(item)
        elif item < 600:
            taken[f"x-{random.randrange(3)}"].append(item)
    rows = catalogue(strangers)
    for nth, (account, items) in enumerate(taken.items()):
        rows += walk(account, 9_000 + nth, every=60, ids=items, path="/items/8{id:05}", source_ip=f"240.{nth}.0.1")
    case = world(rows)
    apart = {"xx": 0.0, "yy": 0.0, "xy": 0.0}
    for row in case.read(LINKS).to_pylist():
        if row["signal"] == "target_enumeration":
            both = row["user_id_a"][0] + row["user_id_b"][0]
            apart[both] = max(apart[both], json.loads(row["detail"])["apart_bits"])
    assert apart["xx"] > 4
    assert apart["yy"] > 4
    assert apart["xy"] == 0
