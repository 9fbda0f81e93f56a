"""Published methods on the same worlds, re-implemented in few lines from their descriptions; Splink is itself.

Everything a method groups counts as `coordinated` and `actionable`: none of them has a tier of its own. Each is shown
with several thresholds, because whoever uses it has to guess one.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import duckdb
import polars as pl

from tests.bench import tables
from tests.bench.baselines import beacons, objects, shared_ip, splink_run, synchrony
from tests.bench.running import Variant, events, judged, remembered
from tests.bench.scoring import Answer, Record, score, upper_bound
from tests.bench.world import World, make, planted, write

Method = Callable[[duckdb.DuckDBPyConnection], pl.DataFrame]  # rows of cluster_id, user_id


def _evil_cohort(shared: int) -> Method:
    return lambda con: shared_ip.evil_cohort(con, shared)


def _coor_tweet(quantile: float) -> Method:
    return lambda con: objects.coor_tweet(con, 10, quantile)


METHODS: dict[str, Method] = {
    "components of shared addresses": lambda con: shared_ip.components(con, 1_000_000),
    "components of shared addresses of at most 20": lambda con: shared_ip.components(con, 20),
    **{f"EvilCohort-like, {s} addresses": _evil_cohort(s) for s in (2, 5, 10)},
    "SynchroTrap-like, address and hour, 0.3": lambda con: synchrony.synchro_trap(con, "source_ip", 0.3),
    "SynchroTrap-like, item and hour, 0.3": lambda con: synchrony.synchro_trap(con, "url_path", 0.3),
    **{f"CooRTweet-like, 10 s, quantile {q}": _coor_tweet(q) for q in (0.5, 0.99)},
    "RITA-like, score 0.9": lambda con: beacons.rita(con, 0.9),
}


def compare(seeds: Sequence[int], people: int, work: Path, splink: str | None) -> tuple[str, list[str], Record]:
    """Return the comparison of all methods on the planted worlds of these seeds."""
    records: dict[str, list[Record]] = {}
    for seed in seeds:
        world = planted(seed, people)
        records.setdefault("forensics", []).append(judged(world, Variant(), work))
        for name, record in _scored(world, work, splink):
            records.setdefault(name, []).append(record)
    lines = [
        "| method | innocents actionable | bound per 10,000 | wrong groups | precision | recall, macro |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    figures: Record = {}
    for name, mine in records.items():
        figures[name] = {**tables.wrongs(mine)[1], **tables.macro(mine)[1]["all profiles"]}
        lines.append(_row(name, figures[name]))
    return f"6 Other methods on the same worlds, seeds {seeds[0]} to {seeds[-1]}", [*lines, ""], figures


def _row(name: str, held: Record) -> str:
    bound = 1e4 * upper_bound(held["innocents_actionable"], held["innocents"])
    precision = "nothing found" if held["precision"] is None else f"{held['precision']:.3f}"
    counts = f"{held['innocents_actionable']:,} of {held['innocents']:,} | {bound:.1f}"
    return (
        f"| {name} | {counts} | {held['wrong_clusters']} of {held['clusters']} | {precision} | {held['recall']:.3f} |"
    )


def _scored(world: World, work: Path, splink: str | None) -> Iterator[tuple[str, Record]]:
    """Yield what each method scores on a world; the world is made once, and only if something is not known yet."""
    folder = work / f"baseline-{world.seed}"
    truth: list[pl.DataFrame] = []

    def case() -> Path:
        if not truth:
            shutil.rmtree(folder, ignore_errors=True)
            made = make(world)
            write(made, folder)
            truth.append(made.truth)
        return folder / "case"

    for name, method in METHODS.items():
        plan = [asdict(world), "baseline"]
        yield name, remembered(name, plan, work, lambda m=method: _measured(m(events(case())), truth))  # type: ignore[misc]  # a default binds
    if splink:
        for threshold in (0.95, 0.999):
            name = f"Splink 5 on the table of accounts, {threshold}"
            run = lambda t=threshold: _measured(splink_run.clusters(splink, events(case()), folder, t), truth)  # noqa: E731 - bound here, used in the next line
            yield name, remembered(name, [asdict(world), "baseline"], work, run)
    shutil.rmtree(folder, ignore_errors=True)


def _measured(groups: pl.DataFrame, truth: list[pl.DataFrame]) -> Record:
    members = groups.select(pl.col("cluster_id").cast(pl.String), "user_id").with_columns(actionable=True)
    named = members.select("cluster_id").unique()
    said = named.with_columns(verdict=pl.lit("coordinated"), probability=pl.lit(None, pl.Float64))
    pairs = pl.DataFrame(schema={"user_id_a": pl.String, "user_id_b": pl.String, "tier": pl.String})
    return score(truth[0], Answer(said, members, pairs))
