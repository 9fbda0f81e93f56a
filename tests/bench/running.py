"""Make a world, run the real analysis on it as a process of its own, score it, and remember the result by its hash."""

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from tests.bench.scoring import Answer, Record, score
from tests.bench.strangers import placed
from tests.bench.world import World, make, sources_sha256, write

ROOT = Path(__file__).resolve().parents[2]
WORK = Path("/tmp/forensics-worlds")  # noqa: S108 - a default to be seen
PATIENCE = 240  # CPU s for a world of 5,000 accounts; most need a tenth of it
MEMORY = "6GB"
SPILL = 4 << 30  # bytes of one spill file: a world must not fill the disk of the machine
_METHOD = ("analyze", "context", "model.py", "schema", "settings.py")
_MIB = 1024  # KiB
_SORT = """
import sys, duckdb
con = duckdb.connect()
con.execute("SET threads = 2")
con.execute("SET memory_limit = '8GB'")
con.execute(f"SET temp_directory = '{sys.argv[2]}/spill'")
rows = f"read_parquet('{sys.argv[1]}', hive_partitioning = false)"
out = f"'{sys.argv[2]}/sorted.parquet' (FORMAT parquet, COMPRESSION zstd)"
con.execute(f"COPY (SELECT * FROM {rows} ORDER BY user_id, timestamp, event_id) TO {out}")
"""


class Cost(NamedTuple):
    """What one process took."""

    wall: float  # s
    cpu: float  # s, user + system
    memory: int  # MiB, peak


@dataclass(frozen=True)
class Variant:
    """How the analysis is run: settings of case.toml, columns of events that are emptied first, and who is added."""

    name: str = "as shipped"
    settings: dict[str, float] = field(default_factory=dict)
    emptied: tuple[str, ...] = ()
    strangers: str = ""  # one of `strangers.KINDS`


def process(command: list[str], patience: int | None = None, spill: int | None = None) -> Cost:
    """Run a process to its end, or until it has used so many CPU seconds. Raise `RuntimeError` if it fails."""
    begun = time.monotonic()
    with tempfile.TemporaryFile() as said:
        started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=said, env=_environment())
        if patience:
            resource.prlimit(started.pid, resource.RLIMIT_CPU, (patience, patience))
        if spill:
            resource.prlimit(started.pid, resource.RLIMIT_FSIZE, (spill, spill))
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        cost = Cost(time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss // _MIB)
        if started.returncode:
            said.seek(0)
            told = said.read().decode()[-600:] or f"killed after {cost.cpu:.0f} CPU s and {cost.memory} MiB"
            raise RuntimeError(f"ended with {started.returncode}: {told}", cost)
    return cost


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def analysis(case: Path, *options: str, patience: int = PATIENCE, spill: int = SPILL) -> Cost:
    """Run `forensics analyze` over a case, with two threads."""
    command = [sys.executable, "-m", "forensics", "-q", "--threads", "2", *options, "analyze", "-C", str(case)]
    return process(command, patience, spill)


def method_sha256() -> str:
    """Return the SHA-256 over every file of the method: what decides, not what reads logs, keeps or shows tables."""
    held = hashlib.sha256()
    for path in sorted((ROOT / "forensics").rglob("*")):
        if path.suffix in {".py", ".sql"} and path.relative_to(ROOT / "forensics").parts[0] in _METHOD:
            held.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return held.hexdigest()


def remembered(name: str, plan: object, work: Path, measure: Callable[[], Record]) -> Record:
    """Return the record of a plan from the folder of this code, or measure and keep it."""
    text = json.dumps([name, plan], sort_keys=True, default=str)
    judging = b"".join(Path(__file__).with_name(f"{part}.py").read_bytes() for part in ("scoring", "strangers"))
    code = hashlib.sha256(f"{method_sha256()} {sources_sha256()} {judging.decode()}".encode()).hexdigest()
    path = work / code[:16] / f"{hashlib.sha256(text.encode()).hexdigest()[:24]}.json"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(measure(), indent=1), encoding="utf-8")
    held: Record = json.loads(path.read_text(encoding="utf-8"))
    return held


def judged(world: World, variant: Variant, work: Path) -> Record:
    """Return the score of the real analysis on a world."""

    def measure() -> Record:
        folder = work / f"world-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        begun = time.monotonic()
        made = placed(make(world), variant.strangers) if variant.strangers else make(world)
        case = write(made, folder).folder
        if variant.settings:
            lines = [f"{name} = {value}" for name, value in sorted(variant.settings.items())]
            (case / "case.toml").write_text("\n".join(["[analysis]", *lines, ""]), encoding="utf-8")
        for part in sorted(case.glob("tables/events/**/*.parquet")) if variant.emptied else ():
            _empty(part, variant.emptied)
        generated = time.monotonic() - begun
        try:
            cost, failed, said = analysis(case, "--memory-limit", MEMORY), None, answer(case)
        except RuntimeError as error:  # an analysis that does not end is an answer that names nobody
            cost, failed, said = error.args[1], str(error.args[0]), silence()
        record = score(made.truth, said)
        shutil.rmtree(folder)
        timing = {"generated_s": round(generated, 1), "events": len(made.requests), **cost._asdict()}
        return {"seed": world.seed, "failed": failed, **record, "cost": timing}

    return remembered(variant.name, [asdict(world), asdict(variant)], work, measure)


def silence() -> Answer:
    """Return the answer of somebody who says nothing."""
    members = pl.DataFrame(schema={"cluster_id": pl.String, "user_id": pl.String, "actionable": pl.Boolean})
    clusters = pl.DataFrame(schema={"cluster_id": pl.String, "verdict": pl.String, "probability": pl.Float64})
    pairs = pl.DataFrame(schema={"user_id_a": pl.String, "user_id_b": pl.String, "tier": pl.String})
    return Answer(clusters, members, pairs)


def answer(case: Path) -> Answer:
    """Return what the analysis wrote into a case."""
    tables = case / "analysis"
    clusters, members, pairs = (
        pl.read_parquet(tables / f"{name}.parquet") for name in ("clusters", "cluster_members", "pairs")
    )
    names = pl.read_parquet(tables / "people.parquet")
    passing = pl.read_parquet(tables / "scores.parquet").filter("passes").select("a", "b")
    for side in ("a", "b"):
        passing = passing.join(
            names.select(pl.col("person").alias(side), pl.col("user_id").alias(f"user_id_{side}")), side
        )
    return Answer(clusters, members, pairs, passing)


def _empty(part: Path, columns: tuple[str, ...]) -> None:
    """Empty columns of a file of events; `url_path` keeps the path and loses the id."""
    rows = pl.read_parquet(part)
    kept = {
        name: pl.col(name).str.replace(r"/\d+$", "")
        if name.startswith("url")
        else pl.lit(None, rows.schema[name]).alias(name)
        for name in columns
    }
    rows.with_columns(**kept).write_parquet(part)


def floor(case: Path, out: Path) -> Cost:
    """Sort all columns of the events by account and time to Parquet with DuckDB: what no linking can be far below."""
    out.mkdir(parents=True, exist_ok=True)
    return process([sys.executable, "-c", _SORT, str(case / "tables/events/**/*.parquet"), str(out)])


def events(case: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with the view `events` of a case, for baselines."""
    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute("SET TimeZone = 'UTC'")
    con.read_parquet(str(case / "tables/events/**/*.parquet"), hive_partitioning=False).create_view("events")
    con.read_parquet(str(case / "tables/accounts.parquet")).create_view("accounts")
    return con
