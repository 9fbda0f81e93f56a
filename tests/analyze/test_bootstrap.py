"""Drawing days again: what many days bear out stays, what one day brought goes with it, and nothing is decided."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from forensics.analyze.bootstrap import _draws
from forensics.case import Case
from forensics.schema import CLUSTER_MEMBERS, CLUSTERS

Rows = list[dict[str, Any]]
_DAY = 86_400
_HALVES = "halves = false\n"


def walk(name: str, starts: list[float], first: int, network: str) -> Rows:
    """Two accounts that walk on through one part of the catalogue, session by session, from one address."""
    return [
        {"user_id": f"{name}-{number}", "second": start + 4 * step + 2 * number, "source_ip": network,
         "user_agent_original": f"script/{name}", "url_path": f"/items/{first + 150 * session + step}/{kind}"}
        for number, kind in enumerate(("text", "image"), 1)
        for session, start in enumerate(starts) for step in range(150)
    ]  # fmt: skip


def calls(name: str, days: range, network: str) -> Rows:
    """What the two do on other days: each its own things, from elsewhere."""
    return [
        {"user_id": f"{name}-{number}", "second": day * _DAY + 7000 * number + 400 * step,
         "source_ip": f"{network}.{number}", "url_path": f"/items/{1000 + 61 * step * number % 3000}"}
        for number in (1, 2) for day in days for step in range(30)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def rows(strangers: Callable[..., Rows]) -> Rows:
    return [
        *strangers(150, "days"),
        *walk("often", [90000 + _DAY * day for day in range(4)], 20_000, "240.0.0.1"),
        *walk("once", [90000 + 2000 * session for session in range(4)], 30_000, "240.0.1.1"),
        *calls("once", range(2, 6), "240.0.2"),
        *walk("brief", [90000 + 1000 * session for session in range(2)], 40_000, "240.0.3.1"),
    ]


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory, world_in: Callable[..., Case], rows: Rows) -> Case:
    return world_in(tmp_path_factory.mktemp("draws"), rows, accounts=cards(), settings=f"[analysis]\n{_HALVES}")


def cards() -> Rows:
    names = ("often", "once", "brief")
    return [{"user_id": f"{name}-{n}", "payment_fingerprint": f"card of {name}"} for name in names for n in (1, 2)]


def of(case: Case, name: str) -> tuple[dict[str, Any], list[float]]:
    members = case.read(CLUSTER_MEMBERS).to_pylist()
    cluster_id = next(row["cluster_id"] for row in members if row["user_id"] == f"{name}-1")
    (cluster,) = [row for row in case.read(CLUSTERS).to_pylist() if row["cluster_id"] == cluster_id]
    return cluster, [row["day_inclusion"] for row in members if row["cluster_id"] == cluster_id]


def test_what_four_days_bear_out_stays_on_most_other_days(case: Case) -> None:
    cluster, members = of(case, "often")
    assert cluster["day_draws"].startswith("in 100 draws of its 4 days an account stays in ")
    assert cluster["day_inclusion"] > 0.5
    assert len(set(members)) == 1  # a pair stays together or not at all


def test_what_one_day_brought_goes_with_that_day(case: Case) -> None:
    """Of five days the one on which they walked is in 1 - (4/5)^5 = 67 % of the draws, sometimes twice."""
    often, _ = of(case, "often")
    once, members = of(case, "once")
    assert "of its 5 days" in once["day_draws"]
    assert 0.4 < once["day_inclusion"] < 0.8
    assert once["day_inclusion"] < often["day_inclusion"]
    assert members == [once["day_inclusion"]] * 2


def test_what_lasted_less_than_six_hours_is_not_estimable_and_says_so(case: Case) -> None:
    cluster, members = of(case, "brief")
    assert cluster["day_draws"] == "not estimable: the activity lies in fewer than three days and six hours"
    assert cluster["day_inclusion"] is None
    assert members == [None, None]


def test_draws_decide_nothing(case: Case, world_in: Callable[..., Case], rows: Rows, tmp_path: Any) -> None:  # noqa: ANN401
    without = world_in(tmp_path, rows, accounts=cards(), settings=f"[analysis]\n{_HALVES}day_draws = 0\n")
    cluster, _ = of(without, "often")
    assert (cluster["day_inclusion"], cluster["day_draws"]) == (None, "not asked: [analysis] day_draws is 0")
    added = ("day_inclusion", "day_draws")
    for table in (CLUSTERS, CLUSTER_MEMBERS):
        plain, drawn = (
            [{name: value for name, value in row.items() if name not in added} for row in each.read(table).to_pylist()]
            for each in (without, case)
        )
        assert plain == drawn


def test_draws_are_the_same_everywhere_and_take_every_block_alike() -> None:
    drawn = _draws("C-000000000001", 400, 14)
    assert drawn.sum(axis=0).tolist() == [14] * 400
    assert drawn[:, :2].tolist() == _draws("C-000000000001", 400, 14)[:, :2].tolist()
    assert np.abs(drawn.mean(axis=1) - 1).max() < 0.2  # four standard deviations: sqrt(13/14/400) each
