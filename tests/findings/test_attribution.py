from ipaddress import ip_address
from pathlib import Path

import polars as pl
import pytest

from forensics.analyze.findings.rows import QUERIES
from forensics.engine import Engine
from forensics.ranges import address_key, network
from forensics.schema import CLUSTER_REQUESTS, JUDGED_CLUSTERS, TABLES
from tests.findings.build import Row, Story, assessed, at, request

HOME, OFFICE, HOSTING = "198.18.1.7", "198.18.40.9", "198.19.77.4"
COMPANY = {"organization_id": "org-n", "organization_name": "Northlight", "email_domain": "northlight.example"}


def account(user_id: str, **more: object) -> Row:
    return {"user_id": user_id, **COMPANY, **more}


def visit(minute: float, user_id: str, address: str, path: str = "/feed") -> Row:
    return request(at(minute), user_id, path, source_ip=address, source_range=f"{address.rsplit('.', 1)[0]}.0/24")


def spell(user_id: str, address: str, begins: float, requests: int = 12) -> list[Row]:
    """A busy spell: one object every five seconds."""
    return [
        visit(begins + number / 12, user_id, address, f"/jobs/{1_000 + number}/image") for number in range(requests)
    ]


def ip_range(cidr: str, organization: str | None, **more: object) -> Row:
    net = network(cidr)
    return {
        "cidr": net.cidr, "organization": organization, "first_address": net.first, "last_address": net.last,
        "prefix_length": net.prefix_length, **more,
    }  # fmt: skip


def office_days(address: str = OFFICE) -> list[Row]:
    """Ten slow visits of each account, hours before anything."""
    return [visit(-600 + 10 * number, user_id, address) for number in range(10) for user_id in ("a", "b")]


REGISTERED = (account("a"), account("b"), account("c"), account("d"))
OFFICE_RANGE = ip_range("198.18.40.0/24", " northlight ")


def l2(tmp_path: Path, **story: object) -> Row:
    defaults = {"organization_id": "org-n", "accounts": REGISTERED, "requests": office_days()}
    return assessed(Story(**(defaults | story)).case(tmp_path)).one("attribution", "L2")  # type: ignore[arg-type]


def test_one_registration_record_is_one_ground_and_names_nobody(tmp_path: Path) -> None:
    found = l2(tmp_path)
    assert (found["detail"]["grounds"], found["detail"]["established"]) == (["registration"], False)
    assert (found["detail"]["registration_accounts"], found["detail"]["email_domain_accounts"]) == (2, 2)
    assert "L2 is not established for Northlight (org-n): one ground" in found["statement"]
    assert found["severity"] == "info"


def test_two_independent_grounds_that_agree_name_the_organization(tmp_path: Path) -> None:
    found = l2(tmp_path, ip_ranges=[OFFICE_RANGE])
    assert (found["detail"]["grounds"], found["detail"]["established"]) == (["registration", "network"], True)
    assert (found["detail"]["network_accounts"], found["detail"]["network_requests"]) == (2, 20)
    assert "on 2 independent grounds that agree" in found["statement"]
    assert (found["confidence"], found["likelihood"]) == ("low", None)


def test_a_range_counts_only_while_it_held(tmp_path: Path) -> None:
    found = l2(tmp_path, ip_ranges=[OFFICE_RANGE | {"valid_to": at(-700)}])
    assert (found["detail"]["network_requests"], found["detail"]["established"]) == (0, False)


def test_the_longest_range_names_the_user_of_the_network(tmp_path: Path) -> None:
    wide = ip_range("198.18.0.0/16", "Northlight")
    found = l2(tmp_path, ip_ranges=[wide, ip_range("198.18.40.0/24", "Guest House")])
    assert found["detail"]["grounds"] == ["registration"]
    assert found["detail"]["grounds_disagreeing"] == ["network"]
    assert "the grounds disagree (network name another)" in found["statement"]


