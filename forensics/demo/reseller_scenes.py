"""What happens at Orion from January to July: everyday use, nightly batches, and a rival's project in four stages.

A scene is a table with one row per request: owner, at, address, prompt, model, input_tokens, output_tokens, turns,
max_tokens, is_refused, is_project.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from forensics.demo.draws import Draws, Ints
from forensics.demo.people import Account, zipf
from forensics.demo.reseller_people import DIRECT_ACCOUNTS
from forensics.demo.visits import DAY_MS, HOUR_MS, Period, visits

PERIOD = Period(start=1_767_225_600_000, days=212, weekday=3)  # 2026-01-01T00:00Z, a Thursday, to 2026-07-31
LAUNCH = PERIOD.start + 68 * DAY_MS + 14 * HOUR_MS  # 2026-03-10T14:00Z
STOPPED = PERIOD.start + 120 * DAY_MS  # 2026-05-01T00:00Z, after the month the statement names
MODELS = ("orion-mini-3", "orion-large-3", "orion-large-4")
_LARGE_3, _LARGE_4 = 1, 2
_TURN_MS, _SLOT_MS = 21_000, 4_200  # each account of a job has its turn, in the same order
_OWN = 1_000_000  # numbers of prompts from here on are sent once


class Stage(NamedTuple):
    """One stage of the project: when, how much, over whom, and the shape of its requests."""

    name: str
    first_day: int
    last_day: int
    jobs: int
    requests: int  # of one job
    templates: int
    input_tokens: tuple[int, int]
    output_tokens: tuple[int, int]
    max_tokens: int
    resold_jobs: int  # of a thousand, from March on
    direct: int = 4  # direct accounts that share a job


STAGES = (
    Stage("evaluate", 11, 50, 22, 40, 6, (260, 340), (150, 230), 2048, 0),
    Stage("generate", 46, 113, 68, 48, 24, (120, 240), (600, 1_700), 2048, 900),
    Stage("filter", 80, 115, 14, 40, 4, (800, 1_000), (60, 120), 2048, 800),
    Stage("judge", 78, 118, 20, 42, 3, (1_200, 1_800), (4, 12), 2048, 1_000),
)
LATER = Stage("generate", 131, 205, 4, 14, 24, (120, 240), (600, 1_700), 2048, 1_000, direct=1)


def _counter(size: int) -> Ints:
    return np.arange(size, dtype=np.int64)


def everyday(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Let everybody ask by their own rhythm; every prompt is sent once."""
    rows = visits(draws, people, PERIOD)
    index = _counter(rows.height)
    prompt = _OWN + index
    after = rows["at"].to_numpy() >= LAUNCH + draws.below("adopts", rows["owner"].to_numpy(), 90) * DAY_MS
    model = np.where(draws.chance("model/mini", index, 600), 0, np.where(after, _LARGE_4, _LARGE_3))
    return rows.select(
        "owner", "at", "address", prompt=prompt, model=model,
        input_tokens=draws.heavy("tokens/in", index, 20, 5_000),
        output_tokens=draws.heavy("tokens/out", index, 20, 1_800),
        turns=1 + draws.exponential("turns", index, 3),
        max_tokens=np.array([0, 512, 1_024, 4_096])[draws.choice("limit", index, (5, 2, 2, 1))],
        is_refused=draws.chance("refused", index, 12),
        is_project=pl.lit(value=False),
    )  # fmt: skip


