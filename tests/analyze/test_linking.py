"""Who is linked, and above all who is not. Worlds are drawn by hash; no threshold was chosen on any of them."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import numpy as np
import pytest

from forensics.case import Case
from forensics.schema import (
    ACCOUNT_FEATURES,
    CLUSTER_MEMBERS,
    CLUSTERS,
    DECOYS,
    EVIDENCE,
    FOCUS,
    LINKS,
    PAIRS,
    PEOPLE,
    SYNCHRONY,
)

Rows = list[dict[str, Any]]


def actionable(case: Case) -> list[str]:
    return sorted(row["user_id"] for row in case.read(CLUSTER_MEMBERS).to_pylist() if row["actionable"])


def walk(account: str, start: float, *, every: float, ids: Sequence[int], path: str, **fields: Any) -> Rows:  # noqa: ANN401
    return [
        {"user_id": account, "second": start + every * step, "url_path": path.format(id=item), **fields}
        for step, item in enumerate(ids)
    ]


def irregular(draw: Random) -> list[float]:
    return sorted(draw.uniform(90_000, 900_000) for _ in range(90))


def followed(draw: Random, events: Sequence[float]) -> Iterator[float]:
    """Yield when somebody acts on events of which most are heard, a little later."""
    for event in events:
        if draw.random() < 0.8:
            yield event + draw.uniform(1, 20)


@pytest.mark.parametrize("seed", range(5))
def test_strangers_are_never_actionable(world: Callable[..., Case], strangers: Callable[..., Rows], seed: int) -> None:
    case = world(strangers(250, seed))
    assert actionable(case) == []
    assert [row["tier"] for row in case.read(PAIRS).to_pylist() if row["tier"] == "linked"] == []


@pytest.mark.parametrize("seed", range(3))
def test_two_accounts_that_share_a_walk_an_address_and_a_card_are_found_and_nobody_else(
    world: Callable[..., Case], strangers: Callable[..., Rows], seed: int
) -> None:
    rows = strangers(250, seed)
    rows += walk("x-1", 90000, every=4, ids=range(2000, 2600), path="/items/{id}/text",
                 source_ip="240.0.0.1", user_agent_original="script/1")  # fmt: skip
    rows += walk("x-2", 90006, every=4, ids=range(2000, 2600), path="/items/{id}/image",
                 source_ip="240.0.0.1", user_agent_original="script/1")  # fmt: skip
    accounts = [{"user_id": f"x-{n}", "payment_fingerprint": "card"} for n in (1, 2)]
    accounts += [{"user_id": f"p-{n:04d}", "payment_fingerprint": f"card-{n}"} for n in range(250)]
    case = world(rows, accounts=accounts)
    assert actionable(case) == ["x-1", "x-2"]
    (cluster,) = [row for row in case.read(CLUSTERS).to_pylist() if row["verdict"] == "coordinated"]
    assert cluster["size"] == 2
    assert cluster["campaign"] == "harvest"
    assert {"NET", "TARGET"} <= set(cluster["families"])


def test_sharing_everything_but_behavior_is_never_actionable(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """A household: one address, one card, one device, one browser."""
    rows = strangers(250, "household")
    for person in ("h-1", "h-2"):
        rows += [
            {"user_id": person, "second": 7000 * step + hash_free(person, step), "source_ip": "240.0.0.9",
             "user_agent_original": "rare/1", "url_path": f"/items/{1000 + 37 * step % 900}"}
            for step in range(40)
        ]  # fmt: skip
    accounts = [
        {"user_id": person, "payment_fingerprint": "card", "device_fingerprint": "tv"} for person in ("h-1", "h-2")
    ]
    case = world(rows, accounts=accounts)
    assert actionable(case) == []


def hash_free(person: str, step: int) -> float:
    return 1800 * ((step * 7919 + len(person) * 31 + ord(person[-1]) * 104729) % 1000) / 1000


def test_two_strangers_who_both_enumerate_are_not_linked(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """Two crawlers at different places in the catalogue, from different networks."""
    rows = strangers(250, "crawlers")
    rows += walk("c-1", 90000, every=4, ids=range(2000, 2600), path="/items/{id}", source_ip="240.0.1.1")
    rows += walk("c-2", 90002, every=4, ids=range(9000, 9600), path="/items/{id}", source_ip="241.0.2.2")
    assert actionable(world(rows)) == []


def test_jobs_at_the_top_of_the_hour_explain_themselves(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """Thirty unrelated customers whose jobs all run at :00 from one cloud network with one library."""
    rows = strangers(200, "cron")
    for job in range(30):
        rows += [
            {"user_id": f"job-{job:02d}", "second": 3600 * hour + job % 6, "source_ip": f"240.5.0.{job % 12 + 1}",
             "user_agent_original": "lib/2", "url_path": "/status"}
            for hour in range(96)
        ]  # fmt: skip
    assert actionable(world(rows)) == []


@pytest.mark.parametrize(
    ("period", "turns", "burst", "lasting"), [(40, 85, 1, 1), (420, 200, 6, 2), (617, 140, 12, 150)]
)
def test_clocks_of_one_period_meet_again_whenever_they_meet_once(
    world: Callable[..., Case], strangers: Callable[..., Rows], period: int, turns: int, burst: int, lasting: int
) -> None:
    """Strangers behind one hosting address whose jobs run every so often: a request, or a burst of some length."""
    rows, draw = strangers(250, "polls"), Random(11)
    for stranger, phase in enumerate((0, 4, 33)):
        rows += [
            {"user_id": f"job-{stranger}", "second": 93600 + phase + period * turn + lasting * draw.random(),
             "source_ip": "240.7.0.1", "user_agent_original": "waiting/3", "url_path": "/jobs"}
            for turn in range(turns) for _ in range(burst)
        ]  # fmt: skip
    case = world(rows)
    assert actionable(case) == []
    jobs = [row["person"] for row in case.read(PEOPLE).to_pylist() if row["user_id"].startswith("job-")]
    shown = [row for row in case.read(SYNCHRONY).to_pylist() if row["a"] in jobs and row["b"] in jobs]
    assert max(row["shared"] for row in shown) >= 80  # they are in step, which says no more than that
    assert all(row["bits"] <= max(0, np.log2(period * 1.02 / (2 * row["scale"]))) for row in shown)


@pytest.mark.parametrize(("others", "verdict"), [(0, "coordinated"), (15, "undecided")])
def test_what_tells_others_when_to_act_may_tell_three_at_one_address(
    world: Callable[..., Case], strangers: Callable[..., Rows], others: int, verdict: str
) -> None:
    """Three who run jobs at one platform act on the same irregular events: where others do, that is no actor."""
    rows, draw = strangers(250, "news"), Random(12)
    events = irregular(draw)
    for follower in range(3 + others):
        place = ("240.7.0.1", "runner/1") if follower < 3 else (f"240.{20 + follower}.0.1", f"bot-{follower}/1")
        rows += [
            {"user_id": f"job-{follower:02d}", "second": second, "source_ip": place[0],
             "user_agent_original": place[1], "url_path": "/quotes"}
            for second in followed(draw, events)
        ]  # fmt: skip
    case = world(rows)
    (cluster,) = [row for row in case.read(CLUSTERS).to_pylist() if "TIME" in row["families"]]
    assert (cluster["verdict"], cluster["size"]) == (verdict, 3)
    assert cluster["bystanders"] == others
    assert actionable(case) == (["job-00", "job-01", "job-02"] if verdict == "coordinated" else [])


@pytest.mark.parametrize(("cards", "verdict"), [(14, "undecided"), (1, "coordinated")])
def test_client_prompts_and_moments_in_common_may_be_a_product(
    world: Callable[..., Case], strangers: Callable[..., Rows], cards: int, verdict: str
) -> None:
    """Fourteen homes whose client asks the same prompts on the same irregular events; with one card it is one hand."""
    rows, draw = strangers(250, "product"), Random(13)
    events = irregular(draw)
    for user in range(14):
        rows += [
            {"user_id": f"u-{user:02d}", "second": second, "source_ip": f"240.{20 + user}.0.1",
             "user_agent_original": "assistant/1", "http_request_method": "POST", "url_path": "/chat",
             "gen_ai_prompt_hash": f"{draw.randrange(4):032x}"}
            for second in followed(draw, events)
        ]  # fmt: skip
    accounts = [{"user_id": f"u-{user:02d}", "payment_fingerprint": f"card-{user % cards}"} for user in range(14)]
    case = world(rows, accounts=accounts)
    (cluster,) = [row for row in case.read(CLUSTERS).to_pylist() if "TIME" in row["families"]]
    assert (cluster["verdict"], cluster["size"]) == (verdict, 14)
    assert len(actionable(case)) == (14 if verdict == "coordinated" else 0)


def test_a_class_that_works_in_one_room_at_the_same_minutes_is_not_linked(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    rows = strangers(200, "class")
    for student in range(30):
        rows += [
            {"user_id": f"s-{student:02d}", "second": 86400 * day + 36000 + 240 * task + 3 * ((student * task) % 7),
             "source_ip": f"240.6.0.{student % 2 + 1}", "user_agent_original": "lab/1", "url_path": f"/task/{task}"}
            for day in range(4) for task in range(10)
        ]  # fmt: skip
    accounts = [{"user_id": f"s-{n:02d}", "email_domain": "school.example"} for n in range(30)]
    assert actionable(world(rows, accounts=accounts)) == []


def test_a_declared_fleet_is_its_organizations_own_and_never_actionable(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    rows = strangers(250, "fleet")
    for unit in range(12):
        rows += [
            {"user_id": f"f-{unit:02d}", "second": 700 * step + 1.5 * unit, "source_ip": "240.7.0.1",
             "user_agent_original": "fleet/1", "url_path": "/poll"}
            for step in range(400)
        ]  # fmt: skip
    accounts = [
        {"user_id": f"f-{n:02d}", "organization_id": "org-fleet", "payment_fingerprint": "invoice"} for n in range(12)
    ]
    case = world(rows, accounts=accounts)
    assert actionable(case) == []
    assert "coordinated" not in case.read(CLUSTERS)["verdict"].to_pylist()


def test_aliases_of_one_account_never_link_to_each_other(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    rows = strangers(100, "alias")
    rows += walk("name", 90000, every=4, ids=range(2000, 2300), path="/items/{id}", source_ip="240.0.0.1")
    rows += walk("key:1", 90001, every=4, ids=range(2000, 2300), path="/items/{id}", source_ip="240.0.0.1")
    identities = [{"alias": "key:1", "alias_kind": "user", "user_id": "name"}]
    case = world(rows, identities=identities)
    named = {row[side] for row in case.read(LINKS).to_pylist() for side in ("user_id_a", "user_id_b")}
    assert "key:1" not in named


def planted(first: str, second: str, *, ids: Sequence[int], path: str, network: str, start: float) -> Rows:
    rows = walk(first, start, every=4, ids=ids, path=path, source_ip=network)
    return rows + walk(second, start + 4, every=4, ids=ids, path=path, source_ip=network)


def cards(*accounts: str) -> Rows:
    return [{"user_id": account, "payment_fingerprint": f"card-of-{account[0]}"} for account in accounts]


def test_a_second_campaign_changes_nothing_about_the_first(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """The floor depends on the number of accounts only: what else was found cannot lower or raise it."""
    rows = strangers(250, "two")
    first = planted("x-1", "x-2", ids=range(2000, 2400), path="/items/{id}", network="240.0.0.1", start=90000)
    second = planted("y-1", "y-2", ids=range(3000, 3400), path="/other/{id}", network="240.9.0.1", start=190000)
    moments = Random(1)  # people without a rhythm
    idle = [{**row, "url_path": "/", "second": 300000 * moments.random()} for row in second]
    accounts = cards("x-1", "x-2", "y-1", "y-2")
    alone = world(rows + first + idle, name="alone", accounts=accounts)
    both = world(rows + first + second, name="both", accounts=accounts)
    assert actionable(alone) == ["x-1", "x-2"]
    assert actionable(both) == ["x-1", "x-2", "y-1", "y-2"]


def test_probability_is_capped_by_the_permuted_worlds(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    rows = strangers(250, "decoys")
    rows += planted("x-1", "x-2", ids=range(2000, 2400), path="/items/{id}", network="240.0.0.1", start=90000)
    few = world(rows, name="few", settings="[analysis]\ndecoys = 9\n", accounts=cards("x-1", "x-2"))
    many = world(rows, name="many", accounts=cards("x-1", "x-2"))
    for case, worlds in ((few, 9), (many, 19)):
        strengths = [row["strongest_bits"] for row in case.read(DECOYS).to_pylist()]
        (pair,) = [row for row in case.read(PAIRS).to_pylist() if row["tier"] == "linked"]
        stronger = sum(strength >= pair["bits"] for strength in strengths)
        assert len(strengths) == worlds
        assert pair["probability"] == pytest.approx(1 - (1 + stronger) / (worlds + 1), abs=1e-3)


def bursts(account: str, moments: list[float], **fields: Any) -> Rows:  # noqa: ANN401
    return [
        {"user_id": account, "second": moment + 2 * step, "url_path": f"/items/{int(moment * 7 + step) % 5000 + 1000}",
         **fields}
        for moment in moments for step in range(3)
    ]  # fmt: skip


def test_two_accounts_that_move_together_inside_one_single_hour_are_found(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    rows, draw = strangers(250, "hour"), Random(3)
    moments = sorted(90000 + 3400 * draw.random() for _ in range(14))
    rows += bursts("x-1", moments, source_ip="240.0.0.1")
    rows += bursts("x-2", [moment + 1 for moment in moments], source_ip="240.0.0.1")
    assert actionable(world(rows, accounts=cards("x-1", "x-2"))) == ["x-1", "x-2"]


def test_two_people_of_one_home_who_are_online_in_the_same_hours_are_not_linked(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    rows, draw = strangers(250, "evening"), Random(4)
    for account in ("h-1", "h-2"):
        for evening in range(4):
            start = 86400 * evening + 72000
            moments = sorted(start + 2400 * draw.random() for _ in range(25))
            rows += bursts(account, moments, source_ip="240.0.0.9", user_agent_original="tv/1")
    assert actionable(world(rows, accounts=cards("h-1", "h-2"))) == []


def test_an_app_that_its_vendor_wakes_does_not_link_its_users(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    rows = strangers(250, "push")
    for person in range(12):
        home = f"240.{person}.0.1"
        rows += [
            {"user_id": f"app-{person:02d}", "second": 7001.0 * wake + person % 3, "source_ip": home,
             "user_agent_original": "rare-app/1", "url_path": "/inbox"}
            for wake in range(40)
        ]  # fmt: skip
    assert actionable(world(rows)) == []


def test_colleagues_who_share_a_prompt_pack_are_not_linked(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """A prompt that many of an office use says nothing between two of them."""
    rows, draw = strangers(250, "pack"), Random(5)
    for person in range(10):
        rows += [
            {"user_id": f"o-{person}", "second": 86400 * 4 * draw.random(), "source_ip": "240.0.3.1",
             "http_request_method": "POST", "url_path": "/v1/chat", "gen_ai_prompt_hash": f"pack-{number % 5}"}
            for number in range(30)
        ]  # fmt: skip
    case = world(rows, accounts=[{"user_id": f"o-{n}", "email_domain": "office.example"} for n in range(10)])
    assert actionable(case) == []
    template = [row["bits"] for row in case.read(LINKS).to_pylist() if row["family"] == "TEMPLATE"]
    assert template == []


def test_two_readers_of_one_feed_see_the_same_pages(world: Callable[..., Case], strangers: Callable[..., Rows]) -> None:
    readers = ("r-1", "r-2")
    rows = strangers(200, "feed")
    for session, hour in enumerate((9, 33, 57)):  # at the same hours, the newest first, from one address
        for step in range(8):
            rows += [
                {"user_id": reader, "second": hour * 3600 + 20 * step + 7 * nth, "source_ip": "240.0.0.9",
                 "url_path": f"/items/{50_000 + 400 * session - step}"}
                for nth, reader in enumerate(readers)
            ]  # fmt: skip
    accounts = [{"user_id": reader, "email_domain": "feed.example"} for reader in readers]
    case = world(rows, accounts=accounts)
    assert not [row for row in case.read(LINKS).to_pylist() if row["signal"] == "object_pairing"]
    assert not [row for row in case.read(CLUSTER_MEMBERS).to_pylist() if row["actionable"]]


def test_crawlers_of_one_list_meet_by_the_list_and_their_moments_are_no_second_witness(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    """Both take what is new when it is new, from one range: that is one reason for objects and moments alike."""
    rows, random = strangers(250, "crawl"), Random(6)
    moments = sorted(86400 * 4 * random.random() for _ in range(60))
    for nth, crawler in enumerate(("c-1", "c-2")):
        rows += [
            {"user_id": crawler, "second": moment + 2 * item + nth, "source_ip": f"240.0.0.{nth + 1}",
             "url_path": f"/items/{700_000 + 15 * step + 3 * item}"}
            for step, moment in enumerate(moments) for item in range(5)
        ]  # fmt: skip
    case = world(rows)
    assert actionable(case) == []
    fired = {row["signal"]: row["bits"] for row in case.read(LINKS).to_pylist() if row["user_id_a"] == "c-1"}
    assert fired["object_pairing"] == pytest.approx(np.log2(252) + 4, abs=1e-4)
    assert fired["request_cadence"] > 4
    families = {row["family"] for row in case.read(EVIDENCE).to_pylist() if row["user_id_a"] == "c-1"}
    assert families >= {"NET", "TARGET"}
    assert "TIME" not in families


def test_the_error_budget_follows_volume_and_stays_whole(
    world: Callable[..., Case], strangers: Callable[..., Rows]
) -> None:
    rows = strangers(60, "budget") + [
        {"user_id": "x-1", "second": 90000 + step, "url_path": "/inbox"} for step in range(400)
    ]
    case = world(rows, name="shared")
    events = {row["user_id"]: row["events"] for row in case.read(ACCOUNT_FEATURES).to_pylist()}
    names = {row["person"]: row["user_id"] for row in case.read(PEOPLE).to_pylist()}
    bits = {names[row["person"]]: row["volume_bits"] for row in case.read(FOCUS).to_pylist()}
    shares = np.exp2(np.array([bits[name] for name in sorted(bits)]))
    pairs = len(shares) * (len(shares) - 1) / 2
    assert (shares.sum() ** 2 - (shares**2).sum()) / 2 == pytest.approx(pairs, rel=1e-3)
    quiet = min(events, key=lambda name: (events[name], name))
    assert bits["x-1"] - bits[quiet] == pytest.approx(np.log2(100 / events[quiet]), abs=1e-3)
    equal = world(rows, name="equal", settings="[analysis]\nfull_volume = 1\n")
    assert {row["volume_bits"] for row in equal.read(FOCUS).to_pylist()} == {0.0}
