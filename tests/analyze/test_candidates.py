"""A drawn pair stands for the inverse of its chance to be drawn, however many values its accounts share."""

from importlib.resources import files
from itertools import combinations

import duckdb
import pytest

_SQL = files("forensics.analyze").joinpath("candidates.sql").read_text(encoding="utf-8")


def _candidates(
    shared: dict[int, range], *, rare: int = 64, neighbors: int = 16, partners: int = 200, memory: str = "2GB"
) -> dict[tuple[int, int], float]:
    """Return the weight of each candidate pair of accounts that share values: the accounts of each value."""
    con = duckdb.connect(config={"threads": "2", "memory_limit": memory, "temp_directory": ""})
    con.execute("CREATE TABLE incidences (value_id INTEGER, person INTEGER)")
    con.execute("CREATE TABLE shareable (value_id INTEGER, attribute VARCHAR, bits DOUBLE, accounts INTEGER)")
    con.execute("CREATE TABLE activity (user_id VARCHAR, bin INTEGER)")
    con.execute("CREATE TABLE people (person INTEGER, user_id VARCHAR)")
    con.execute(
        "CREATE TABLE settings AS"
        " SELECT 2.0 AS min_family_bits, ? AS pair_accounts, ? AS ring_neighbors, ? AS partners",
        [rare, neighbors, partners],
    )
    for value, accounts in shared.items():
        con.execute("INSERT INTO incidences SELECT ?, unnest(range(?, ?))", [value, accounts.start, accounts.stop])
        con.execute("INSERT INTO shareable VALUES (?, 'cadence', 5, ?)", [value, len(accounts)])
    rows = con.sql(_SQL).to_arrow_table().to_pylist()
    return {(row["a"], row["b"]): row["weight"] for row in rows}


def test_the_weights_of_drawn_pairs_sum_to_the_pairs_of_each_number_of_shared_values() -> None:
    """Accounts share one, two or three common values; a pair of several could have been drawn by each."""
    shared = {1: range(1200), 2: range(300, 1200), 3: range(600, 1200)}
    weight = _candidates(shared)
    for low, high in ((0, 300), (300, 600), (600, 1200)):
        summed = sum(value for (a, b), value in weight.items() if low <= a < high and low <= b < high)
        count = high - low
        assert summed == pytest.approx(count * (count - 1) / 2, rel=0.08)


def test_the_sum_is_right_where_an_account_keeps_few_of_its_pairs() -> None:
    weight = _candidates({value: range(800) for value in range(12)}, partners=50)
    assert len(weight) < 800 * 50
    assert sum(weight.values()) == pytest.approx(800 * 799 / 2, rel=0.04)


def test_a_pair_of_a_rare_value_stands_for_itself() -> None:
    weight = _candidates({1: range(500), 2: range(10, 30)})
    assert {weight[pair] for pair in combinations(range(10, 30), 2)} == {1.0}


def test_two_accounts_in_a_ring_are_its_only_pair() -> None:
    assert _candidates({1: range(2)}, rare=1) == {(0, 1): 1.0}


def test_no_plan_joins_all_accounts_of_a_value_with_each_other() -> None:
    """Half a gigabyte holds the pairs that are drawn of 6,000 accounts, not their 36 million couples five times."""
    weight = _candidates({value: range(6000) for value in range(5)}, partners=20, memory="500MB")
    assert sum(weight.values()) == pytest.approx(6000 * 5999 / 2, rel=0.04)
