"""Strangers who do alike: 66 people at 24 rented addresses, whose jobs meet for a reason that is not an operator.

These are no part of the sealed generator: they were thought of after the method, where it was suspected to be wrong
(docs/adr/0025). A world has one kind of them in place of as many of its ordinary people, who keep their own accounts,
cards and employers; none of what their jobs do is known to the method.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from tests.bench.world import network
from tests.bench.world.draw import Ints, Reals, mixed, stream
from tests.bench.world.living import US
from tests.bench.world.people import APP
from tests.bench.world.plan import DAY, HOUR
from tests.bench.world.population import Made
from tests.bench.world.requests import CHAT, Requests, requests, together

TRAP = "strangers"
_AT_ONE_ADDRESS = (2,) * 10 + (3,) * 10 + (4,) * 4  # strangers at each of the 24 addresses
_SPAN = 14 * DAY
_RUNNER, _PRODUCT = 700_000, 800_000  # clients that nobody else has
_EVENTS, _SERIES = 90, 3

Draw = np.random.Generator
Moments = Callable[[Draw, int, list[Reals]], list[Reals]]


@dataclass(frozen=True)
class Kind:
    """One reason to meet: what the jobs do, and what else strangers at one address share.

    `moments` is given how many are at one address, and the series of irregular events that each of them follows.
    """

    told: str
    moments: Moments  # s since the start, a row for each of them
    has_one_address: bool = True  # else each has an address of its own
    client: str = "platform"  # of the platform, of the product that follows a series (with its prompts), or usual


def placed(made: Made, name: str) -> Made:
    """Return the world with strangers of one kind, where it had ordinary people."""
    kind, world = KINDS[name], made.world
    random = stream(world.seed, f"strangers/{name}")
    ordinary = made.truth.filter(pl.col("trap").is_null() & pl.col("operator").is_null())["user_id"]
    numbers = np.flatnonzero(made.names.is_in(ordinary.implode()).to_numpy())
    chosen = random.permutation(numbers)[: sum(_AT_ONE_ADDRESS)].astype(np.int64)
    happening = [np.sort(random.uniform(0, _SPAN - 120, _EVENTS)) for _ in range(_SERIES)]
    acts, at = [made.requests.take(np.flatnonzero(~np.isin(made.requests.account, chosen)))], 0
    for place, count in enumerate(_AT_ONE_ADDRESS):
        who, follows = chosen[at : at + count], random.integers(0, _SERIES, count)
        at += count
        rows = kind.moments(random, count, [happening[series] for series in follows])
        for account, series, seconds in zip(who, follows, rows, strict=True):
            address = mixed(world.seed, place if kind.has_one_address else int(account), 101)
            clients = {"platform": _RUNNER + place, "product": _PRODUCT + series, "usual": 2 * APP + int(account) % 5}
            act = _job(account, seconds, network.hosting(address), clients[kind.client])
            if kind.client == "product":
                act.prompt[:] = _PRODUCT + 10 * series + random.integers(0, 3, len(act))
            acts.append(act)
    held = together(acts)
    held = held.take(np.lexsort((held.account, held.time)))
    return replace(made, requests=held, truth=_truth(made, held.account, chosen))


def _job(account: int, seconds: Reals, address: Ints, client: int) -> Requests:
    time = (np.sort(seconds) * US).astype(np.int64).clip(0, _SPAN * US - 1)
    account_of, address_of, client_of = (np.full(len(time), value) for value in (account, address, client))
    return requests(account_of, time, address_of, client_of, CHAT)


def _truth(made: Made, account: Ints, chosen: Ints) -> pl.DataFrame:
    counts = pl.DataFrame({"user_id": made.names, "events": np.bincount(account, minlength=len(made.names))})
    is_chosen = pl.col("user_id").is_in(made.names[chosen.astype(np.uint32)].implode())
    said = made.truth.drop("events").join(counts, on="user_id")
    return said.select(
        pl.when(is_chosen).then(pl.lit(TRAP)).otherwise("trap").alias("trap") if name == "trap" else name
        for name in made.truth.columns
    )


def _every(random: Draw, count: int, period: float, begin: float, length: float, drift: float = 0.0) -> list[Reals]:
    """Return a job of one period for each, phases drawn; each clock is off by its own share of a second."""
    return [
        np.abs(ticks + random.normal(0, 0.5, len(ticks)))
        for ticks in (
            np.arange(begin + random.uniform(0, period), begin + length, period + random.uniform(0, drift))
            for _ in range(count)
        )
    ]


def _some_hour(random: Draw, length: int) -> int:
    return int(random.integers(0, (_SPAN - length) // HOUR)) * HOUR


def _waiting(random: Draw, count: int, _: list[Reals]) -> list[Reals]:
    return _every(random, count, float(random.choice([20, 30, 40, 45, 60])), _some_hour(random, HOUR), HOUR - 100)


def _bursts(random: Draw, count: int, size: int, seconds: float, period: float) -> list[Reals]:
    begins = _every(random, count, period, _some_hour(random, DAY), DAY)
    return [(each[:, None] + random.uniform(0, seconds, (len(each), size))).ravel() for each in begins]


def _short_bursts(random: Draw, count: int, _: list[Reals]) -> list[Reals]:
    return _bursts(random, count, 6, 6, float(random.integers(5, 18) * 60))


def _long_bursts(random: Draw, count: int, _: list[Reals]) -> list[Reals]:
    return _bursts(random, count, 12, 150, float(random.integers(380, 1035)))


def _polling(random: Draw, count: int, _: list[Reals]) -> list[Reals]:
    return _every(random, count, float(random.integers(97, 2041)), 0, _SPAN, drift=0.3)


def _shifts(random: Draw, count: int, _: list[Reals]) -> list[Reals]:
    """Work of a third of the period, a request every ten seconds or so: jobs that do not overlap seem to take turns."""
    period = float(random.integers(1500, 9000))
    begins = _every(random, count, period, _some_hour(random, 3 * DAY), 3 * DAY)
    many = int(period / 30)
    return [
        (each[:, None] + np.sort(random.uniform(0, period / 3, (len(each), many)), axis=1)).ravel() for each in begins
    ]


def _reacting(random: Draw, _: int, followed: list[Reals]) -> list[Reals]:
    """Return what each does about most events of the series that it follows (scores, prices), a little later."""
    return [
        np.repeat(heard + random.uniform(1, 20, len(heard)), 3) + np.tile([0.0, 2.0, 5.0], len(heard))
        for heard in (events[random.random(_EVENTS) < 0.7] for events in followed)
    ]


def _served(random: Draw, count: int, _: list[Reals]) -> list[Reals]:
    """Return what one service does for each customer, one after the other, whenever it runs."""
    runs = np.sort(random.uniform(0, _SPAN - 120, _EVENTS))
    return [(runs[:, None] + 1.5 * nth + random.uniform(0, 4, (_EVENTS, 3))).ravel() for nth in range(count)]


KINDS = {
    "waiting": Kind("wait for something in one hour, asking every 20 to 60 seconds", _waiting),
    "short-bursts": Kind("six requests at once every 5 to 17 minutes, for a day", _short_bursts),
    "long-bursts": Kind("twelve requests within 150 seconds every 380 to 1,034 seconds, for a day", _long_bursts),
    "polling": Kind("one request every 97 to 2,040 seconds, for two weeks", _polling),
    "polling-apart": Kind("the same, each from an address of its own", _polling, has_one_address=False),
    "shifts": Kind("work through the first third of every 1,500 to 9,000 seconds, for three days", _shifts),
    "shifts-apart": Kind("the same, each from an address of its own", _shifts, has_one_address=False),
    "reacting": Kind("follow one of three series of events, with usual tools", _reacting, client="usual"),
    "reacting-there": Kind("the same, with the client of the platform", _reacting),
    "reacting-apart": Kind(
        "the same, with usual tools, each from an address of its own", _reacting, has_one_address=False, client="usual"
    ),
    "product": Kind(
        "the same, with the client and the prompts of one product for each series", _reacting, client="product"
    ),
    "product-apart": Kind(
        "the same, each from an address of its own", _reacting, has_one_address=False, client="product"
    ),
    "served": Kind("customers of one service, which acts for all of them whenever it runs", _served),
}
