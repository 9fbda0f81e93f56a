"""What happens at Orion from Monday to Thursday: everyday use, a launch on Wednesday, and three operators at work.

A scene is a table with one row per request: owner, at, address, prompt, is_opening, is_work. `prompt` is the number
of a prompt or template; the gateway hashes what opens a conversation. `is_work` is an operator's own template.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from forensics.demo.draws import Bools, Draws, Ints
from forensics.demo.hydra_people import (
    CLASS_SIZE,
    CREWS,
    EXITS,
    FALLBACK,
    HELPED,
    HOSTED,
    LOTS,
    OFFICE_PACK_SIZE,
    SHIFTS,
    exits,
)
from forensics.demo.people import Account, zipf
from forensics.demo.visits import DAY_MS, HOUR_MS, Period, visits

PERIOD = Period(start=1_778_457_600_000, days=4, weekday=0)  # 2026-05-11T00:00Z, a Monday
LAUNCH = PERIOD.start + 2 * DAY_MS + 15 * HOUR_MS  # Wednesday 15:00Z
_MINUTE_MS = 60_000
_A_DAY = 26  # exchanges of one account and day, as published of a campaign in 2026

# Numbers of prompts that several requests share; everything from `_OWN` on is sent once.
_LESSON, _OFFICE, _VIRAL, _BUILD, _OWN = 0, 100, 1_000, 10_000, 1_000_000
_PACK = tuple(range(200, 230))  # a published collection of step-by-step prompts
_LOT_TEMPLATES = (*_PACK[:2], *range(300, 316))
_SHIFT_TEMPLATES = (*_PACK[1:4], *range(400, 421))
_PATIENT_TEMPLATES = tuple(range(500, 560))


def _counter(size: int) -> Ints:
    return np.arange(size, dtype=np.int64)


def _members(people: Sequence[Account], group: str) -> Ints:
    return np.array([row for row, account in enumerate(people) if account.group == group], dtype=np.int64)


def _scene(owner: Ints, at: Ints, address: pl.Series, prompt: Ints, is_opening: Bools, is_work: Bools) -> pl.DataFrame:
    columns = {"owner": owner, "at": at, "prompt": prompt, "is_opening": is_opening, "is_work": is_work}
    return pl.DataFrame(columns).with_columns(address=address)


def _mixed(draws: Draws, stream: str, templates: Sequence[int], per_mille: int, index: Ints) -> tuple[Ints, Bools]:
    """Return prompts of which the given share are templates, and which: the rest is unrelated and sent once."""
    is_work = draws.chance(f"{stream}/work", index, per_mille)
    drawn = np.array(templates, dtype=np.int64)[draws.below(f"{stream}/template", index, len(templates))]
    return np.where(is_work, drawn, _OWN + draws.below(f"{stream}/filler", index, 1 << 40)), is_work


def everyday(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Let everybody ask by their own rhythm, the patient operator's accounts like everybody."""
    rows = visits(draws, people, PERIOD)
    index, owner = _counter(rows.height), rows["owner"].to_numpy()
    prompt = _OWN + index
    is_viral = draws.chance("viral", index, 40)
    prompt[is_viral] = _VIRAL + draws.choice("viral/which", index[is_viral], zipf(300))
    office = _members(people, "office")[:OFFICE_PACK_SIZE]
    for group, who, first, kinds, often in (
        ("office", office, _OFFICE, 15, 450),
        ("pack", _members(people, "pack"), _PACK[0], len(_PACK), 350),
    ):
        recurs = np.isin(owner, who) & draws.chance(f"{group}/recurs", index, often)
        prompt[recurs] = first + draws.choice(f"{group}/which", index[recurs], zipf(kinds))
    is_patient = np.isin(owner, _members(people, "patient"))
    work, is_template = _mixed(draws, "patient", _PATIENT_TEMPLATES, 120, index)
    is_work = is_patient & is_template
    prompt[is_work] = work[is_work]
    is_next = (pl.col("session") == pl.col("session").shift()).fill_null(value=False)
    follows_up = rows.select(is_next)["session"].to_numpy() & (prompt >= _OWN) & draws.chance("follow-up", index, 700)
    helped = np.isin(owner, _members(people, "patient")[:HELPED]) & draws.chance("patient/fallback", index, 40)
    fallback = pl.Series(FALLBACK).gather(draws.below("patient/fallback/which", index, len(FALLBACK)))
    address = rows.select(pl.when(pl.Series(helped)).then(fallback).otherwise("address").alias("address"))["address"]
    return _scene(owner, rows["at"].to_numpy(), address, prompt, ~follows_up, is_work)


