"""Everyday use: sessions by the clock of each zone, from where people are at that hour, for popular and own things."""

import numpy as np

from . import network
from .draw import Bools, Ints, Reals, mixed, popular, running, weighted, within
from .people import EVENING, FLAT, NIGHT, OFFICE, STUDENT, People
from .plan import DAY, HOUR, World
from .requests import CHAT, INBOX, ITEM, LIST, LOGIN, NONE, SEARCH, Requests, requests

US = 1_000_000
ITEMS, TEMPLATES, NEWEST = 200_000, 2500, 3_000_000
_PER_SESSION = 6
_OWN_PROMPT, _ONE_TIME = 10_000_000, 1 << 40
_HOURS = {
    EVENING: (1, 1, 0, 0, 0, 0, 1, 3, 4, 4, 4, 5, 6, 5, 5, 5, 6, 8, 10, 12, 14, 14, 10, 5),
    OFFICE: (0, 0, 0, 0, 0, 0, 1, 4, 12, 18, 17, 14, 8, 13, 16, 15, 12, 7, 3, 2, 2, 1, 1, 0),
    STUDENT: (4, 2, 1, 0, 0, 0, 0, 2, 5, 9, 11, 11, 8, 10, 12, 12, 10, 8, 8, 10, 12, 12, 10, 7),
    NIGHT: (14, 14, 12, 9, 6, 3, 2, 1, 1, 1, 1, 2, 3, 3, 3, 3, 3, 4, 4, 5, 6, 8, 10, 12),
    FLAT: (1,) * 24,
}
_WEEKEND = {EVENING: 1.3, OFFICE: 0.12, STUDENT: 0.5, NIGHT: 1.2, FLAT: 1.0}


def live(random: np.random.Generator, world: World, people: People, who: Ints, volume: Ints) -> Requests:
    """Return the everyday requests of these accounts, about so many of each."""
    sessions = np.maximum(1, np.round(volume / _PER_SESSION)).astype(np.int64)
    sessions = np.where(volume > 0, sessions, 0)
    of = np.repeat(who, sessions)
    starts = _starts(random, world, people, of)
    address, client = places(random, world, people, of, starts)
    length = np.repeat(np.clip(volume / np.maximum(1, sessions), 1, _PER_SESSION), sessions)
    counts = random.geometric(1 / length).astype(np.int64)
    gaps = random.lognormal(3.0, 1.1, int(counts.sum()))
    gaps[np.cumsum(counts) - counts] = 0
    time = np.repeat(starts, counts) + (running(gaps, counts) * US).astype(np.int64)
    mood = np.repeat(random.random(len(of)), counts)
    account, place, using = (np.repeat(each, counts) for each in (of, address, client))
    doing = requests(account, time, place, using, LIST)
    _wish(random, world, doing, mood, within(counts), np.repeat(starts, counts))
    return doing.take(np.flatnonzero(doing.time < world.days * DAY * US))


def _starts(random: np.random.Generator, world: World, people: People, of: Ints) -> Ints:
    """Return when sessions begin: day by the week, hour by the rhythm, in the zone of the person."""
    rhythm = people.rhythm[of]
    start = np.zeros(len(of), np.int64)
    for kind, hours in _HOURS.items():
        here = np.flatnonzero(rhythm == kind)
        days = np.array([_WEEKEND[kind] if day % 7 >= 5 else 1.0 for day in range(world.days)])
        day = weighted(random, len(here), days)
        hour = weighted(random, len(here), np.array(hours, dtype=np.float64))
        start[here] = day * DAY + hour * HOUR
    second = start - people.zone[of] * HOUR + random.random(len(of)) * HOUR
    return ((second % (world.days * DAY)) * US).astype(np.int64)


def places(random: np.random.Generator, world: World, people: People, of: Ints, time: Ints) -> tuple[Ints, Ints]:
    """Return address and client of these accounts at these moments: at the site, on the phone, by VPN or at home."""
    second = time // US + people.zone[of] * HOUR
    hour, day = (second // HOUR) % 24, second // DAY
    is_at_site = (people.site[of] != NONE) & (hour >= 8) & (hour < 19) & (day % 7 < 5)
    is_out = (people.carrier[of] != NONE) & (random.random(len(of)) * 100 < people.outside[of]) & ~is_at_site
    is_hidden = (people.vpn[of] != NONE) & ~is_at_site
    lease = day // people.lease[of]
    span = network.region(world.people)
    at_home = network.home(world.seed, people.provider[of], people.line[of], lease, people.v6[of] > 0, span)
    few = mixed(world.seed, of, 5) + random.integers(0, 6, len(of))  # a subscriber sees a part of the pool
    on_phone = network.carrier(people.carrier[of], people.area[of], few)
    favorite = mixed(world.seed, of, 7) + random.integers(0, 3, len(of))
    hidden = network.vpn(people.vpn[of], favorite)
    nats = site_nats(people.site[of])
    at_site = network.site(people.site[of], random.integers(0, 1 << 30, len(of)) % nats)
    address = _first_of((is_at_site, at_site), (is_hidden, hidden), (is_out, on_phone), otherwise=at_home)
    return address, np.where(is_out, people.phone[of], people.desktop[of])


def site_nats(site: Ints) -> Ints:
    """Return how many addresses a site shows: campuses (0 and 1) four, an office one or two."""
    return np.where(site < 2, 4, 1 + site % 2)


def _first_of(*cases: tuple[Bools, Ints], otherwise: Ints) -> Ints:
    return np.select([is_so for is_so, _ in cases], [value for _, value in cases], otherwise)


def _wish(random: np.random.Generator, world: World, doing: Requests, mood: Reals, position: Ints, start: Ints) -> None:
    """Say what the requests of sessions are for: browsing, talking, reading the newest, looking around."""
    count, drawn = len(doing), random.random(len(doing))
    is_talk, is_feed = mood < 0.45, (mood >= 0.45) & (mood < 0.52)
    kind = np.where(drawn < 0.72, ITEM, np.where(drawn < 0.86, SEARCH, LIST))
    kind = np.where((position == 0) & (drawn < 0.3), LOGIN, kind)
    kind = np.where((position == 0) & (drawn > 0.9), INBOX, kind)
    doing.kind = np.where(is_talk, CHAT, np.where(is_feed, ITEM, kind))
    browsed = (mixed(popular(random, count, ITEMS), 9) % ITEMS) * 13 + 1000
    doing.item = np.where(doing.kind == ITEM, np.where(is_feed, feed(start, position), browsed), NONE)
    doing.prompt = np.where(is_talk & (position % 3 == 0), prompts(random, world, doing.account), NONE)


def feed(time: Ints, position: Ints) -> Ints:
    """Return the item that stands so far down in the list of the newest at that time; one comes every nine seconds."""
    return NEWEST + time // (9 * US) - position


def prompts(random: np.random.Generator, world: World, account: Ints) -> Ints:
    """Return prompts: a quarter popular templates, a third the account's own, the rest never seen before."""
    drawn, count = random.random(len(account)), len(account)
    own = _OWN_PROMPT + account * 8 + random.integers(0, 6, count)
    fresh = _ONE_TIME + mixed(world.seed, account, random.integers(0, 1 << 40, count)) % _ONE_TIME
    return np.where(drawn < 0.25, popular(random, count, TEMPLATES), np.where(drawn < 0.58, own, fresh))
