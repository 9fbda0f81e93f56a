"""The whole world: everybody's requests in order of time, and the truth about every account."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from .draw import stream
from .living import live
from .operators import recruit, work
from .people import People, all_of, strangers
from .plan import PROFILES, World
from .requests import Requests, together
from .scenes import scenes
from .traps import Cast, cast


@dataclass
class Made:
    """A world in columns: position is the account's number, `names` what the logs call it."""

    world: World
    people: People
    names: pl.Series
    requests: Requests
    truth: pl.DataFrame
    cast: Cast


def make(world: World) -> Made:
    """Return the world that a plan describes; equal plans give equal worlds."""
    people = strangers(world.seed, "everybody", 0, world.people, world.requests)
    chosen = cast(world, people)
    teams, first = [], world.people
    for operator in world.operators:
        teams.append(np.arange(first, first + operator.size, dtype=np.int64))
        first += operator.size
    recruits = [recruit(world, nth, int(team[0])) for nth, team in enumerate(teams)]
    everybody = all_of([people, *recruits])
    ordinary = np.arange(world.people, dtype=np.int64)
    parts = [live(stream(world.seed, "living"), world, everybody, ordinary, everybody.volume[: world.people])]
    parts += scenes(world, everybody, chosen)
    parts += [work(world, nth, everybody, team) for nth, team in enumerate(teams)]
    held = together(parts)
    del parts
    held = held.take(np.lexsort((held.account, held.time)))
    names = _names(world.seed, len(everybody))
    return Made(world, everybody, names, held, _truth(world, names, chosen, held), chosen)


def _names(seed: int, count: int) -> pl.Series:
    """Return handles that say nothing of who is who."""
    number = pl.Series("user_id", stream(seed, "names").permutation(count).astype(np.int64) + 100_000)
    return number.cast(pl.String).str.zfill(8).str.replace("^", "u-", literal=False).alias("user_id")


def _truth(world: World, names: pl.Series, chosen: Cast, held: Requests) -> pl.DataFrame:
    """Return one row per account: its operator and profile or none, its trap or none, how much it did."""
    count = len(names)
    operator = np.full(count, -1, np.int64)
    trap = np.full(count, -1, np.int64)
    at = world.people
    for nth, each in enumerate(world.operators):
        operator[at : at + each.size] = nth
        at += each.size
    for nth, who in enumerate(chosen.groups.values()):
        trap[who] = nth
    plans = pl.DataFrame(
        {
            "nth": range(len(world.operators)),
            "operator": [f"op-{nth}" for nth in range(len(world.operators))],
            "profile": [each.profile for each in world.operators],
            "size": [each.size for each in world.operators],
            "incident_s": [each.incident for each in world.operators],
            "jitter_s": [each.jitter for each in world.operators],
            "families": [",".join(PROFILES[each.profile]) for each in world.operators],
        },
        schema_overrides={"nth": pl.Int64, "operator": pl.String, "profile": pl.String, "size": pl.Int64,
                          "incident_s": pl.Int64, "jitter_s": pl.Int64, "families": pl.String},
    )  # fmt: skip
    traps = pl.DataFrame(
        {"of": range(len(chosen.groups)), "trap": list(chosen.groups)}, schema={"of": pl.Int64, "trap": pl.String}
    )
    rows = pl.DataFrame(
        {"user_id": names, "nth": operator, "of": trap, "events": np.bincount(held.account, minlength=count)}
    )
    joined = rows.join(plans, on="nth", how="left").join(traps, on="of", how="left")
    return joined.drop("nth", "of").sort("user_id")