def lessons(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Have 30 students send the same five prompts within the same minutes on Tuesday."""
    students = _members(people, "campus")[:CLASS_SIZE]
    task, seat = (axis.ravel() for axis in np.meshgrid(_counter(5), _counter(students.size), indexing="ij"))
    index = _counter(task.size)
    at = PERIOD.start + DAY_MS + 13 * HOUR_MS + (8 + 15 * task) * _MINUTE_MS + draws.below("lesson", index, 150_000)
    address = pl.Series([people[student].addresses[0] for student in students]).gather(seat)
    nobody = np.zeros(index.size, dtype=np.bool_)
    return _scene(students[seat], at, address, _LESSON + task, ~nobody, nobody)


def builds(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Run the declared fleet every 20 minutes from 05:00Z to 19:00Z, with four forms."""
    jobs = _members(people, "ci_fleet")
    day, tick, job = (
        axis.ravel() for axis in np.meshgrid(_counter(PERIOD.days), _counter(42), _counter(jobs.size), indexing="ij")
    )
    index = _counter(day.size)
    at = PERIOD.start + day * DAY_MS + 5 * HOUR_MS + tick * 20 * _MINUTE_MS + draws.below("build/jitter", index, 5_000)
    address = pl.Series([people[row].addresses[0] for row in jobs]).gather(job)
    nobody = np.zeros(index.size, dtype=np.bool_)
    rows = _scene(jobs[job], at, address, _BUILD + draws.below("build/form", index, 4), ~nobody, nobody)
    return rows.filter(pl.Series(draws.chance("build/runs", index, 600)))


def lots(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Run the first operator: a job every night in which each account asks at its own pace, 20 minutes an exit."""
    mine = _members(people, "lots")
    index = _counter(LOTS * PERIOD.days * _A_DAY)
    account, day = index // _A_DAY % LOTS, index // (_A_DAY * LOTS)
    starts = PERIOD.start + day * DAY_MS + draws.below("lots/start", day, 40) * _MINUTE_MS  # the night after midnight
    at = starts + draws.below("lots/when", index, 7 * HOUR_MS)
    stay = account * 100_000 + (at - PERIOD.start) // (20 * _MINUTE_MS)
    address = pl.Series(exits(draws)[: EXITS // 5]).gather(draws.below("lots/exit", stay, EXITS // 5))
    prompt, is_work = _mixed(draws, "lots", _LOT_TEMPLATES, 700, index)
    return _scene(mine[account], at, address, prompt, np.ones(index.size, dtype=np.bool_), is_work)


def shifts(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Run the second operator: three crews, a shift of eight hours each, one queue dealt out in turns.

    Every few seconds the dealer hands the next task to the next account of the crew at work: the load is spread
    evenly, every request goes out by another proxy, and all accounts of a crew begin and end together.
    """
    mine = _members(people, "shifts")
    crew_of = _counter(SHIFTS) % CREWS
    parts = []
    for day in range(PERIOD.days):
        for crew in range(CREWS):
            hands = mine[crew_of == crew]
            stream = f"shifts/{day}/{crew}"
            index = _counter(hands.size * _A_DAY)
            begins = PERIOD.start + day * DAY_MS + crew * 8 * HOUR_MS + draws.one(f"{stream}/late", 0, 20) * _MINUTE_MS
            pace = int(7.5 * HOUR_MS) // index.size
            at = begins + index * pace + draws.below(f"{stream}/wait", index, pace // 2)
            address = pl.Series(HOSTED).gather(draws.below(f"{stream}/proxy", index, len(HOSTED)))
            prompt, is_work = _mixed(draws, stream, _SHIFT_TEMPLATES, 550, index)
            everything = np.ones(index.size, dtype=np.bool_)
            parts.append(_scene(hands[index % hands.size], at, address, prompt, everything, is_work))
    return pl.concat(parts)


def asked_of(draws: Draws, rows: pl.DataFrame, operators: Bools) -> pl.DataFrame:
    """Add model, turns and tokens. From the launch on, operators send half of their requests to the new model."""
    index, owner, at = rows["nth"].to_numpy().astype(np.int64), rows["owner"].to_numpy(), rows["at"].to_numpy()
    adopts = LAUNCH + draws.exponential("adopts", owner, 6 * 24 * 60) * _MINUTE_MS
    is_new = np.where(operators, (at >= LAUNCH) & draws.chance("redirected", index, 500), at >= adopts)
    is_mini = ~operators & draws.chance("model/mini", index, 500)
    work = rows["is_work"].to_numpy()
    return rows.with_columns(
        model=np.where(is_new, 2, np.where(is_mini, 0, 1)),
        turns=np.where(rows["is_opening"].to_numpy(), 1, 2 + draws.exponential("turns", index, 2)),
        input_tokens=np.where(work, draws.between("work/in", index, 150, 400), draws.heavy("in", index, 12, 6_000)),
        output_tokens=np.where(
            work, draws.between("work/out", index, 600, 2_400), draws.heavy("out", index, 20, 1_800)
        ),
    )


MODELS = ("orion-mini-4", "orion-large-4", "orion-large-5")