def test_a_single_visit_to_the_office_is_no_ground(tmp_path: Path) -> None:
    rows = [*office_days(HOME), visit(-5, "a", OFFICE), visit(-4, "b", OFFICE)]
    found = l2(tmp_path, requests=rows, ip_ranges=[OFFICE_RANGE])
    assert (found["detail"]["network_accounts"], found["detail"]["network_requests"]) == (0, 2)
    assert found["detail"]["established"] is False


def test_a_payment_shared_with_colleagues_is_a_ground_and_a_private_one_is_not(tmp_path: Path) -> None:
    private = [account("a", payment_fingerprint="p"), account("b", payment_fingerprint="p"), account("c"), account("d")]
    assert l2(tmp_path / "private", accounts=private)["detail"]["grounds"] == ["registration"]
    team = [account(user_id, payment_fingerprint="team") for user_id in "abcd"]
    assert l2(tmp_path / "team", accounts=team)["detail"]["grounds"] == ["registration", "payment"]


def test_an_organization_logged_with_each_request_is_a_ground_of_its_own(tmp_path: Path) -> None:
    rows = [row | {"organization_id": "org-n"} for row in office_days()]
    assert l2(tmp_path, requests=rows)["detail"]["grounds"] == ["registration", "tenant"]


def test_one_account_of_three_is_not_enough(tmp_path: Path) -> None:
    rows = office_days() + [visit(-600 + number, "e", HOME) for number in range(10)]
    found = l2(
        tmp_path, members=("a", "e", "f"), requests=rows,
        accounts=[account("a"), account("c"), {"user_id": "e"}, {"user_id": "f"}], ip_ranges=[OFFICE_RANGE],
    )  # fmt: skip
    assert (found["detail"]["grounds"], found["detail"]["registration_accounts"]) == ([], 1)
    assert "not established for Northlight (org-n): no ground" in found["statement"]


def test_without_an_organization_layer_two_is_not_assessed(tmp_path: Path) -> None:
    found = assessed(Story(requests=office_days()).case(tmp_path))
    layer = found.one("attribution", "L2")
    assert (layer["assessed"], layer["statement"][:12]) == (False, "Not assessed")
    colleagues = found.one("attribution", "colleagues")
    assert (colleagues["assessed"], colleagues["detail"]["needs"]) == (False, ["accounts"])


def test_colleagues_outside_the_cluster_are_a_number_of_their_own(tmp_path: Path) -> None:
    rows = [*office_days(), visit(-3, "c", OFFICE)]
    story = Story(requests=rows, organization_id="org-n", accounts=REGISTERED)
    found = assessed(story.case(tmp_path)).one("attribution", "colleagues")
    assert (found["detail"]["colleagues"], found["detail"]["colleagues_with_requests"]) == (2, 1)
    assert found["statement"].startswith("2 other accounts of organization org-n are not in the cluster, 1 of them")


def test_layer_one_carries_the_likelihood_of_the_cluster(tmp_path: Path) -> None:
    found = assessed(Story(requests=office_days()).case(tmp_path)).one("attribution", "L1")
    assert (found["likelihood"], found["confidence"]) == ("almost certain", "moderate")
    assert found["statement"].startswith("L1 (accounts): it is almost certain that the 2 accounts act as one operator")


@pytest.mark.parametrize("layer", ["L3", "L4"])
def test_direction_and_what_was_meant_are_never_assessed(tmp_path: Path, layer: str) -> None:
    found = assessed(Story(requests=office_days()).case(tmp_path)).one("attribution", layer)
    assert (found["assessed"], found["likelihood"], found["severity"]) == (False, None, "info")
    assert "not testable from logs" in found["statement"]


def test_an_account_used_from_new_networks_may_be_somebody_elses_victim(tmp_path: Path) -> None:
    rows = [*office_days(), *spell("a", HOSTING, 0), *spell("b", OFFICE, 0, requests=4)]
    found = assessed(Story(requests=rows).case(tmp_path)).one("attribution", "takeover")
    assert found["detail"] == {
        "layer": "takeover", "accounts_active": 2, "accounts_with_history": 2, "accounts_new_networks": 1,
        "requests_compared": 16, "requests_new_networks": 12,
    }  # fmt: skip
    assert "a stolen, lent or sold key stays open" in found["statement"]


