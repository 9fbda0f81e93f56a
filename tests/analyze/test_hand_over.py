"""Who takes turns, and who only lives by the clock or at one machine."""

import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from forensics.case import Case
from forensics.schema import LINKS

Rows = list[dict[str, Any]]
_DAY, _HOUR = 86_400, 3600


def session(account: str, begins: float, ends: float, **fields: Any) -> Rows:  # noqa: ANN401
    """Requests every twenty seconds from the one moment to the other."""
    return [
        {"user_id": account, "second": begins + 20 * step, "url_path": f"/items/{1000 + 37 * step % 4000}", **fields}
        for step in range(int((ends - begins) // 20) + 1)
    ]


def turns(one: str, two: str, seed: int, **fields: Any) -> Iterator[Rows]:  # noqa: ANN401
    """Twelve times on eight days, at odd hours: one works until its quota, and half a minute later two goes on."""
    draw = Random(seed)
    for time in range(12):
        begins = time * 0.6 * _DAY + 6 * _HOUR * draw.random()
        change = begins + 1200 + 1200 * draw.random()
        yield session(one, begins, change, **({"source_ip": f"240.{seed}.1.1"} | fields))
        yield session(two, change + 30, change + 1500, **({"source_ip": f"240.{seed}.2.1"} | fields))


def by_the_clock(one: str, two: str) -> Iterator[Rows]:
    """Every day one ends at noon and two begins after it: their days explain it."""
    for day in range(8):
        noon = day * _DAY + 12 * _HOUR
        yield session(one, noon - 1500, noon, source_ip="240.3.1.1")
        yield session(two, noon + 30, noon + 1500, source_ip="240.3.2.1")


def live(account: str, seed: int) -> Iterator[Rows]:
    """Sessions of its own, so that nobody is all work."""
    draw = Random(seed)
    for day in range(8):
        begins = day * _DAY + _DAY * draw.random()
        yield session(account, begins, begins + 300, source_ip=f"240.{seed % 200}.9.9")


@pytest.fixture(scope="module")
def fired(
    tmp_path_factory: pytest.TempPathFactory,
    world_in: Callable[..., Case],
    strangers: Callable[..., Rows],
) -> dict[tuple[str, str], dict[str, Any]]:
    """Pairs whose turns are evidence, in a world with one pair of each kind; each pair has one card."""
    rows = strangers(200, "turns", days=8)
    kinds = ("turn", "room", "mail", "clock")
    for part in (
        *turns("turn-1", "turn-2", 1),
        *turns("room-1", "room-2", 2, source_ip="240.2.1.1"),
        *turns("mail-1", "mail-2", 4),
        *by_the_clock("clock-1", "clock-2"),
        *(part for kind in kinds for n in (1, 2) for part in live(f"{kind}-{n}", 10 * len(kind) + n + ord(kind[0]))),
    ):
        rows += part
    accounts = [
        {
            "user_id": f"{kind}-{n}",
            "payment_fingerprint": f"card of {kind}",
            "email_domain": "post.example" if kind == "mail" else None,
        }
        for kind in kinds
        for n in (1, 2)
    ]
    accounts += [{"user_id": f"p-{n:04}", "payment_fingerprint": f"{n}"} for n in range(200)]
    settings = '[analysis]\nkept_bits = 0.5\nfree_mail_domains = ["post.example"]\n'
    case = world_in(tmp_path_factory.mktemp("turns"), rows, accounts=accounts, settings=settings)
    links = [row for row in case.read(LINKS).to_pylist() if row["signal"] == "hand_over"]
    return {(row["user_id_a"], row["user_id_b"]): row for row in links}


def test_accounts_that_go_on_where_the_other_stops_are_evidence(fired: dict[tuple[str, str], dict[str, Any]]) -> None:
    found = fired["turn-1", "turn-2"]
    minutes = next(part for part in json.loads(found["detail"]) if part["width_seconds"] == 60)
    assert minutes["hand_overs"] == 12
    assert minutes["expected"] < 2
    assert found["bits"] > 10


def test_a_mail_provider_is_no_room(fired: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert fired["mail-1", "mail-2"]["bits"] > 10


def test_people_at_one_machine_take_turns_and_that_says_nothing(
    fired: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert ("room-1", "room-2") not in fired


def test_who_begins_every_day_when_the_other_ends_is_explained_by_other_days(
    fired: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert ("clock-1", "clock-2") not in fired


def test_nobody_else_takes_turns(fired: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert {pair for pair, row in fired.items() if row["bits"] > 2} == {("mail-1", "mail-2"), ("turn-1", "turn-2")}
