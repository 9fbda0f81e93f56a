"""Who uses Orion in the story `hydra`: three operators behind rotating proxies, traps, and thousands of real users."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from forensics.demo.draws import Draws
from forensics.demo.people import (
    BROWSERS,
    KITS,
    MAIL_DOMAINS,
    PROFILES,
    ZONES,
    Account,
    home_address,
    numbered,
    ordinary,
    pool,
    some_of,
    weighted,
)

OPERATORS = ("lots", "shifts", "patient")  # what each is careless in, and the order of their sizes
LOTS, SHIFTS, PATIENT, HELPED = 40, 200, 600, 200  # accounts; HELPED of the patient ones are a subcontractor's work
CREWS = 3
EXITS = 3_000  # of the residential proxy network that the first and the third operator rent
HOSTED = tuple(address for net in range(32, 38) for address in pool(f"198.19.{net}", 1, 240))  # the second's proxies
FALLBACK = pool("198.19.40", 16, 8)  # where the subcontractor goes out when a proxy fails
CAMPUS_EGRESS = ("198.18.61.5", "198.18.61.6")
CARRIER_POOL = pool("198.18.111", 32, 16)
OFFICE_EGRESS = pool("198.18.71", 20, 4)
CLASS_SIZE, OFFICE_PACK_SIZE = 30, 25

LOT_BUILD = "batchwright/0.4.2 (build 7113)"
LAB_IMAGE = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0 TidewaterLab/26.2"
OFFICE_IMAGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Edg/142.0.0.0 Alder"
FLEET_AGENT = "cinder-ci/3.1.0"
_KITS = tuple(
    f"orion-{language}/2.{minor}.{patch}"
    for minor in (8, 7, 6)
    for language in ("python", "node", "go", "java")
    for patch in (1, 0)
)
_CLIENTS = (*_KITS[:4], *BROWSERS, *_KITS[4:], *KITS)
_LOT_SIZES = (7, 7, 6, 7, 6, 7)  # accounts opened in one sitting with one card
_PHONES = 12


def population(draws: Draws) -> list[Account]:
    """Return every account in a fixed order; accounts of one group stand together, the operators first."""
    members = [
        *_lots(draws),
        *_shifts(draws),
        *_patient(draws),
        *_students(draws),
        *_carrier_users(draws),
        *_clerks(draws),
        *_fleet(draws),
        *(_user(draws, index, "pack") for index in range(5_000, 5_070)),
        *(_at_an_exit(draws, index) for index in range(6_000, 6_400)),
        *(_user(draws, index, "ordinary") for index in range(10_000, 13_200)),
    ]
    return numbered(draws, members, 10_001)


def exits(draws: Draws) -> list[str]:
    """Return the addresses of the residential proxy network: homes, those of 400 users of Orion among them."""
    return [home_address(draws, 6_000 + place) for place in range(EXITS)]


def _user(draws: Draws, index: int, group: str) -> Account:
    """Return a customer like most: a popular client, own home, own hours, few requests."""
    return replace(ordinary(draws, index, group, 2, 70), agent=weighted(draws, "client", index, _CLIENTS))


def _at_an_exit(draws: Draws, index: int) -> Account:
    """Return a customer whose machine at home lends its line to a proxy network, unknowingly."""
    return _user(draws, index, "exit_home")


def _opened(at: datetime, seconds: int) -> str:
    return (at + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _lots(draws: Draws) -> Iterator[Account]:
    """40 accounts opened in six sittings, one card a sitting; one build of one program runs them all."""
    sitting = [number for number, size in enumerate(_LOT_SIZES) for _ in range(size)]
    for index, number in enumerate(sitting):
        opened = datetime(2026, 3, 30, 9 + number, 12, tzinfo=UTC) + timedelta(days=5 * number)
        nth = index - sitting.index(number)
        yield replace(
            ordinary(draws, index, "lots"),
            agent=LOT_BUILD,
            requests=0,
            plan="standard",
            created_at=_opened(opened, 540 * nth + draws.one("lots/opened", index, 400)),
            payment_fingerprint=f"pf-{draws.hex('lots/card', number, 12)}",
        )


def _shifts(draws: Draws) -> Iterator[Account]:
    """200 accounts with a card each, opened over two months; three crews of them work in shifts on one popular kit."""
    for index in range(SHIFTS):
        opened = datetime(2026, 2, 20, tzinfo=UTC)
        yield replace(
            ordinary(draws, 1_000 + index, "shifts"),
            agent=_KITS[0],
            requests=0,
            plan="standard",
            created_at=_opened(opened, draws.one("shifts/opened", index, 60 * 86_400)),
            payment_fingerprint=f"pf-{draws.hex('shifts/card', index, 12)}",
        )


def _patient(draws: Draws) -> Iterator[Account]:
    """600 accounts that live like people: own card, client, hours and history. 200 of them share 12 telephones."""
    lines = exits(draws)
    for index in range(PATIENT):
        number = 2_000 + index
        yield replace(
            ordinary(draws, number, "patient"),
            addresses=tuple(lines[draws.one("patient/exit", 4 * index + nth, EXITS)] for nth in range(4)),
            agent=weighted(draws, "client", number, _CLIENTS),
            requests=84 + draws.one("patient/volume", index, 41),
            email_domain=weighted(draws, "mail", number, MAIL_DOMAINS),
            zone=ZONES[draws.one("patient/zone", index, len(ZONES))],
            profile=PROFILES[draws.one("patient/profile", index, len(PROFILES))],
            plan="standard",
            payment_fingerprint=f"pf-{draws.hex('patient/card', index, 12)}",
        )


def phone(draws: Draws, place: int) -> str | None:
    """Return the telephone the subcontractor confirmed an account with; None for everybody else."""
    nth = place - LOTS - SHIFTS
    return f"ph-{draws.hex('patient/phone', nth % _PHONES, 12)}" if 0 <= nth < HELPED else None


def _students(draws: Draws) -> Iterator[Account]:
    """120 students behind two addresses of a university, most at machines with one image."""
    for index in range(3_000, 3_120):
        usual = ordinary(draws, index, "campus", 4, 80)
        is_in_lab = index < 3_000 + CLASS_SIZE or draws.often("lab", index, 700)
        yield replace(
            usual,
            addresses=CAMPUS_EGRESS,
            agent=LAB_IMAGE if is_in_lab else usual.agent,
            email_domain="students.tidewater.example",
            profile="term",
            zone=1,
        )


def _carrier_users(draws: Draws) -> Iterator[Account]:
    """160 customers of one mobile carrier, each hopping over 3 to 9 of its 16 addresses."""
    for index in range(3_200, 3_360):
        seen = some_of(draws, "carrier", index, CARRIER_POOL, 3 + draws.one("carrier/size", index, 7))
        yield replace(_user(draws, index, "carrier"), addresses=seen)


def _clerks(draws: Draws) -> Iterator[Account]:
    """45 employees of one firm: one egress, one browser image, office hours, some with the firm's own prompts."""
    for index in range(3_400, 3_445):
        yield replace(
            ordinary(draws, index, "office", 8, 120),
            addresses=some_of(draws, "egress", index, OFFICE_EGRESS, 2),
            agent=OFFICE_IMAGE,
            email_domain="alder-audit.example",
            organization_id="org-alder",
            organization_name="Alder Audit",
            profile="office",
            zone=-5,
            plan="enterprise",
            payment_fingerprint="pf-alder-audit",
        )


def _fleet(draws: Draws) -> Iterator[Account]:
    """30 build accounts that a firm for continuous integration declared: one card, range, client and clock."""
    for index in range(30):
        yield replace(
            ordinary(draws, 3_500 + index, "ci_fleet"),
            addresses=(f"198.19.91.{40 + index}",),
            agent=FLEET_AGENT,
            requests=0,
            email_domain="cinder-ci.example",
            organization_id="org-cinder",
            organization_name="Cinder CI",
            plan="enterprise",
            payment_fingerprint="pf-cinder-ci",
        )


def members(people: Sequence[Account], group: str) -> list[str]:
    """Return the handles of one group."""
    return sorted(account.user_id for account in people if account.group == group)
