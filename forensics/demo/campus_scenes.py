"""What happens at Orion Chat: everyday use, two lab classes, build jobs by the clock, a declared fleet.

A scene is a table with one row per request: owner, at, address, prompt, is_opening. `prompt` is the number of
a prompt; null stands for a look at the list of models. The gateway hashes the prompts that open a conversation.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from forensics.demo.campus_people import CLASSROOM_SIZE, PROMPT_PACK_SIZE
from forensics.demo.draws import Draws, Ints
from forensics.demo.people import Account, zipf
from forensics.demo.visits import DAY_MS, HOUR_MS, Period, visits

PERIOD = Period(start=1_769_990_400_000, days=7, weekday=0)  # 2026-02-02T00:00Z, a Monday
_LABS = (PERIOD.start + DAY_MS + 13 * HOUR_MS, PERIOD.start + 3 * DAY_MS + 13 * HOUR_MS)  # Tuesday and Thursday 13:00Z
_MINUTE_MS = 60_000

# Numbers of prompts that several requests share; everything from `_OWN` on is asked once.
_LESSON, _PACK, _ITINERARY, _VIRAL, _BUILD, _ROUTE, _OWN = 0, 100, 200, 1_000, 10_000, 20_000, 1_000_000


def _counter(size: int) -> Ints:
    """Return 0, 1, 2 … as the index of a stream."""
    return np.arange(size, dtype=np.int64)


def _members(people: Sequence[Account], group: str) -> Ints:
    """Return the rows of a group's accounts."""
    return np.array([row for row, account in enumerate(people) if account.group == group], dtype=np.int64)


def _at_home(people: Sequence[Account], owner: Ints) -> pl.Series:
    """Return the first address of each owner."""
    return pl.Series("address", [account.addresses[0] for account in people]).gather(owner)


def everyday(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Let everybody ask by their own rhythm; a few prompts are popular, a firm's pack and a couple's forms recur."""
    rows = visits(draws, people, PERIOD)
    index, owner = _counter(rows.height), rows["owner"].to_numpy()
    prompt = _OWN + index
    is_viral = draws.chance("viral", index, 40)
    prompt[is_viral] = _VIRAL + draws.choice("viral/which", index[is_viral], zipf(300))
    for group, size, first, kinds in (("corporate", PROMPT_PACK_SIZE, _PACK, 18), ("travel_agents", 2, _ITINERARY, 9)):
        recurs = np.isin(owner, _members(people, group)[:size]) & draws.chance(f"{group}/recurs", index, 450)
        prompt[recurs] = first + draws.choice(f"{group}/which", index[recurs], zipf(kinds))
    looks = draws.chance("models", index, 60)
    is_next = pl.col("session") == pl.col("session").shift()
    follows_up = is_next.fill_null(value=False) & pl.Series((prompt >= _OWN) & draws.chance("follow-up", index, 700))
    return rows.select(
        "owner",
        "at",
        "address",
        prompt=pl.when(pl.Series(looks)).then(None).otherwise(pl.Series(prompt)),
        is_opening=~follows_up,
    )


def lessons(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Have 30 students send the same six prompts within the same minutes, in two lab sessions."""
    students = _members(people, "campus")[:CLASSROOM_SIZE]
    lab, task, seat = (
        axis.ravel() for axis in np.meshgrid(_counter(2), _counter(6), _counter(students.size), indexing="ij")
    )
    index = _counter(lab.size)
    called = np.array(_LABS, dtype=np.int64)[lab] + (8 + 13 * task) * _MINUTE_MS
    at = called + draws.below("lesson/late", index, 150_000)
    owner = students[seat]
    rows = pl.DataFrame({"owner": owner, "at": at}).with_columns(
        address=_at_home(people, owner), prompt=pl.Series(_LESSON + task), is_opening=pl.lit(value=True)
    )
    return rows.filter(pl.Series(~draws.chance("lesson/absent", index, 60)))


def builds(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Run build jobs at full and half hours, each with its own prompts, about one tick in three."""
    jobs = _members(people, "ci_farm")
    ticks = PERIOD.days * 48
    tick, job = (axis.ravel() for axis in np.meshgrid(_counter(ticks), _counter(jobs.size), indexing="ij"))
    index = _counter(tick.size)
    at = PERIOD.start + tick * (30 * _MINUTE_MS) + draws.below("build/jitter", index, 5_000)
    prompt = _BUILD + job * 10 + draws.below("build/prompt", index, 3)
    rows = pl.DataFrame({"owner": jobs[job], "at": at}).with_columns(
        address=_at_home(people, jobs[job]), prompt=pl.Series(prompt), is_opening=pl.lit(value=True)
    )
    return rows.filter(pl.Series(draws.chance("build/runs", index, 330)))


def dispatches(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Run the declared fleet every 15 minutes from 06:00Z to 14:00Z, a few seconds apart, with four forms."""
    trucks = _members(people, "fleet")
    day, tick, truck = (
        axis.ravel() for axis in np.meshgrid(_counter(PERIOD.days), _counter(32), _counter(trucks.size), indexing="ij")
    )
    index = _counter(day.size)
    at = PERIOD.start + day * DAY_MS + 6 * HOUR_MS + tick * (15 * _MINUTE_MS) + truck * 250
    return pl.DataFrame({"owner": trucks[truck], "at": at + draws.below("fleet/jitter", index, 1_500)}).with_columns(
        address=_at_home(people, trucks[truck]),
        prompt=pl.Series(_ROUTE + draws.below("fleet/form", index, 4)),
        is_opening=pl.lit(value=True),
    )
