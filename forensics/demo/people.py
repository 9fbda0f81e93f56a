"""Made-up customers: who they are, where they connect from, and when they are awake."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from forensics.demo.draws import Draws

_GECKO = "AppleWebKit/537.36 (KHTML, like Gecko)"
BROWSERS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_GECKO} Chrome/145.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 Version/18.3 Safari/604.1",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_GECKO} Chrome/145.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 10; K) {_GECKO} Chrome/145.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.3 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:135.0) Gecko/20100101 Firefox/135.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0",
    "Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 Version/17.7 Safari/604.1",
    f"Mozilla/5.0 (X11; Linux x86_64) {_GECKO} Chrome/144.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_GECKO} Edg/144.0.0.0",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_GECKO} Chrome/143.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0",
)
KITS = ("python-requests/2.32.3", "node-fetch/3.3.2", "okhttp/4.12.0", "Go-http-client/2.0", "curl/8.11.1")
MAIL_DOMAINS = ("postbox.example", "mailhall.example", "inbox-north.example", "letterbox.example", "quickmail.example")
ZONES = (-8, -7, -6, -5, -5, -3, 0, 0, 1, 1, 1, 2, 3, 5, 8, 9)
PROFILES = ("evening", "evening", "day", "day", "night")


def zipf(size: int) -> tuple[int, ...]:
    """Return weights that fall with the rank: 1, 1/2, 1/3 and so on, as integers."""
    return tuple(1_000_000 // rank for rank in range(1, size + 1))


@dataclass(frozen=True, slots=True)
class Account:
    """One customer; `group` is the planted truth and never reaches the logs or the context files."""

    group: str
    addresses: tuple[str, ...]
    agent: str
    requests: int
    email_domain: str
    user_id: str = "-"
    zone: int = 1
    profile: str = "evening"
    plan: str = "free"
    created_at: str = ""
    organization_id: str = ""
    organization_name: str = ""
    payment_fingerprint: str = ""
    api_key: str = ""
    api_agent: str = ""
    device: str = ""


def home_address(draws: Draws, index: int) -> str:
    """Return a residential address: IPv6 for one home in eight, else one of three fictional providers."""
    if draws.one("home/six", index, 8) == 0:
        return f"2001:db8:{draws.hex('home/net', index, 3)}:{draws.hex('home/site', index, 4)}::1"
    provider, street = draws.one("home/provider", index, 3), draws.one("home/street", index, 256)
    return f"24{provider + 1}.{street // 32}.{street % 32}.{draws.one('home/door', index, 253) + 1}"


def pool(prefix: str, first: int, size: int) -> tuple[str, ...]:
    """Return consecutive addresses below one /24 prefix such as `198.18.100`."""
    return tuple(f"{prefix}.{first + offset}" for offset in range(size))


def some_of(draws: Draws, stream: str, index: int, values: Sequence[str], size: int) -> tuple[str, ...]:
    """Return `size` different values, chosen by hash."""
    ranked = sorted(values, key=lambda value: draws.hex(f"{stream}/{value}", index, 16))
    return tuple(ranked[:size])


def weighted(draws: Draws, stream: str, index: int, values: Sequence[str]) -> str:
    """Return one value; those at the front are much more popular."""
    weights = zipf(len(values))
    left = draws.one(stream, index, sum(weights))
    for value, weight in zip(values, weights, strict=True):
        left -= weight
        if left < 0:
            return value
    return values[-1]


def fingerprint(draws: Draws, stream: str, index: int) -> str:
    """Return a payment fingerprint as a payment provider would hand it out."""
    return f"pf-{draws.hex(stream, index, 12)}"


def signup(draws: Draws, index: int) -> str:
    """Return when an account was opened: some second of the two years before the stories."""
    opened = datetime(2024, 1, 20, tzinfo=UTC) + timedelta(seconds=draws.one("signup", index, 2 * 365 * 86_400))
    return opened.strftime("%Y-%m-%dT%H:%M:%SZ")


def skewed(draws: Draws, index: int, low: int, high: int) -> int:
    """Return one heavy-tailed request count."""
    return int(draws.heavy("activity", np.array([index], dtype=np.int64), low, high)[0])


def ordinary(draws: Draws, index: int, group: str = "ordinary", low: int = 1, high: int = 400) -> Account:
    """Return a customer like most: own home, popular browser, heavy-tailed use, own hours and time zone."""
    is_paying = draws.often("paying", index, 400)
    return Account(
        group=group,
        addresses=(home_address(draws, index),),
        agent=weighted(draws, "agent", index, BROWSERS),
        requests=skewed(draws, index, low, high),
        email_domain=weighted(draws, "mail", index, MAIL_DOMAINS),
        zone=ZONES[draws.one("zone", index, len(ZONES))],
        profile=PROFILES[draws.one("profile", index, len(PROFILES))],
        plan=("standard", "standard", "pro")[draws.one("plan", index, 3)] if is_paying else "free",
        created_at=signup(draws, index),
        payment_fingerprint=fingerprint(draws, "payment", index) if is_paying else "",
    )


def numbered(draws: Draws, accounts: Sequence[Account], first: int) -> list[Account]:
    """Give every account a handle in shuffled order, so that a handle says nothing about its group."""
    ranks = draws.order("handles", len(accounts))
    return [replace(account, user_id=f"u-{first + int(rank)}") for account, rank in zip(accounts, ranks, strict=True)]
