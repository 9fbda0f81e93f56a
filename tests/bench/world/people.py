"""Accounts as columns: who they are, how they live, where they connect from, what the service knows about them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from .draw import Ints, Reals, mixed, stream, weighted
from .network import CARRIERS, PROVIDERS
from .requests import NONE

EVENING, OFFICE, STUDENT, NIGHT, FLAT = range(5)
ZONES = (-8, -5, -5, 0, 1, 1, 1, 3, 8, 9)  # hours ahead of UTC; half of the people live in four of them
DESKTOPS, PHONES, TOOLS, OWN = 160, 60, 30, 1_000_000  # browsers and apps by market share, then everybody's own
APP = 10_000  # phone clients are APP + n, tools are 2 * APP + n
MAILS = 12  # providers of free mail
ORGANIZATION_MAIL, VANITY_MAIL = 100, 2_000_000


@dataclass
class People:
    """One account per position. NONE is an empty field."""

    volume: Ints  # requests in the period, about
    zone: Ints  # hours ahead of UTC
    rhythm: Ints
    provider: Ints
    line: Ints  # the line at home; a household has one
    lease: Ints  # days that the line keeps an address
    v6: Ints
    carrier: Ints  # NONE: no phone
    area: Ints
    outside: Ints  # percent of sessions on the phone
    site: Ints  # campus or office; NONE
    vpn: Ints  # NONE: none
    desktop: Ints
    phone: Ints
    mail: Ints
    organization: Ints
    payment: Ints
    telephone: Ints
    device: Ints
    created: Ints  # days before the start

    def __len__(self) -> int:
        return len(self.volume)

    def take(self, where: Ints) -> "People":
        """Return the people at these positions."""
        return People(*(getattr(self, field.name)[where] for field in fields(self)))


def volumes(random: np.random.Generator, count: int, mean: float) -> Ints:
    """Return requests per account, log-normal: half of them ask for less than a third of the mean."""
    drawn = random.lognormal(0.0, 1.45, count)
    wanted: Ints = np.clip(drawn * mean / np.exp(1.45**2 / 2), 1, 3000).astype(np.int64)
    return wanted


def market(count: int) -> Reals:
    """Return market shares: a few versions of a few browsers have most of it."""
    shares: Reals = 1.0 / np.arange(1.0, count + 1) ** 1.25
    return shares


def strangers(seed: int, part: str, first: int, count: int, mean: float) -> People:
    """Return people who know nothing of each other; `first` is the number of the first of them in the world."""
    random = stream(seed, f"people/{part}")
    number = first + np.arange(count, dtype=np.int64)
    chance = random.random
    desktop = weighted(random, count, market(DESKTOPS))
    script = chance(count)
    desktop = np.where(script < 0.05, 2 * APP + weighted(random, count, market(TOOLS)), desktop)
    desktop = np.where(script < 0.015, OWN + number, desktop)
    mail = weighted(random, count, market(MAILS))
    return People(
        volume=volumes(random, count, mean),
        zone=np.array(ZONES, dtype=np.int64)[random.integers(0, len(ZONES), count)],
        rhythm=weighted(random, count, np.array([60.0, 25, 0, 10, 5])),
        provider=weighted(random, count, market(PROVIDERS)),
        line=number,
        lease=np.array([1, 2, 7, 30, 90], dtype=np.int64)[random.integers(0, 5, count)],
        v6=(chance(count) < 0.15).astype(np.int64),
        carrier=np.where(chance(count) < 0.6, weighted(random, count, market(CARRIERS)), NONE),
        area=random.integers(0, 1 + count // 800, count),
        outside=random.integers(0, 60, count),
        site=np.full(count, NONE, np.int64),
        vpn=np.full(count, NONE, np.int64),
        desktop=desktop,
        phone=APP + weighted(random, count, market(PHONES)),
        mail=np.where(chance(count) < 0.03, VANITY_MAIL + number, mail),
        organization=np.full(count, NONE, np.int64),
        payment=np.where(chance(count) < 0.55, mixed(seed, number, 1), NONE),
        telephone=np.where(chance(count) < 0.5, mixed(seed, number, 2), NONE),
        device=np.where(chance(count) < 0.7, mixed(seed, number, 3), NONE),
        created=(900 * chance(count) ** 2).astype(np.int64),
    )


def all_of(parts: Sequence[People]) -> People:
    """Return the people of all parts, one part after the other."""
    return People(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(People)))