def batches(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Send three customers' nightly work: few templates, single turns, far more tokens than the rival ever asks."""
    owners = [row for row, account in enumerate(people) if account.group == "batch"]
    scenes = []
    for place, owner in enumerate(owners):
        nights = _counter(PERIOD.days * 9)
        at = PERIOD.start + nights // 9 * DAY_MS + (1 + 2 * place) * HOUR_MS + nights % 9 * 190_000
        at += draws.below(f"batch/{place}/jitter", nights, 120_000)
        scenes.append(
            pl.DataFrame({"owner": np.full(nights.size, owner), "at": at}).with_columns(
                address=pl.lit(people[owner].addresses[0]),
                prompt=400 + 10 * place + draws.below(f"batch/{place}/which", nights, 5),
                model=np.full(nights.size, _LARGE_3),
                input_tokens=draws.between(f"batch/{place}/in", nights, 60_000, 120_000),
                output_tokens=draws.between(f"batch/{place}/out", nights, 40_000, 90_000),
                turns=np.ones(nights.size, dtype=np.int64),
                max_tokens=np.full(nights.size, 100_000),
                is_refused=pl.lit(value=False),
                is_project=pl.lit(value=False),
            )
        )
    return pl.concat(scenes)


def project(draws: Draws, people: Sequence[Account]) -> pl.DataFrame:
    """Run the rival's stages, and the dozens of requests after the month in which it says that use stopped."""
    return pl.concat([_stage(draws, people, stage, f"stage/{number}") for number, stage in enumerate((*STAGES, LATER))])


def _stage(draws: Draws, people: Sequence[Account], stage: Stage, stream: str) -> pl.DataFrame:
    """Deal the requests of each job out in turns over a few accounts and the subscription, at any hour of the day."""
    index = _counter(stage.jobs * stage.requests)
    job = index // stage.requests
    days = stage.first_day + _counter(stage.jobs) * (stage.last_day - stage.first_day) // max(1, stage.jobs - 1)
    begins = PERIOD.start + days * DAY_MS + draws.below(f"{stream}/hour", _counter(stage.jobs), 24) * HOUR_MS
    begins += draws.below(f"{stream}/minute", _counter(stage.jobs), 3_000_000)
    opens = PERIOD.start + 60 * DAY_MS  # the subscription begins in March
    is_resold = draws.chance(f"{stream}/resold", _counter(stage.jobs), stage.resold_jobs) & (begins >= opens)
    width = (stage.direct + is_resold)[job]
    nth = index % stage.requests
    waited = nth // width * _TURN_MS + nth % width * _SLOT_MS + draws.below(f"{stream}/jitter", index, 300)
    at = begins[job] + waited
    if stage.name == "generate" and stage is not LATER:  # a launch is followed within the hour
        at = np.where(job == _launch_job(stage), LAUNCH + 2_700_000 + waited, at)
    busy = 6 if stage.name == "evaluate" else DIRECT_ACCOUNTS
    ranked = np.argsort(draws.bits(f"{stream}/who", _counter(stage.jobs * busy)).reshape(-1, busy), axis=1)
    owner = np.where(nth % width == stage.direct, DIRECT_ACCOUNTS, ranked[job, nth % width])
    sizes = np.array([len(account.addresses) for account in people[: DIRECT_ACCOUNTS + 1]])
    where = draws.below(f"{stream}/address", index, sizes[owner])
    addresses = [people[who].addresses[nth] for who, nth in zip(owner.tolist(), where.tolist(), strict=True)]
    first = 600 + 50 * (_NAMES.index(stage.name))
    is_refused = draws.chance(f"{stream}/refused", index, 18 if stage.name == "generate" else 0)
    output = draws.between(f"{stream}/out", index, *stage.output_tokens)
    return pl.DataFrame({"owner": owner.astype(np.int64), "at": at, "address": addresses}).with_columns(
        prompt=first + draws.choice(f"{stream}/template", index, zipf(stage.templates)),
        model=np.where(at >= LAUNCH, _LARGE_4, _LARGE_3),
        input_tokens=draws.between(f"{stream}/in", index, *stage.input_tokens),
        output_tokens=np.where(is_refused, 0, output),
        turns=np.ones(index.size, dtype=np.int64),
        max_tokens=np.full(index.size, stage.max_tokens),
        is_refused=is_refused,
        is_project=pl.lit(value=True),
    )


_NAMES = tuple(stage.name for stage in STAGES)


def _launch_job(stage: Stage) -> int:
    """Return the job of the day of the launch."""
    days = [stage.first_day + job * (stage.last_day - stage.first_day) // (stage.jobs - 1) for job in range(stage.jobs)]
    return min(range(stage.jobs), key=lambda job: abs(days[job] - (LAUNCH - PERIOD.start) // DAY_MS))
