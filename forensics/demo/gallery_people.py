"""Who uses Lumen Gallery: the rival's staff, an archive, offices, families, and everybody else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from forensics.demo.draws import Draws
from forensics.demo.people import (
    BROWSERS,
    KITS,
    Account,
    fingerprint,
    home_address,
    numbered,
    ordinary,
    pool,
    skewed,
    some_of,
    weighted,
)

ARCHIVE_AGENT = "DeepstackArchiver/2.1 (+https://deepstack-archive.example/bot)"
SCRAPER_AGENT = "aiohttp/3.9.3 py3.11"
SCRAPER_ADDRESSES = ("198.19.77.21", "198.19.77.84", "198.19.77.146")
RIVAL_EGRESS = ("198.18.40.10", "198.18.40.11")
CARRIER_POOL = pool("198.18.100", 16, 16)
HOSTILE_AGENTS = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x.example")',
    "\x1b[31mred\x1b[0m",
    "photo\u202egnp.exe",
)
_ON_TEAM_PLAN = range(0, 36, 3)  # twelve of the 38
_SHARED_CARDS = range(9)  # homes; about two percent of all accounts
_OFFICES = ("brightline-media", "oak-and-elm-studio", "parcel-post-print", "tidewater-games")


def population(draws: Draws) -> list[Account]:
    """Return every account in a fixed order, then the anonymous visitors (their `user_id` is `-`)."""
    members = [
        *_scrapers(draws),
        *_colleagues(draws),
        _archive(draws),
        *_rare_clients(draws),
        *_developers(draws),
        *_carrier_users(draws),
        *_office_workers(draws),
        *_families(draws),
        *(ordinary(draws, index) for index in range(5000, 5545)),
    ]
    complete = [_with_key(draws, index, _perhaps_new(draws, index, account)) for index, account in enumerate(members)]
    return numbered(draws, complete, 1001) + list(_visitors(draws))


def _with_key(draws: Draws, index: int, account: Account) -> Account:
    """Give an API key to the accounts that need one and to a few ordinary ones."""
    is_curious = account.group == "ordinary" and draws.often("curious", index, 70)
    if not account.api_agent and not is_curious:
        return account
    agent = account.api_agent or weighted(draws, "kit", index, KITS)
    return replace(account, api_key=f"demo-key-{draws.hex('api-key', index, 24)}", api_agent=agent)


def _perhaps_new(draws: Draws, index: int, account: Account) -> Account:
    """Let one account in ten be opened in the five weeks before the story, so that being new means little."""
    if account.group == "scraper" or not draws.often("new", index, 100):
        return account
    opened = datetime(2026, 1, 27, tzinfo=UTC) + timedelta(seconds=draws.one("new/at", index, 35 * 86_400))
    return replace(account, created_at=opened.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _employed(usual: Account) -> Account:
    """Make somebody one of the rival's staff: its domain, its office addresses, its hours."""
    return replace(
        usual,
        addresses=RIVAL_EGRESS,
        profile="office",
        zone=0,
        email_domain="northlight-imaging.example",
        organization_id="org-northlight",
        organization_name="Northlight Imaging",
    )


def _scrapers(draws: Draws) -> Iterator[Account]:
    """Two accounts opened 20 minutes apart and paid for by one personal means; A holds the API key."""
    for index, (opened, kit) in enumerate((("2026-02-21T19:12:40Z", SCRAPER_AGENT), ("2026-02-21T19:32:40Z", ""))):
        usual = ordinary(draws, index, "scraper")
        yield replace(
            _employed(usual),
            requests=(22, 17)[index],
            plan="pro",
            created_at=opened,
            payment_fingerprint=fingerprint(draws, "payment/scraper", 0),
            api_agent=kit,
        )


