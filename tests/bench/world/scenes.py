"""What innocents do at the same time or in the same order, each scene for a reason that is not an operator."""

from collections.abc import Iterator

import numpy as np

from . import network
from .draw import Ints, mixed, popular, stream, within
from .living import NEWEST, US, live, places
from .people import People
from .plan import DAY, HOUR, MINUTE, World
from .requests import CHAT, INBOX, ITEM, LIST, NONE, SEARCH, Requests, requests
from .traps import Cast

_PACK, _LESSON, _FORMS = 5_000_000, 6_000_000, 7_000_000
_SALE_ITEM = 2_600_000


def scenes(world: World, people: People, chosen: Cast) -> Iterator[Requests]:
    """Yield the requests of each scene that the world has."""
    acts = {
        "classroom": lessons, "prompt_pack": packs, "ci": builds, "cron": jobs, "travel_agent": travel,
        "agency": rounds, "crawler": crawls, "feed": readers, "push": wakes, "flash_sale": sale, "retry": storm,
    }  # fmt: skip
    for name, act in acts.items():
        who = chosen.take(name)
        if len(who):
            yield act(stream(world.seed, f"scene/{name}"), world, people, who, chosen)


def _at(random: np.random.Generator, world: World, people: People, who: Ints, second: Ints, kind: int) -> Requests:
    """Return one request per account and second, from where the account is at that time."""
    time = (second * US + random.integers(0, US, len(second))).clip(0, world.days * DAY * US - 1)
    return requests(who, time, *places(random, world, people, who, time), kind)