def test_without_earlier_requests_a_takeover_is_not_assessed(tmp_path: Path) -> None:
    found = assessed(Story(requests=spell("a", HOSTING, 0)).case(tmp_path)).one("attribution", "takeover")
    assert found["assessed"] is False


def rush(user_id: str, places: int, minutes: int = 5) -> list[Row]:
    """Use one key in the same minutes from so many ranges."""
    return [
        visit(minute + place / 60, user_id, f"198.19.{place}.7") for minute in range(minutes) for place in range(places)
    ]


def at_once(tmp_path: Path, requests: list[Row]) -> Row:
    return assessed(Story(requests=requests).case(tmp_path)).one("attribution", "at_once")


def test_one_key_used_from_many_places_at_once_may_be_in_several_hands(tmp_path: Path) -> None:
    found = at_once(tmp_path, [*rush("a", 3), visit(0.5, "a", "198.19.9.7"), visit(2, "b", OFFICE)])
    assert found["detail"] == {
        "layer": "at_once", "accounts_located": 2, "accounts_at_once": 1, "minutes_located": 6, "minutes_at_once": 5,
        "most_places": 4, "most_places_at": "2026-03-07T12:00:00Z", "most_places_user_id": "a",
    }  # fmt: skip
    assert "The most: 4 ranges in one minute (a, 2026-03-07 12:00:00Z)" in found["statement"]
    assert "A key in several hands, a program on several machines and a proxy" in found["statement"]
    assert (found["severity"], found["confidence"], found["likelihood"]) == ("low", "low", None)


@pytest.mark.parametrize(("places", "minutes"), [(2, 60), (3, 4)], ids=["two ranges", "four minutes"])
def test_a_line_with_two_addresses_or_a_short_journey_is_not_many_places(
    tmp_path: Path, places: int, minutes: int
) -> None:
    found = at_once(tmp_path, [*rush("a", places, minutes), visit(0, "b", OFFICE)])
    assert (found["detail"]["accounts_at_once"], found["severity"], found["alternative"]) == (0, "info", "")
    assert "No row shows a key in several hands" in found["statement"]


def test_many_accounts_from_many_places_are_no_shared_key(tmp_path: Path) -> None:
    rows = [visit(minute, user_id, f"198.19.{place}.7") for minute in range(9) for place, user_id in enumerate("ab")]
    assert at_once(tmp_path, rows)["detail"]["accounts_at_once"] == 0


def test_without_addresses_many_places_are_not_assessed(tmp_path: Path) -> None:
    rows = [visit(0, user_id, OFFICE) | {"source_ip": None, "source_range": None} for user_id in "ab"]
    found = at_once(tmp_path, rows)
    assert found["assessed"] is False
    assert found["statement"].startswith("Not assessed: whether a key is used from many places at once needs")


def test_addresses_become_the_same_keys_in_sql_as_at_import(tmp_path: Path) -> None:
    addresses = [
        "198.18.40.9",
        "240.0.0.1",
        "2001:db8::",
        "2001:db8::1",
        "2001:db8:1:2:3:4:5:6",
        "::1",
        "2001:db8:0:1::7",
    ]
    assert [str(ip_address(one)) for one in addresses] == addresses
    rows = [request(at(number), "a", source_ip=one) for number, one in enumerate(addresses)]
    keys = address_key(pl.Series(addresses)).to_list()
    exact = [
        {"cidr": one, "organization": one, "first_address": key, "last_address": key, "prefix_length": 128}
        for one, key in zip(addresses, keys, strict=True)
    ]
    case = Story(requests=rows, ip_ranges=exact).case(tmp_path)
    with Engine.over(case, *TABLES) as engine:
        engine.save(case, JUDGED_CLUSTERS, QUERIES / "judged_clusters.sql")
        engine.save(case, CLUSTER_REQUESTS, QUERIES / "cluster_requests.sql")
        found = engine.rows(QUERIES / "cluster_networks.sql")
    assert sorted(found["network_organization"].to_pylist()) == sorted(addresses)