def _colleagues(draws: Draws) -> Iterator[Account]:
    """38 uninvolved colleagues: light use in office hours, 12 of them on the company's own plan."""
    for index in range(38):
        usual = ordinary(draws, 100 + index, "colleague", 2, 60)
        on_team_plan = index in _ON_TEAM_PLAN
        yield replace(
            _employed(usual),
            plan="enterprise" if on_team_plan else usual.plan,
            payment_fingerprint="pf-nl-team" if on_team_plan else usual.payment_fingerprint,
        )


def _archive(draws: Draws) -> Account:
    """Describe an honest heavy customer that fetches its own images every night, as its contract allows."""
    return replace(
        ordinary(draws, 200, "archive"),
        addresses=("198.19.80.12",),
        agent=ARCHIVE_AGENT,
        requests=0,
        email_domain="deepstack-archive.example",
        organization_id="org-deepstack",
        organization_name="Deepstack Archive",
        plan="enterprise",
    )


def _rare_clients(draws: Draws) -> Iterator[Account]:
    """Three unrelated developers who happen to use the scrapers' client."""
    for index in range(300, 303):
        yield replace(ordinary(draws, index, "rare_client", 20, 120), api_agent=SCRAPER_AGENT)


def _developers(draws: Draws) -> Iterator[Account]:
    """API customers at home and in data centers; tens of them share each popular client."""
    for index in range(400, 470):
        usual = ordinary(draws, index, "developer", 5, 300)
        agent = HOSTILE_AGENTS[index - 400] if index - 400 < len(HOSTILE_AGENTS) else ""
        cloud = f"198.19.{96 + draws.one('cloud/net', index, 24)}.{1 + draws.one('cloud/host', index, 250)}"
        yield replace(
            usual,
            addresses=(cloud,) if draws.one("cloud", index, 2) else usual.addresses,
            api_agent=agent or weighted(draws, "kit", index, KITS),
        )


def _carrier_users(draws: Draws) -> Iterator[Account]:
    """120 customers of one mobile carrier, each seen behind 3 to 9 of its 16 addresses."""
    for index in range(1000, 1120):
        usual = ordinary(draws, index, "carrier")
        seen = some_of(draws, "carrier", index, CARRIER_POOL, 3 + draws.one("carrier/size", index, 7))
        yield replace(usual, addresses=seen)


def _office_workers(draws: Draws) -> Iterator[Account]:
    """Four offices with one address and one browser image each."""
    for office, name in enumerate(_OFFICES):
        for seat in range(12):
            index = 2000 + 100 * office + seat
            usual = ordinary(draws, index, "office", 3, 120)
            yield replace(
                usual,
                addresses=(f"198.18.{20 + office}.7",),
                agent=BROWSERS[office],
                profile="office",
                zone=(1, 0, -5, -8)[office],
                email_domain=f"{name}.example",
                organization_id=f"org-{name}",
                organization_name=name.replace("-", " ").title(),
            )


def _families(draws: Draws) -> Iterator[Account]:
    """60 homes with 2 to 4 accounts behind one address; a few pay with one card."""
    for home in range(60):
        address = home_address(draws, 3000 + home)
        for seat in range(2 + draws.one("family/size", home, 3)):
            usual = ordinary(draws, 3100 + 10 * home + seat, "family")
            shares_card = home in _SHARED_CARDS
            paid = fingerprint(draws, "payment/family", home) if shares_card else usual.payment_fingerprint
            plan = "standard" if shares_card else usual.plan
            yield replace(usual, addresses=(address,), zone=home % 3, plan=plan, payment_fingerprint=paid)


def _visitors(draws: Draws) -> Iterator[Account]:
    """People without an account, a few of them with hostile client names."""
    for index in range(8000, 8520):
        usual = ordinary(draws, index, "anonymous", 1, 60)
        hostile = HOSTILE_AGENTS[index - 8000] if index - 8000 < len(HOSTILE_AGENTS) else ""
        requests = 3 if hostile else skewed(draws, index, 1, 60)
        yield replace(usual, agent=hostile or usual.agent, requests=requests)
