"""How analysis grows: one pass against DuckDB sorting all contract columns by account and time, in the same run.

The events are written straight into the case: ingest has its own benchmark. Resampling (the permuted worlds, `decoys`)
is timed apart: one pass is a run with `decoys = 1`, the fewest there are, and the rest is the default minus that.
"""

import shutil
import sys
import time
from pathlib import Path

from tests.bench.running import Cost, analysis, answer, floor
from tests.bench.scoring import Record, score
from tests.bench.world import make, scaled, write

_CAMPAIGNS = 24_000 / 200_000
_PATIENCE = 3600  # CPU s
_RUNS = (("one pass, 1 permuted world", 1), ("as shipped, 19 permuted worlds", 19))


def scale(events: int, accounts: int, work: Path) -> tuple[str, list[str], Record]:
    """Return what a world of about so many events and accounts costs."""
    folder = work / f"scale-{events}-{accounts}"
    shutil.rmtree(folder, ignore_errors=True)
    begun = time.monotonic()
    world = scaled(1001, events, accounts, round(accounts * _CAMPAIGNS / 3) * 3)
    made = make(world)
    case = write(made, folder).folder
    truth, count, people = made.truth, len(made.requests), len(made.names)
    del made
    generated = time.monotonic() - begun
    sorting = floor(case, folder / "floor")
    shutil.rmtree(folder / "floor")
    lines = [
        "| | CPU s | of the sort | wall s | peak MiB |",
        "|---|---:|---:|---:|---:|",
        _line("sort", sorting, sorting),
    ]
    figures: Record = {"events": count, "accounts": people, "generated_s": generated, "sort": sorting._asdict()}
    for name, decoys in _RUNS:
        (case / "case.toml").write_text(f"[analysis]\ndecoys = {decoys}\n", encoding="utf-8")
        try:
            cost = analysis(case, "--memory-limit", "8GB", patience=_PATIENCE)
        except RuntimeError as error:
            lines.append(_line(f"{name}: **no answer**", error.args[1], sorting))
            figures[name] = {"failed": str(error.args[0]), **error.args[1]._asdict()}
            sys.stderr.write(f"{error.args[0]}\n")
            break
        figures[name] = cost._asdict()
        lines.append(_line(name, cost, sorting))
    else:
        found = score(truth, answer(case))
        figures["score"] = {name: found[name] for name in ("operators", "traps", "pairs")}
        actionable = sum(trap["actionable"] for trap in found["traps"].values())
        recalls = ", ".join(f"{o['profile']} {o['actionable'] / o['size']:.3f}" for o in found["operators"])
        lines += ["", f"Recall: {recalls}; innocents actionable: {actionable} of {found['innocents']:,}."]
    shutil.rmtree(folder)
    told = f"{count:,} events, {people:,} accounts, {3 * world.operators[0].size:,} of them in three campaigns"
    return f"7 Scale, {told}", [*lines, ""], figures


def _line(name: str, cost: Cost, sorting: Cost) -> str:
    return f"| {name} | {cost.cpu:.1f} | {cost.cpu / sorting.cpu:.1f} | {cost.wall:.0f} | {cost.memory:,} |"
