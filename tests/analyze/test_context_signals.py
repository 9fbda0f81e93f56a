"""What the tables of context add: rare autonomous systems, and mail domains as somebody registered them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from forensics.analyze.mail_domains import mail_domains
from forensics.case import Case
from forensics.ranges import network
from forensics.schema import ACCOUNT_VALUES, HUBS, LINKS, PEOPLE, ROOMS, SIGNALS_TABLE, WEIGHED

Rows = list[dict[str, Any]]
World = Callable[..., Case]


def shared(case: Case, signal: str) -> dict[tuple[str, str], str]:
    rows = [row for row in case.read(LINKS).to_pylist() if row["signal"] == signal]
    return {(row["user_id_a"], row["user_id_b"]): json.loads(row["detail"])[0]["value"] for row in rows}


def as_range(cidr: str, asn: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    found = network(cidr)
    return {
        "cidr": cidr, "asn": asn, "first_address": found.first, "last_address": found.last,
        "prefix_length": found.prefix_length, **more,
    }  # fmt: skip


def roaming(account: str, octet: int, seed: int) -> Rows:
    """Forty requests, each from another /24 of one /16, at hours of its own."""
    return [
        {"user_id": account, "second": 7919.0 * step + 613 * seed,
         "source_ip": f"240.{octet}.{(step * 7 + seed) % 250}.9",
         "url_path": f"/items/{2000 + 31 * seed + step}", "user_agent_original": "rare/1"}
        for step in range(40)
    ]  # fmt: skip


def providers() -> Rows:
    """One large provider, and a small one for every eight of half of the homes."""
    small = [as_range(f"198.18.0.{8 * n}/29", 64600 + n) for n in range(16)]
    return [as_range("198.18.0.0/15", 64496), as_range("240.0.0.0/8", 64511), *small]


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory, world_in: World, strangers: Callable[..., Rows]) -> Case:
    """250 strangers, two accounts that roam through a rare host, two through a declared VPN."""
    rows = strangers(250, "systems")
    for seed, (account, octet) in enumerate((("h-1", 1), ("h-2", 1), ("v-1", 2), ("v-2", 2), ("n-1", 3), ("n-2", 4))):
        rows += roaming(account, octet, seed)
    ranges = [
        *providers(),
        as_range("240.1.0.0/16", 64500),
        as_range("240.2.0.0/16", 64501, shared=True),
    ]
    accounts = [{"user_id": name, "payment_fingerprint": "card"} for name in ("h-1", "h-2")]
    return world_in(tmp_path_factory.mktemp("systems"), rows, ip_ranges=ranges, accounts=accounts)


def test_a_rare_autonomous_system_is_shared_though_no_range_is(networks: Case) -> None:
    assert shared(networks, "shared_as_number")["h-1", "h-2"] == "64500"
    assert ("h-1", "h-2") not in shared(networks, "shared_ip_range")


def test_the_longest_range_names_the_system_and_a_shared_one_names_none(networks: Case) -> None:
    values = [row for row in networks.read(ACCOUNT_VALUES).to_pylist() if row["attribute"] == "as_number"]
    told = {(row["user_id"], row["value"]) for row in values}
    assert {("h-1", "64500"), ("n-1", "64511"), ("n-2", "64511")} <= told
    assert not [account for account, _ in told if account.startswith("v-")]


def test_the_system_of_a_large_provider_weighs_nothing(networks: Case) -> None:
    hubs = {(row["attribute"], row["value"]): row["action"] for row in networks.read(HUBS).to_pylist()}
    assert hubs["as_number", "64496"] == "context_only"


def test_system_and_range_are_one_bet_and_not_two(world: World, strangers: Callable[..., Rows]) -> None:
    """Two accounts at one address of one rare system: no more than the better of the two says."""
    rows = strangers(250, "one bet") + [
        {**row, "source_ip": "240.1.1.9"} for n in (1, 2) for row in roaming(f"h-{n}", 1, n)
    ]
    ranges = [*providers(), as_range("240.1.0.0/16", 64500)]
    case = world(rows, ip_ranges=ranges, settings="[analysis]\nkept_bits = 0.5\n")
    fired = {row["signal"]: row["bits"] for row in case.read(LINKS).to_pylist() if row["user_id_a"] == "h-1"}
    number = {row["user_id"]: row["person"] for row in case.read(PEOPLE).to_pylist()}
    pair = (number["h-1"], number["h-2"])
    (net,) = [row["net"] for row in case.read(WEIGHED).to_pylist() if (row["a"], row["b"]) == pair]
    assert {"shared_as_number", "shared_ip_range"} <= set(fired)
    assert 4 < net <= max(fired["shared_as_number"], fired["shared_ip_range"])


def test_without_a_table_of_ranges_the_log_names_the_system_and_else_nobody(
    world: World, strangers: Callable[..., Rows]
) -> None:
    rows = strangers(60, "logged")
    bare = world(rows, name="bare")
    assert "shared_as_number" not in bare.read(SIGNALS_TABLE)["signal"].to_pylist()
    logged = world([{**row, "source_as_number": 64497} for row in rows], name="logged")
    assert "shared_as_number" in logged.read(SIGNALS_TABLE)["signal"].to_pylist()


@pytest.mark.parametrize(
    ("domain", "registered", "kind"),
    [
        ("mail.a.co.uk", "a.co.uk", "registered"),
        ("b.co.uk", "b.co.uk", "registered"),
        ("co.uk", "co.uk", "public_suffix"),
        ("eu.firm.example", "firm.example", "registered"),
        ("one.github.io", "one.github.io", "registered"),  # a private suffix: its customers are strangers
        ("github.io", "github.io", "public_suffix"),
        ("eu.post.example", "post.example", "free_mail"),
        ("mailinator.com", "mailinator.com", "disposable"),
        ("bücher.example", "xn--bcher-kva.example", "registered"),
        ("[198.18.0.1]", "[198.18.0.1]", "registered"),
        ("a..b", "a..b", "registered"),
        (f"{'x' * 70}ü.example", f"{'x' * 70}ü.example", "registered"),  # no label may be so long
    ],
)
def test_a_mail_domain_is_what_somebody_registered(domain: str, registered: str, kind: str) -> None:
    (row,) = mail_domains([domain], ["post.example"]).to_pylist()
    assert (row["email_domain"], row["registrable_domain"], row["kind"]) == (domain, registered, kind)


def test_mail_domains_link_by_their_owner_and_free_mail_links_nobody(
    world: World, strangers: Callable[..., Rows]
) -> None:
    rows = strangers(250, "mail")
    domains = {"p-0000": "a.ring.co.uk", "p-0001": "b.ring.co.uk", "p-0002": "else.co.uk", "p-0003": "eu.post.example",
               "p-0004": "post.example"}  # fmt: skip
    accounts = [{"user_id": name, "email_domain": domain} for name, domain in domains.items()]
    accounts += [{"user_id": f"p-{n:04}", "email_domain": f"own-{n}.example"} for n in range(5, 250)]
    case = world(
        rows, accounts=accounts, settings='[analysis]\nfree_mail_domains = ["post.example"]\nkept_bits = 0.5\n'
    )
    assert shared(case, "shared_email_domain") == {("p-0000", "p-0001"): "ring.co.uk"}
    hubs = {(row["attribute"], row["value"]): row["action"] for row in case.read(HUBS).to_pylist()}
    assert hubs["email_domain", "post.example"] == "context_only"
    rooms = set(case.read(ROOMS)["room"].to_pylist())
    assert "email_domain ring.co.uk" in rooms
    assert "email_domain post.example" not in rooms
