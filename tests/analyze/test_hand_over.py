"""Accounts that take turns, and people who only seem to."""

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from forensics.case import Case
from forensics.schema import LINKS
from tests.analyze.conftest import draw

Rows = list[dict[str, Any]]
Turns = Sequence[tuple[float, float]]
_DAY = 86_400


def bits(case: Case) -> list[float]:
    return [row["bits"] for row in case.read(LINKS).to_pylist() if row["signal"] == "hand_over"]


def work(account: str, turns: Turns) -> Rows:
    """Requests a minute and a half apart, about, in every turn."""
    return [
        {"second": moment, "user_id": account, **own(account)} for turn in turns for moment in steps(account, *turn)
    ]


def steps(account: str, begin: float, end: float) -> Iterator[float]:
    moment = begin
    while moment < end:
        yield moment
        moment += 60 + 60 * draw(account, moment)


def own(account: str) -> dict[str, str]:
    """An address, a client and a prompt of its own."""
    number = int(1e6 * draw(account))
    return {
        "source_ip": f"198.18.{number % 200}.{number % 251 + 1}",
        "source_range": f"198.18.{number % 200}.0/24",
        "user_agent_original": f"Mozilla/5.0 ({account})",
    }


def cards(*groups: Sequence[str]) -> Rows:
    return [{"user_id": name, "payment_fingerprint": f"card-{n}"} for n, group in enumerate(groups) for name in group]


def relief(seed: str, count: int) -> list[float]:
    """Moments at which the one relieves the other: turns of 40 to 90 minutes."""
    moments = [3_600.0]
    for nth in range(count):
        moments.append(moments[-1] + 2_400 + 3_000 * draw(seed, nth))
    return moments


def test_two_accounts_that_relieve_each_other_take_turns(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    turns = list(pairwise(relief("relief", 14)))
    rows = strangers(60, "turns") + work("even", turns[::2]) + work("odd", turns[1::2])
    (found,) = bits(world(rows, accounts=cards(["even", "odd"])))
    assert found > 8  # thirteen times within an eighth of forty minutes, less what the choice of fifteen bets costs


def test_strangers_who_share_a_card_take_no_turns(world: Callable[..., Case]) -> None:
    """A likelihood ratio has a mean of 1 at most where nobody takes turns."""
    pairs = [(f"a{number:02}", f"b{number:02}") for number in range(40)]
    rows = [row for pair in pairs for account in pair for row in work(account, list(anywhere(account)))]
    found = bits(world(rows, accounts=cards(*pairs)))
    assert sum(2**each for each in found) / len(pairs) <= 1
    assert max(found, default=0) < 6


def anywhere(account: str) -> Iterator[tuple[float, float]]:
    for nth in range(14):
        begin = 4 * _DAY * draw(account, nth, "begin")
        yield begin, begin + 1_200 + 3_600 * draw(account, nth, "length")


def test_shifts_that_follow_the_clock_explain_themselves(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """The one works from eight to four, the other from four to midnight, day by day, as a thousand others do."""
    early = [
        (day * _DAY + 8 * 3600 + 900 * draw(day, 1), day * _DAY + 16 * 3600 - 300 * draw(day, 2)) for day in range(9)
    ]
    late = [(day * _DAY + 16 * 3600 + 300 * draw(day, 3), (day + 1) * _DAY - 900 * draw(day, 4)) for day in range(9)]
    rows = strangers(60, "shifts") + work("early", early) + work("late", late)
    assert not bits(world(rows, accounts=cards(["early", "late"])))


def test_two_clocks_take_all_their_turns_if_they_take_one(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """Jobs of one odd period, one of which happens to begin where the other ends."""
    early = [(4321 * nth, 4321 * nth + 1400) for nth in range(40)]
    late = [(4321 * nth + 1410, 4321 * nth + 2900) for nth in range(40)]
    rows = strangers(60, "clocks") + work("early", early) + work("late", late)
    found = bits(world(rows, accounts=cards(["early", "late"])))
    assert max(found, default=0) < 5  # log2 of one distance of a hundred, not of forty


def test_colleagues_who_relieve_each_other_are_one_room(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    turns = list(pairwise(relief("desk", 14)))
    rows = strangers(60, "desk") + work("even", turns[::2]) + work("odd", turns[1::2])
    desk = [{**card, "email_domain": "desk.example"} for card in cards(["even", "odd"])]
    assert not bits(world(rows, accounts=desk))


def test_what_is_said_of_turns_can_be_counted(world: Callable[..., Case], strangers: Callable[..., Rows]) -> None:
    turns = list(pairwise(relief("count", 10)))
    rows = strangers(60, "count") + work("even", turns[::2]) + work("odd", turns[1::2])
    case = world(rows, accounts=cards(["even", "odd"]))
    (detail,) = [json.loads(row["detail"]) for row in case.read(LINKS).to_pylist() if row["signal"] == "hand_over"]
    assert {
        (row["turns"], row["places"]) for row in detail if row["pause_seconds"] == 960 and row["nearer_than"] == 8
    } == {(9, 9)}