def lessons(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """Two lessons: six times the teacher says go, and everybody sends the same prompt within a minute and a half."""
    starts = [(day * 24 + 9) * HOUR + 600 for day in (1, 8) if day < world.days]
    go = np.concatenate([start + np.arange(6) * 480 for start in starts])
    each, order = np.tile(who, len(go)), np.repeat(np.arange(len(go)), len(who))
    more = 1 + random.geometric(0.5, len(each))
    second = np.repeat(go[order] + random.integers(0, 90, len(each)), more) + within(more) * 40
    act = _at(random, world, people, np.repeat(each, more), second, CHAT)
    act.prompt = np.where(within(more) == 0, _LESSON + np.repeat(order % 6, more), NONE)
    return act


def packs(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """Prompts of a published collection, used by people of one office and by strangers, each when it suits."""
    act = live(random, world, people, who, random.integers(20, 60, len(who)))
    act.kind[:] = CHAT
    act.item[:] = NONE
    act.prompt = np.where(random.random(len(act)) < 0.7, _PACK + random.integers(0, 12, len(act)), NONE)
    return act


def builds(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """Machines of one firm, every hour at :00, three requests each, from addresses of one range."""
    runs = np.arange(world.days * 24, dtype=np.int64) * HOUR
    each, at = np.repeat(who, len(runs)), np.tile(runs, len(who))
    second = np.repeat(at + random.integers(0, 8, len(at)), 3) + np.tile(np.arange(3), len(at))
    account = np.repeat(each, 3)
    time = second * US + random.integers(0, US, len(second))
    host = network.hosting(mixed(world.seed, 900) % 60_000 // 256 * 256 + 20 + account % 200)
    act = requests(account, time, host, people.desktop[account], CHAT)
    act.prompt = np.where(np.tile(np.arange(3), len(at)) == 0, _FORMS + 500 + account % 4, NONE)
    return act


def jobs(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """Jobs of strangers that all start at full, half or quarter hours, or at two in the morning."""
    every = np.array([HOUR, HOUR, HOUR, 1800, 900, DAY], dtype=np.int64)[random.integers(0, 6, len(who))]
    count = world.days * DAY // every
    second = within(count) * np.repeat(every, count) + np.repeat(np.where(every == DAY, 2 * HOUR, 0), count)
    account = np.repeat(who, count)
    second = second + random.integers(0, 4, len(second))
    host = network.hosting(mixed(world.seed, account, 29))
    act = requests(account, second * US + random.integers(0, US, len(second)), host, people.desktop[account], LIST)
    act.kind = np.where(account % 3 == 0, CHAT, LIST)
    return act


def travel(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """Two people of one shop who look up the same journeys and fill in the same forms."""
    act = live(random, world, people, who, np.full(len(who), 120))
    shop = np.searchsorted(who, act.account) // 2
    act.kind = np.where(random.random(len(act)) < 0.5, SEARCH, np.where(random.random(len(act)) < 0.5, ITEM, CHAT))
    act.item = np.where(act.kind == ITEM, 1000 + 13 * (mixed(shop, random.integers(0, 40, len(act))) % 200_000), NONE)
    act.prompt = np.where(act.kind == CHAT, _FORMS + shop * 10 + random.integers(0, 5, len(act)), NONE)
    return act


def rounds(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """Accountants who work through their clients' accounts, one after the other, every working day."""
    days = np.array([day for day in range(world.days) if day % 7 < 5], dtype=np.int64)
    turn = np.concatenate([random.permutation(len(who)) for _ in days])
    start = np.repeat(days, len(who)) * DAY + 9 * HOUR + np.tile(np.arange(len(who)), len(days)) * 1500
    count = random.integers(6, 20, len(turn))
    second = np.repeat(start, count) + within(count) * 50 + random.integers(0, 30, int(count.sum()))
    account = np.repeat(who[turn], count)
    address = network.site(np.full(len(account), 1000), random.integers(0, 2, len(account)))
    act = requests(account, second * US, address, people.desktop[account], CHAT)
    act.prompt = np.where(within(count) < 4, _FORMS + 100 + within(count), NONE)
    return act


def crawls(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """Crawlers of strangers that all begin when the site map is renewed at two and walk the same newest ids."""
    nights = np.arange(world.days, dtype=np.int64)
    each, night = np.repeat(who, len(nights)), np.tile(nights, len(who))
    count = random.integers(60, 140, len(each))
    pace = 1 + mixed(world.seed, np.repeat(each, count), 31) % 9
    begins = np.repeat(night * DAY + 2 * HOUR + random.integers(0, 300, len(each)), count)
    second = begins + within(count) * pace
    account = np.repeat(each, count)
    host = network.hosting(mixed(world.seed, account, 37))
    act = requests(account, second * US + random.integers(0, US, len(second)), host, people.desktop[account], ITEM)
    act.item = NEWEST + np.repeat(night * DAY, count) // 9 - 200 + within(count)
    return act


def readers(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """People who read the newest first, down to where they stopped: their ids fall in order, as everybody's do."""
    act = live(random, world, people, who, random.integers(60, 150, len(who)))
    order = np.lexsort((act.time, act.account))
    act = act.take(order)
    fresh = np.diff(act.account, prepend=-1) != 0
    gone = np.diff(act.time, prepend=0) > 20 * MINUTE * US
    start = np.maximum.accumulate(np.where(fresh | gone, np.arange(len(act)), 0))
    act.kind[:] = ITEM
    act.prompt[:] = NONE
    act.item = NEWEST + act.time[start] // (9 * US) - (np.arange(len(act)) - start)
    return act


def wakes(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """A push notification wakes apps in the same seconds, eight times; some of the people then open the app."""
    at = np.sort(random.integers(8 * HOUR, (world.days - 1) * DAY, 8))
    each, push = np.tile(who, len(at)), np.repeat(at, len(who))
    awake = np.flatnonzero(random.random(len(each)) < 0.6)
    act = _at(random, world, people, each[awake], push[awake] + random.integers(0, 8, len(awake)), INBOX)
    act.client = people.phone[act.account]
    return act


def sale(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """A sale opens at noon: hundreds reload the same three items for some minutes."""
    opens = min(4, world.days - 1) * DAY + 12 * HOUR
    count = random.integers(3, 25, len(who))
    second = opens + np.repeat(random.exponential(40, len(who)), count) + within(count) * random.uniform(2, 6)
    act = _at(random, world, people, np.repeat(who, count), second.astype(np.int64), ITEM)
    act.item = _SALE_ITEM + popular(random, len(act), 3)
    return act


def storm(random: np.random.Generator, world: World, people: People, who: Ints, _: Cast) -> Requests:
    """An outage: clients of one make retry after 1, 2, 4, 8 ... seconds until the service is back, then all at once."""
    begins = min(6, world.days - 1) * DAY + 14 * HOUR
    waits = np.cumsum(2 ** np.arange(9))
    second = np.repeat(begins + random.integers(0, 20, len(who)), len(waits)) + np.tile(waits, len(who))
    act = _at(random, world, people, np.repeat(who, len(waits)), second, LIST)
    act.failed[:] = np.tile(waits, len(who)) < 400
    return act
