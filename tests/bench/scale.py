"""How analysis grows: one pass against DuckDB sorting all contract columns by account and time, in the same run.

The events are written straight into the case: ingest has its own benchmark. Resampling is timed apart: one pass is a
run without the halves of the time and with `decoys = 1`, the fewest permuted worlds, beside the run as shipped.
"""

import shutil
import sys
import time
from pathlib import Path

import polars as pl

from tests.bench.running import Cost, analysis, answer, floor, remembered
from tests.bench.scoring import Record, score
from tests.bench.world import make, scaled, sources_sha256, write

_CAMPAIGNS, _MOST_IN_CAMPAIGNS = 24_000 / 200_000, 24_000
MEMORY = "6GB"  # what DuckDB may take, so that the process stays under 8 GB
_PATIENCE, _SPILL = 14_400, 60 << 30  # CPU s, bytes of one spill file
_RUNS = (
    ("one pass, 1 permuted world, no halves", "decoys = 1\nhalves = false"),
    ("as shipped, 19 permuted worlds, two halves", "decoys = 19\nhalves = true"),
)


def scale(events: int, accounts: int, work: Path, memory: str = MEMORY) -> tuple[str, list[str], Record]:
    """Return what a world of about so many events and accounts costs, with so much memory for DuckDB."""
    plan = [events, accounts, *([memory] if memory != MEMORY else [])]
    figures = remembered("scale", plan, work, lambda: _measured(events, accounts, work, memory))
    told = f"{figures['events']:,} events, {figures['accounts']:,} accounts, {figures['planted']:,} in three campaigns"
    return f"7 Scale, {told}", _table(figures), figures


def _measured(events: int, accounts: int, work: Path, memory: str) -> Record:
    folder = work / f"scale-{events}-{accounts}"
    begun = time.monotonic()
    case, truth = _world(events, accounts, folder)
    figures: Record = {
        "events": int(truth["events"].sum()),
        "accounts": truth.height,
        "planted": truth["operator"].count(),
        "generated_s": round(time.monotonic() - begun, 1),
        "runs": {"sort": _said("sort", floor(case, folder / "floor"))},
    }
    shutil.rmtree(folder / "floor")
    for name, settings in _RUNS:
        (case / "case.toml").write_text(f"[analysis]\n{settings}\n", encoding="utf-8")
        try:
            cost = analysis(case, "--memory-limit", memory, patience=_PATIENCE, spill=_SPILL)
        except RuntimeError as error:
            figures["runs"][f"{name}: **no answer**"] = _said(name, error.args[1])
            figures["failed"] = str(error.args[0])
            break
        figures["runs"][name] = _said(name, cost)
        if "score" not in figures:
            found = score(truth, answer(case))
            figures["score"] = {key: found[key] for key in ("innocents", "operators", "clusters", "traps", "pairs")}
    shutil.rmtree(folder)
    return figures


def _world(events: int, accounts: int, folder: Path) -> tuple[Path, pl.DataFrame]:
    """Return the case and the truth: those that an interrupted run left, if the same generator made them."""
    stamp, made_by = folder / "generator", sources_sha256()
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == made_by):
        shutil.rmtree(folder, ignore_errors=True)
        campaigns = min(_MOST_IN_CAMPAIGNS, round(accounts * _CAMPAIGNS / 3) * 3)
        write(make(scaled(1001, events, accounts, campaigns)), folder)
        stamp.write_text(made_by, encoding="utf-8")
    return folder / "case", pl.read_parquet(folder / "truth.parquet")


def _said(name: str, cost: Cost) -> Record:
    """Return what a run took, and say so: the next one may take an hour."""
    sys.stderr.write(f"{name}: {cost.cpu:.1f} CPU s, {cost.wall:.0f} s, {cost.memory:,} MiB\n")
    return cost._asdict()


def _table(figures: Record) -> list[str]:
    sorting = figures["runs"]["sort"]["cpu"]
    lines = ["| | CPU s | of the sort | wall s | peak MiB |", "|---|---:|---:|---:|---:|"]
    for name, held in figures["runs"].items():
        cost = Cost(**held)
        lines.append(f"| {name} | {cost.cpu:.1f} | {cost.cpu / sorting:.1f} | {cost.wall:.0f} | {cost.memory:,} |")
    if failed := figures.get("failed"):
        lines += ["", f"It {failed.strip().splitlines()[-1]}"]
    if found := figures.get("score"):
        actionable = sum(trap["actionable"] for trap in found["traps"].values())
        recalls = ", ".join(f"{o['profile']} {o['actionable'] / o['size']:.3f}" for o in found["operators"])
        coordinated = [cluster for cluster in found["clusters"] if cluster["verdict"] == "coordinated"]
        wrong = sum(cluster["wrong"] for cluster in coordinated)
        told = f"innocents actionable: {actionable} of {found['innocents']:,}; "
        told += f"clusters coordinated: {len(coordinated)}, wrong: {wrong}"
        lines += ["", f"Recall: {recalls}; {told}."]
    return [*lines, ""]
