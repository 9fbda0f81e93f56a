"""How often is linking wrong, and whom does it find? Generated worlds, the real analysis, tables for docs/accuracy.md.

    python tests/bench/linking.py --seeds tuning|evaluation|1,2,3     # every profile and size in turn
    python tests/bench/linking.py --seeds evaluation --nothing-planted 20
    python tests/bench/linking.py --profile careful --size 40         # one operator alone
    python tests/bench/linking.py --evasion jitter|pool|template|incident
    python tests/bench/linking.py --strangers all|polling,...         # innocents who do alike
    python tests/bench/linking.py --baselines [--splink PYTHON] · --ablation
    python tests/bench/linking.py --scale 2000000 200000 [--memory 6GB]

`--write` puts the section into docs/accuracy.md and docs/accuracy.json. Results are remembered in `--work` by the hash
of the method, the generator and the plan, so an interrupted run goes on where it was.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from tests.bench import running, tables  # noqa: E402 - found only by the line above
from tests.bench.running import Variant, judged, method_sha256  # noqa: E402
from tests.bench.scoring import Record, upper_bound  # noqa: E402
from tests.bench.strangers import KINDS, TRAP  # noqa: E402
from tests.bench.world import (  # noqa: E402
    EVALUATION,
    PROFILES,
    SIZES,
    TUNING,
    Operator,
    World,
    make,
    nothing,
    planted,
    sources_sha256,
    truth_sha256,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"
_HOUR, _DAY = 3600, 86_400
_NET = ("source_ip", "source_range")
EVASIONS: dict[str, tuple[Operator, dict[str, tuple[float, ...]]]] = {
    "jitter": (Operator("jittered", 40), {"jitter": (0, 10, 60, 300, 900, 1800)}),
    "jitter-careful": (Operator("careful", 40), {"jitter": (0, 10, 60, 300, 900, 1800)}),
    "pool": (Operator("proxied", 40), {"pool": (300, 3000, 20_000, 60_000)}),
    "template": (Operator("proxied", 40), {"template_share": (0.6, 0.2, 0.05)}),
    "incident": (Operator("careful", 40), {"incident": (1200, _HOUR, _DAY, 14 * _DAY)}),
    "incident-careless": (Operator("careless", 40), {"incident": (1200, _HOUR, _DAY, 14 * _DAY)}),
}
ABLATIONS = (
    Variant(),
    Variant("no behavioral rule", {"min_behavior_bits": 0.0, "min_family_bits": 0.0}),
    Variant("hubs are evidence", {"rare_accounts": 2000}),
    Variant("alpha 0.4", {"alpha": 0.4}),
    Variant("no addresses", emptied=_NET),
    Variant("no clients", emptied=("user_agent_original", "tls_client_ja4")),
    Variant("no items", emptied=("url_path", "url_original")),
    Variant("no prompts", emptied=("gen_ai_prompt_hash",)),
)


def main() -> int:
    """Run what the command line asks for, print the tables, and write them if told to."""
    options = _parser().parse_args()
    stamp = {
        "method": method_sha256(),
        "generator": sources_sha256(),
        "truth": truth_sha256(make(planted(1)).truth),
    }
    section, lines, figures = _chosen(options)
    sys.stdout.write("\n".join([f"## {section}", "", *lines, ""]))
    if options.write:
        shown = " ".join(["python", "tests/bench/linking.py", *(a for a in sys.argv[1:] if a != "--write")])
        tables.write(section, shown, stamp, lines, figures, DOCS)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="tuning", help="tuning, evaluation, or numbers; A-B is a range")
    parser.add_argument("--profile", choices=sorted(PROFILES))
    parser.add_argument("--size", type=int, default=40, help=f"of one operator, as with --profile; else {SIZES}")
    parser.add_argument("--nothing-planted", type=int, metavar="N", help="worlds without an operator")
    parser.add_argument("--evasion", choices=sorted(EVASIONS))
    parser.add_argument("--strangers", help=f"all, or of {', '.join(KINDS)}")
    parser.add_argument("--baselines", action="store_true")
    parser.add_argument("--splink", help="python of a virtual environment that has Splink")
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--scale", type=int, nargs=2, metavar=("EVENTS", "ACCOUNTS"))
    parser.add_argument("--memory", help="of --scale, for DuckDB")
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--work", type=Path, default=running.WORK)
    parser.add_argument("--write", action="store_true")
    return parser


def _chosen(options: argparse.Namespace) -> tuple[str, list[str], Record]:
    """Return the section, its lines and its figures."""
    seeds = _seeds(options.seeds)
    if options.scale:
        from tests.bench.scale import MEMORY, scale  # noqa: PLC0415 - the rest does without

        return scale(*options.scale, options.work, options.memory or MEMORY)
    if options.nothing_planted:
        return _nothing(seeds[: options.nothing_planted], options)
    if options.evasion:
        return _evasion(options.evasion, seeds, options)
    if options.baselines:
        from tests.bench.baselines import compare  # noqa: PLC0415 - the same

        return compare(seeds, options.people, options.work, options.splink)
    chosen = _strangers if options.strangers else _ablation if options.ablation else _planted
    return chosen(seeds, options)


def _seeds(text: str) -> list[int]:
    if text in {"tuning", "evaluation"}:
        return list(TUNING if text == "tuning" else EVALUATION)
    parts = [part.split("-") for part in text.split(",")]
    return [seed for part in parts for seed in range(int(part[0]), int(part[-1]) + 1)]


def _told(seeds: Sequence[int]) -> str:
    kind = "tuning" if seeds[0] in TUNING else "evaluation"
    first = [seed for seed in seeds if seed - 1 not in seeds]
    last = [seed for seed in seeds if seed + 1 not in seeds]
    return f"{kind} seeds " + " and ".join(f"{low} to {high}" for low, high in zip(first, last, strict=True))


def _run(worlds: Sequence[World], work: Path, variant: Variant | None = None) -> list[Record]:
    records = []
    for nth, world in enumerate(worlds):
        records.append(judged(world, variant or Variant(), work))
        sys.stderr.write(f"\r{nth + 1} of {len(worlds)} worlds")
    sys.stderr.write("\n")
    return records


def _nothing(seeds: Sequence[int], options: argparse.Namespace) -> tuple[str, list[str], Record]:
    records = _run([nothing(seed, options.people) for seed in seeds], options.work)
    first, counted = tables.wrongs(records)
    second, trapped = tables.traps(records)
    lines = [*first, *second, tables.cost(records)]
    return f"1 Nothing planted, {options.people:,} people, {_told(seeds)}", lines, {"wrong": counted, "traps": trapped}


def _planted(seeds: Sequence[int], options: argparse.Namespace) -> tuple[str, list[str], Record]:
    """Return every table about worlds with operators."""
    if options.profile:
        alone = Operator(options.profile, options.size)
        worlds = [World(seed, options.people, operators=(alone,)) for seed in seeds]
        name = f"3 {options.profile} of {options.size} accounts alone, {_told(seeds)}"
    else:
        worlds = [planted(seed, options.people) for seed in seeds]
        name = f"2 Operators planted, {_told(seeds)}"
    records = _run(worlds, options.work)
    parts = {
        "wrong": tables.wrongs(records),
        "macro": tables.macro(records),
        "profiles": tables.operators(records, lambda o: (o["profile"], o["size"]), ("profile", "size")),
        "incidents": tables.operators(records, lambda o: (o["incident_s"],), ("incident, s",)),
        "claims": tables.claims(records),
        "traps": tables.traps(records),
    }
    lines = [line for told, _ in parts.values() for line in told] + [tables.cost(records)]
    return name, lines, {part: figures for part, (_, figures) in parts.items()}


def _evasion(name: str, seeds: Sequence[int], options: argparse.Namespace) -> tuple[str, list[str], Record]:
    """Return recall along one way of hiding, everything else as the profile has it."""
    operator, varied = EVASIONS[name]
    operator = replace(operator, size=options.size)
    ((setting, values),) = varied.items()
    lines = [f"| {setting} | worlds | recall | found at all | innocents actionable |", "|---|---:|---:|---:|---:|"]
    figures: Record = {}
    for value in values:
        hidden = replace(operator, **{setting: value})  # type: ignore[arg-type]  # one of its numbers
        records = _run([World(seed, options.people, operators=(hidden,)) for seed in seeds], options.work)
        mine = [o for each in records for o in each["operators"]]
        recall = sum(o["actionable"] / o["size"] for o in mine) / len(mine)
        found = sum(o["actionable"] > 0 for o in mine)
        innocent = sum(t["actionable"] for each in records for t in each["traps"].values())
        figures[str(value)] = {"recall": recall, "found": found, "worlds": len(mine), "innocents": innocent}
        lines.append(f"| {value:,} | {len(mine)} | {recall:.3f} | {found} | {innocent} |")
    told = f"4 Evasion by {name}, {operator.profile} of {operator.size}, {_told(seeds)}"
    return told, [*lines, ""], figures


def _strangers(seeds: Sequence[int], options: argparse.Namespace) -> tuple[str, list[str], Record]:
    """Return, for each kind of strangers who do alike, how many are taken for one actor."""
    kinds = list(KINDS) if options.strangers == "all" else options.strangers.split(",")
    lines = [
        "| what their jobs do | strangers | in any cluster | in a `coordinated` one | actionable | others actionable |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    figures: Record = {}
    for kind in kinds:
        worlds = [nothing(seed, options.people) for seed in seeds]
        records = _run(worlds, options.work, Variant(kind, strangers=kind))
        mine = [record["traps"].pop(TRAP) for record in records]
        held = {name: sum(each[name] for each in mine) for name in mine[0]}
        held["others"] = sum(trap["actionable"] for record in records for trap in record["traps"].values())
        figures[kind] = held
        counts = " | ".join(f"{count:,}" for count in held.values())
        lines.append(f"| `{kind}`: {KINDS[kind].told} | {counts} |")
    return f"3 Strangers who do alike, {_told(seeds)}", [*lines, ""], figures


def _ablation(seeds: Sequence[int], options: argparse.Namespace) -> tuple[str, list[str], Record]:
    """Return what each part of the method, and each kind of column, is good for."""
    lines = [
        "| variant | innocents actionable | bound per 10,000 | wrong clusters | precision | recall, macro |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    figures: Record = {}
    for variant in ABLATIONS:
        records = _run([planted(seed, options.people) for seed in seeds], options.work, variant)
        figures[variant.name] = {**tables.wrongs(records)[1], **tables.macro(records)[1]["all profiles"]}
        lines.append(row(variant.name, figures[variant.name]))
    return f"5 Ablation, {_told(seeds)}", [*lines, ""], figures


def row(name: str, held: Record) -> str:
    """Return one line that compares a method or variant with others."""
    bound = 1e4 * upper_bound(held["innocents_actionable"], held["innocents"])
    precision = "nothing found" if held["precision"] is None else f"{held['precision']:.3f}"
    counts = f"{held['innocents_actionable']:,} of {held['innocents']:,} | {bound:.1f}"
    wrong = f"{held['wrong_clusters']} of {held['clusters']}"
    return f"| {name} | {counts} | {wrong} | {precision} | {held['recall']:.3f} |"


if __name__ == "__main__":
    sys.exit(main())
