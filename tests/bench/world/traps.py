"""Innocents who look like one operator: who they are. What they do together is in `scenes`."""

from dataclasses import dataclass, field

import numpy as np

from .draw import Ints, mixed, stream
from .people import APP, FLAT, OFFICE, ORGANIZATION_MAIL, OWN, STUDENT, People
from .plan import World
from .requests import NONE

_LAB, _MANAGED, _CI, _CRON = OWN - 100, OWN - 90, 2 * APP + 1, 2 * APP
_AGENCY_SITE, _TRAVEL_SITE = 1000, 1100
_ORGANIZATIONS = 40  # ordinary employers besides the three offices that are watched
_OFFICES = (60, 20, 8)
_LIVING, _FIXED = {"campus", "office", "carrier", "vpn", "household"}, {"classroom", "ci", "cron", "agency", "crawler"}
_UNDECLARED = 0.3  # share of sites that the table of ranges does not know


@dataclass
class Cast:
    """Which accounts play which trap; an account plays at most one, the rest are `None`."""

    groups: dict[str, Ints] = field(default_factory=dict)
    pack_strangers: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    sites: list[tuple[int, str, str]] = field(default_factory=list)  # what the table of ranges declares

    def take(self, name: str) -> Ints:
        """Return the accounts of a trap; none if the world has no such trap."""
        return self.groups.get(name, np.empty(0, np.int64))


def cast(world: World, people: People) -> Cast:
    """Choose who plays what, and give them the networks, clients and employers that go with it."""
    random = stream(world.seed, "traps")
    order = random.permutation(world.people)
    scale = max(world.people / 5000, 0.05)
    crowd = min(scale, 8)  # of scenes that add requests: else a world of many quiet accounts would be all scenes
    chosen, at = Cast(), 0
    sizes = {
        "campus": 280, "classroom": 30, "office": sum(_OFFICES) + 320, "prompt_pack": 55, "carrier": 400, "vpn": 150,
        "ci": 20, "cron": 60, "household": 390, "travel_agent": 8, "agency": 12, "crawler": 8, "feed": 120,
        "push": 700, "flash_sale": 350, "retry": 300,
    }  # fmt: skip
    for name, size in sizes.items():
        factor = scale if name in _LIVING else 1 if name in _FIXED else crowd
        count = max(2, int(size * factor))
        if world.people > 400:
            chosen.groups[name] = np.sort(order[at : at + count]).astype(np.int64)
            at += count
    chosen.groups = {name: who for name, who in chosen.groups.items() if name in world.traps}
    _campus(random, people, chosen)
    _offices(world, random, people, chosen)
    _networks(random, people, chosen)
    _machines(world, random, people, chosen)
    _families(world, random, people, chosen)
    _agencies(world, random, people, chosen)
    return chosen


def _declare(random: np.random.Generator, chosen: Cast, place: int, kind: str, name: str) -> None:
    if random.random() > _UNDECLARED:
        chosen.sites.append((place, kind, name))


