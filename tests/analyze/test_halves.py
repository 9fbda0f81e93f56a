"""Hold-out: what lasts is found again in both halves of the time, what happened once is not, and says so."""

import os
import subprocess
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from forensics.analyze import analyze
from forensics.analyze.focus import Focus
from forensics.analyze.verdict import judge
from forensics.case import Case
from forensics.engine import Resources
from forensics.schema import CLUSTER_MEMBERS, CLUSTERS

Rows = list[dict[str, Any]]
World = Callable[..., Case]
PAIR = [{"user_id": account, "payment_fingerprint": "card"} for account in ("x-1", "x-2")]


def sessions(starts: list[float], steps: int = 150) -> Rows:
    """Two accounts that walk on through one catalogue, session by session, from one address."""
    return [
        {"user_id": account, "second": start + 4 * step + 2 * number, "source_ip": "240.0.0.1",
         "user_agent_original": "script/1", "url_path": f"/items/{9000 + steps * session + step}/{kind}"}
        for number, (account, kind) in enumerate((("x-1", "text"), ("x-2", "image")))
        for session, start in enumerate(starts) for step in range(steps)
    ]  # fmt: skip


def pair_of(case: Case) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    members = case.read(CLUSTER_MEMBERS).to_pylist()
    name = next(row["cluster_id"] for row in members if row["user_id"] == "x-1")
    (cluster,) = [row for row in case.read(CLUSTERS).to_pylist() if row["cluster_id"] == name]
    return cluster, [row for row in members if row["cluster_id"] == name]


def test_an_operator_at_work_for_days_is_confirmed_and_nothing_else_depends_on_it(
    world: World, strangers: Callable[..., Rows]
) -> None:
    rows = strangers(150, "days") + sessions([90000 + 86400 * day for day in range(4)])
    case = world(rows, accounts=PAIR)
    cluster, members = pair_of(case)
    assert (cluster["size"], cluster["confirmed"]) == (2, 1.0)
    assert cluster["hold_out"].startswith("of its accounts 100% (even) and 100% (odd)")
    assert [row["inclusion"] for row in members] == [1.0, 1.0]
    assert (cluster["confidence"] == "high") == (len(cluster["families"]) >= 3 and not cluster["carried_by"])
    assert list((case.folder / ".scratch").glob("halves")) == []
    written = case.outputs(CLUSTERS, CLUSTER_MEMBERS)
    analyze(case, Resources(threads=1))
    assert case.outputs(CLUSTERS, CLUSTER_MEMBERS) == written

    without = world(rows, name="without", settings="[analysis]\nhalves = false\n", accounts=PAIR)
    left = without.folder / ".scratch" / "halves" / "odd"
    left.mkdir(parents=True)  # as a run leaves it that was killed
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    spilled, at_work = (
        without.folder / ".scratch" / f"duckdb_temp_{pid}_0_storage_S32K-0.tmp" for pid in (dead.pid, os.getppid())
    )
    spilled.touch()
    at_work.touch()
    analyze(without, Resources(threads=1))
    assert not left.exists()
    assert (spilled.exists(), at_work.exists()) == (False, True)
    plain, alone = pair_of(without)
    assert (plain["confirmed"], plain["hold_out"]) == (None, "not asked: [analysis] halves is off")
    assert plain["confidence"] != "high"
    added = {"confirmed", "hold_out", "confidence", "inclusion"}
    assert [{**row, **dict.fromkeys(added)} for row in (plain, *alone)] == [
        {**row, **dict.fromkeys(added)} for row in (cluster, *members)
    ]


def test_a_focus_is_tested_in_the_halves_as_in_the_whole(world: World, strangers: Callable[..., Rows]) -> None:
    """Accounts have other numbers in a half: who of them is in the focus is told by name."""
    once = [{"user_id": "a-first-name", "second": 7200 * block, "url_path": "/"} for block in (0, 2)]
    rows = strangers(150, "focus") + once + sessions([90000 + 86400 * day for day in range(4)])
    case = world(rows, focus=Focus("accounts", "tip.txt", ("x-1", "x-2")), accounts=PAIR)
    assert pair_of(case)[0]["confirmed"] == 1.0


def test_what_was_done_in_one_block_cannot_be_confirmed(world: World, strangers: Callable[..., Rows]) -> None:
    case = world(strangers(150, "burst") + sessions([90000], steps=600), accounts=PAIR)
    cluster, members = pair_of(case)
    assert (cluster["confirmed"], cluster["hold_out"]) == (
        None, "not confirmable: the activity lies in one block of two hours"
    )  # fmt: skip
    assert [(row["inclusion"], row["actionable"]) for row in members] == [(None, True)] * 2
    assert cluster["confidence"] != "high"


def test_two_of_one_home_who_once_did_the_same_thing_are_not_confirmed(
    world: World, strangers: Callable[..., Rows]
) -> None:
    """Chance brings one evening together; on all other days they go their own ways."""
    rows, draw = strangers(150, "home"), Random(7)
    moments = sorted(90000 + 3400 * draw.random() for _ in range(14))
    for number, account in enumerate(("x-1", "x-2")):
        own = [86400 * 4 * draw.random() for _ in range(200)]
        together = [moment + 2 * step + number for moment in moments for step in range(3)]
        rows += [
            {"user_id": account, "second": second, "source_ip": "240.0.0.1",
             "url_path": f"/items/{1000 + int(5000 * draw.random())}"}
            for second in own + together
        ]  # fmt: skip
    case = world(rows, accounts=PAIR)
    cluster, members = pair_of(case)
    assert cluster["confirmed"] == 0.0
    assert cluster["merged_regularity_p"] > 0.05  # nobody deals work out to them
    assert cluster["confidence"] != "high"
    assert max(row["inclusion"] for row in members) <= 0.5


@pytest.mark.parametrize(
    ("families", "tier", "probability", "stands", "confidence"),
    [
        (["NET", "TIME", "TARGET"], "linked", 0.95, True, "high"),
        (["NET", "TIME", "TARGET"], "linked", 0.95, False, "moderate"),
        (["NET", "TIME", "TARGET"], "linked", 0.4, True, "moderate"),
        (["NET", "TIME"], "linked", 0.95, True, "low"),
        (["NET", "TIME", "TARGET"], "lead", 0.95, True, "low"),
    ],
)
def test_high_confidence_needs_three_families_none_alone_and_both_halves(
    families: list[str], tier: str, probability: float, stands: bool, confidence: str
) -> None:
    row = {"families": families, "organization_id": None, "organization_share": 0.0, "events": 9,
           "object_requests": 0, "objects": 0}  # fmt: skip
    assert judge(row, tier, probability, frozenset(), stands=stands).confidence == confidence
