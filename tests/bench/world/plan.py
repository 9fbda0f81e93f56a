"""What a world holds: how many people, which traps, which operators."""

from dataclasses import dataclass, replace

MINUTE, HOUR, DAY = 60, 3600, 86_400
TUNING = range(1, 21)
EVALUATION = range(1001, 1041)
SIZES = (2, 12, 40, 300, 1500)
INCIDENTS = (20 * MINUTE, HOUR, DAY, 14 * DAY)
JITTERS = (10, 60, 300, 1800)
TRAPS = (
    "campus", "classroom", "office", "prompt_pack", "carrier", "vpn", "ci", "cron", "household", "travel_agent",
    "agency", "crawler", "feed", "push", "flash_sale", "retry",
)  # fmt: skip
# What each profile leaves behind by construction; the method never sees this.
PROFILES = {
    "careless": ("NET", "IDENT", "CLIENT", "TARGET"),
    "careful": ("TIME", "TARGET"),
    "proxied": ("NET", "IDENT", "CLIENT", "TEMPLATE"),
    "jittered": ("CLIENT", "TIME"),
    "template_only": ("TEMPLATE",),
    "pair": ("NET", "IDENT", "CLIENT", "TARGET"),
    "pair_apart": ("TIME", "TARGET"),
}


@dataclass(frozen=True)
class Operator:
    """One operator: how many accounts, how long, how hidden."""

    profile: str
    size: int
    incident: int = 14 * DAY  # s
    jitter: int = 5  # s, of a common schedule
    pool: int = 3000  # addresses of the proxy
    pool_shared: float = 0.5  # share of these that are homes of other people
    template_share: float = 0.6  # share of its prompts that come from its own templates
    requests: int = 90  # of an account, about
    interleaved: bool = True  # partitions of an enumeration: every n-th id, else one block each
    sleeps: bool = True  # the whole operator sleeps eight hours, where the incident is longer than a day
    cover: int = 12  # everyday requests of an account besides the work, where the profile has any


@dataclass(frozen=True)
class World:
    """One world. The background does not change when an operator is added or removed."""

    seed: int
    people: int = 5000
    days: int = 14
    requests: float = 50.0  # of a person, mean
    operators: tuple[Operator, ...] = ()
    traps: tuple[str, ...] = TRAPS


def nothing(seed: int, people: int = 5000) -> World:
    """Return a world in which nobody does anything, with every trap."""
    return World(seed, people)


def planted(seed: int, people: int = 5000) -> World:
    """Return the world of a seed: three pairs and one operator of each larger size, profiles and incidents in turn."""
    profiles = ("careless", "careful", "proxied", "jittered", "template_only")
    operators = [
        Operator("pair", 2, INCIDENTS[seed % 4]),
        Operator("pair_apart", 2, INCIDENTS[(seed + 1) % 4]),
        Operator(profiles[seed % 4], 2, INCIDENTS[(seed + 2) % 4]),
    ]
    for nth, size in enumerate(SIZES[1:]):
        profile = profiles[(seed + nth) % len(profiles)]
        incident = INCIDENTS[(seed // len(profiles) + nth) % len(INCIDENTS)]
        operators.append(Operator(profile, size, incident))
    varied = [
        replace(
            each,
            jitter=JITTERS[(seed // 2) % 4] if each.profile == "jittered" else 5,
            interleaved=(seed + nth) % 5 != 0,
            sleeps=(seed + nth) % 2 == 0,
        )
        for nth, each in enumerate(operators)
    ]
    return World(seed, people, operators=tuple(varied))


def scaled(seed: int, events: int, accounts: int, in_campaigns: int) -> World:
    """Return a world of about so many events in which three campaigns hold `in_campaigns` of the accounts."""
    third = in_campaigns // 3
    per_account = events / accounts
    requests = max(8, int(per_account))
    operators = tuple(
        Operator(profile, third, 14 * DAY, pool=20_000, requests=requests, cover=4)
        for profile in ("careless", "careful", "proxied")
        if third
    )
    return World(seed, accounts - 3 * third, requests=per_account, operators=operators)