def _campus(random: np.random.Generator, people: People, chosen: Cast) -> None:
    """A university and a small college behind four addresses each; two in five sit at machines of one image."""
    who, lesson = chosen.take("campus"), chosen.take("classroom")
    everyone = np.concatenate([who, lesson])
    college = np.zeros(len(everyone), np.int64)
    college[: len(who) // 5] = 1
    people.site[everyone], people.rhythm[everyone], people.zone[everyone] = college, STUDENT, 1
    is_lab = random.random(len(everyone)) < 0.4
    is_lab[len(who) :] = True
    people.desktop[everyone] = np.where(is_lab, _LAB + college, people.desktop[everyone])
    people.mail[everyone] = ORGANIZATION_MAIL + college
    people.volume[lesson] = np.maximum(people.volume[lesson], 25)
    for place in range(2):
        _declare(random, chosen, place, "education", f"University {place}")


def _offices(world: World, random: np.random.Generator, people: People, chosen: Cast) -> None:
    """Employers: three that are watched and forty others; half have a site, most declare themselves and pay once."""
    staff, at = chosen.take("office"), 0
    pack = chosen.take("prompt_pack")
    chosen.pack_strangers = pack[15:]
    scale = max(1, round(world.people / 5000))
    sizes = list(_OFFICES) * scale + [2 + int(60 / (1 + n % _ORGANIZATIONS)) for n in range(_ORGANIZATIONS * scale)]
    for number, size in enumerate(sizes):
        who = staff[at : at + size] if at else np.concatenate([pack[:15], staff[:size]])
        at += size
        if not len(who):
            return
        place = 2 + number
        people.organization[who] = np.where(random.random(len(who)) < 0.8, number, NONE)
        people.mail[who] = ORGANIZATION_MAIL + place
        people.payment[who] = mixed(world.seed, number, 11)
        people.zone[who], people.rhythm[who] = people.zone[who[0]], OFFICE
        if number % 2 == 0:
            people.site[who] = place
            people.desktop[who] = np.where(random.random(len(who)) < 0.8, _MANAGED - number, people.desktop[who])
            _declare(random, chosen, place, "corporate", f"Employer {number}")


def _networks(random: np.random.Generator, people: People, chosen: Cast) -> None:
    """A carrier's customers who have nothing but their phone, and people who never go without their VPN."""
    mobile, hidden = chosen.take("carrier"), chosen.take("vpn")
    people.carrier[mobile], people.area[mobile], people.outside[mobile] = 0, 0, 95
    people.vpn[hidden] = random.integers(0, 2, len(hidden)) * 4  # one provider that is declared, one that is not


def _machines(world: World, random: np.random.Generator, people: People, chosen: Cast) -> None:
    """Build machines of one firm, jobs of strangers on the same clock, and crawlers; none of them lives."""
    farm, jobs, robots = chosen.take("ci"), chosen.take("cron"), chosen.take("crawler")
    for who in (farm, jobs, robots):
        people.volume[who], people.rhythm[who], people.carrier[who], people.v6[who] = 0, FLAT, NONE, 0
    people.organization[farm], people.mail[farm] = 900, ORGANIZATION_MAIL + 900
    people.payment[farm], people.desktop[farm] = mixed(world.seed, 900, 11), _CI
    people.desktop[jobs] = np.where(random.random(len(jobs)) < 0.6, _CRON, _CRON + 2)
    people.organization[jobs] = 910 + np.arange(len(jobs)) // 2  # some customers run two jobs
    people.mail[jobs] = ORGANIZATION_MAIL + people.organization[jobs]
    people.payment[jobs] = mixed(world.seed, people.organization[jobs], 11)
    people.desktop[robots] = OWN - 50 + np.arange(len(robots))


def _families(world: World, random: np.random.Generator, people: People, chosen: Cast) -> None:
    """Two to four people on one line; every fourth home pays with one card, every fifth shares a tablet."""
    who = chosen.take("household")
    homes = np.repeat(np.arange(len(who)), random.integers(2, 5, len(who)))[: len(who)]
    for column in (people.line, people.provider, people.lease, people.v6, people.zone):
        first = np.searchsorted(homes, homes)
        column[who] = column[who[first]]
    first = who[np.searchsorted(homes, homes)]
    has_card, has_tablet = homes % 4 == 0, homes % 5 == 0
    people.payment[who] = np.where(has_card, mixed(world.seed, homes, 13), people.payment[who])
    people.device[who] = np.where(has_tablet, mixed(world.seed, homes, 17), people.device[who])
    people.desktop[who] = np.where(has_tablet, people.desktop[first], people.desktop[who])


def _agencies(world: World, random: np.random.Generator, people: People, chosen: Cast) -> None:
    """Travel agents in twos who share everything, and an accounting firm that works in its clients' accounts."""
    travel, clients = chosen.take("travel_agent"), chosen.take("agency")
    shop = np.arange(len(travel)) // 2
    people.site[travel], people.rhythm[travel] = _TRAVEL_SITE + 2 * shop, OFFICE
    people.desktop[travel] = people.desktop[travel[shop * 2]] if len(travel) else people.desktop[travel]
    people.mail[travel] = ORGANIZATION_MAIL + _TRAVEL_SITE + shop
    people.payment[travel], people.device[travel] = (mixed(world.seed, shop, salt) for salt in (19, 23))
    people.volume[travel] = 90 + random.integers(0, 60, len(travel))
    people.zone[travel] = 1
    people.site[clients] = _AGENCY_SITE
    people.desktop[clients] = _MANAGED + 5
    people.volume[clients] = 0
    if len(travel):
        _declare(random, chosen, _AGENCY_SITE, "corporate", "Ledger Partners")
