"""How fast is ingest? Ours, the floor, and other tools, on the same lines, whole processes, in one session.

    python tests/bench/ingest.py [--lines 5000000] [--json-lines 2000000] [--repeat 3] [--chdb PYTHON] [--write]

The floor is what any tool must do that gives the same answer: read the file, hash it, find the newlines, and write the
same Parquet (same rows and columns, same writer, from memory-mapped Arrow). CPU seconds are user + system of the whole
process; they say more than wall time on a machine with other work. `--write` puts the figures into docs/benchmarks.md.
Memory of the floor counts its mapped pages. *Cores busy* is CPU seconds by wall seconds: on two cores with no other
work it says how well both are used, and with other work nothing. `rows.py` compares what the others wrote with ours.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

LINES = Path(__file__).resolve().with_name("lines.py")
ROOT = Path(__file__).resolve().parents[2]
_MIB = 1024  # KiB
_PATTERN = (
    r'^([^ ]+) ([^ ]+) ([^ ]+) \[([^\]]+)\] "((?:[^"\\]|\\.)*)" ([0-9]{3}|-) ([0-9]+|-)'
    r' "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"'
)
_NAMES = ("source_ip", "ident", "user_id", "time", "request", "status", "size", "referrer", "agent")
_LOAD = """
import sys, pyarrow as pa, pyarrow.parquet as pq, glob
for number, part in enumerate(sorted(glob.glob(sys.argv[1] + "/tables/events/*/*.parquet"))):
    rows = pq.read_table(part)
    with pa.OSFile(f"{sys.argv[2]}/{number:05d}.arrow", "wb") as sink, pa.ipc.new_file(sink, rows.schema) as out:
        out.write_table(rows)
"""
_FLOOR = """
import sys, glob, hashlib, numpy as np, pyarrow as pa
from pathlib import Path
from forensics.case import write_parquet
digest, newlines = hashlib.sha256(), 0
with open(sys.argv[1], "rb") as stream:
    while block := stream.read(1 << 20):
        digest.update(block)
        newlines += len(np.flatnonzero(np.frombuffer(block, np.uint8) == 10))
for part in sorted(glob.glob(sys.argv[2] + "/*.arrow")):
    with pa.memory_map(part) as held:
        write_parquet(pa.ipc.open_file(held).read_all(), Path(sys.argv[3]) / (Path(part).stem + ".parquet"))
print(newlines)
"""
_DUCKDB = """
import sys, duckdb
pattern, names = sys.argv[3], sys.argv[4].split(",")
con = duckdb.connect()
con.execute("SET threads = 2")
lines = con.read_csv(sys.argv[1], columns={"line": "VARCHAR"}, header=False, delimiter="\\x01",
    quotechar="", escapechar="")
parts = con.sql("SELECT regexp_extract(line, $p, $n, 's') AS s, line FROM lines", params={"p": pattern, "n": names})
columns = ", ".join(f"s.{name}" for name in names if name != "time")
con.sql(f"SELECT {columns}, try_strptime(s.time, '%d/%b/%Y:%H:%M:%S %z') AS timestamp FROM parts").write_parquet(
    sys.argv[2], compression="zstd")
"""
_CHDB = """
import sys, chdb
pattern, names = sys.argv[3], sys.argv[4].split(",")
quoted = pattern.replace("\\\\", "\\\\\\\\").replace("'", "\\\\'")
columns = ", ".join(f"g[{n + 1}] AS {name}" for n, name in enumerate(names) if name != "time")
chdb.query(f"SELECT {columns}, parseDateTimeOrNull(g[4], '%d/%b/%Y:%H:%i:%s +0000') AS timestamp FROM (SELECT "
    f"extractGroups(line, '{quoted}') AS g FROM file('{sys.argv[1]}', 'LineAsString', 'line String')) "
    f"INTO OUTFILE '{sys.argv[2]}' FORMAT Parquet "
    "SETTINGS output_format_parquet_compression_method='zstd', max_threads=2")
"""
_CHDB_JSON = """
import sys, chdb
chdb.query(f"SELECT * FROM file('{sys.argv[1]}', 'JSONEachRow') INTO OUTFILE '{sys.argv[2]}' FORMAT Parquet "
    "SETTINGS output_format_parquet_compression_method='zstd', max_threads=2")
"""
_DUCKDB_JSON = """
import sys, duckdb
con = duckdb.connect()
con.execute("SET threads = 2")
con.read_json(sys.argv[1], format="newline_delimited").write_parquet(sys.argv[2], compression="zstd")
"""


class Cost(NamedTuple):
    """What one process took."""

    wall: float  # s
    cpu: float  # s, user + system
    memory: int  # MiB, peak


def run(command: Sequence[str], fresh: Path) -> Cost:
    """Run a process from start to end, with an empty folder to write to."""
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    begun = time.monotonic()
    installed = {
        name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"
    }  # as pip leaves it
    process = subprocess.Popen(command, cwd=ROOT, env=installed, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[:3]} ended with {process.returncode}: {said.decode()[-2000:]}")
    return Cost(time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss // _MIB)


def median(costs: Sequence[Cost]) -> Cost:
    """Return the medians of wall and CPU, and the highest peak of memory."""
    return Cost(
        statistics.median(cost.wall for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.memory for cost in costs),
    )


def contenders(log: Path, work: Path, chdb: str | None, *, is_json: bool) -> dict[str, list[str]]:
    """Return the commands to compare; all but the floor read the log, the floor the rows of our own case, too."""
    out, python = work / "out", sys.executable
    ours = [python, "-m", "forensics", "--threads", "2", "ingest", str(log), "-C", str(out / "case")]
    found = {"forensics ingest": ours, "floor": [python, "-c", _FLOOR, str(log), str(work / "arrow"), str(out)]}
    if is_json:
        found["DuckDB read_json"] = [python, "-c", _DUCKDB_JSON, str(log), str(out / "x.parquet")]
        if chdb:
            found["chdb JSONEachRow"] = [chdb, "-c", _CHDB_JSON, str(log), str(out / "x.parquet")]
        return found
    names = ",".join(_NAMES)
    if shutil.which("goaccess"):
        report = str(out / "report.json")
        found["GoAccess (report, no rows)"] = [
            "goaccess",
            str(log),
            "--log-format=COMBINED",
            "-o",
            report,
            "--no-progress",
        ]
    found["DuckDB regexp_extract"] = [python, "-c", _DUCKDB, str(log), str(out / "x.parquet"), _PATTERN, names]
    if chdb:
        found["chdb extractGroups"] = [chdb, "-c", _CHDB, str(log), str(out / "x.parquet"), _PATTERN, names]
    return found


def _compared(case: Path, rows: Path, kind: str) -> str:
    """Return what `rows.py` says, in a process of its own: a new one counts the memory of the one that starts it."""
    command = [sys.executable, LINES.with_name("rows.py"), case, rows, kind]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def compare(log: Path, count: int, work: Path, options: argparse.Namespace) -> list[str]:
    """Measure all contenders on one log, in turns; return the lines of a table."""
    is_json = log.suffix == ".ndjson"
    commands = contenders(log, work, options.chdb, is_json=is_json)
    ours = commands["forensics ingest"]
    (work / "arrow").mkdir(exist_ok=True)
    run(ours, work / "out")  # warms the page cache, too
    case = work / "case"
    shutil.rmtree(case, ignore_errors=True)
    (work / "out" / "case").rename(case)
    subprocess.run([sys.executable, "-c", _LOAD, str(case), str(work / "arrow")], check=True)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    same: dict[str, str] = {}
    for _ in range(options.repeat):
        for name, command in commands.items():
            costs[name].append(run(command, work / "out"))
            rows = work / "out" / "x.parquet"
            if rows.exists() and name not in same:
                same[name] = _compared(case, rows, "json" if is_json else "combined").replace(str(rows), name)
    for folder in (work / "arrow", case):
        shutil.rmtree(folder)
    floor = median(costs["floor"]).cpu
    size = log.stat().st_size / 1e6
    table = [
        f"{count:,} lines of {log.suffix[1:]}, {size:,.0f} MB:",
        "",
        "| | CPU s | of the floor | wall s | cores busy | lines per CPU s | peak MiB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, each in ((name, median(held)) for name, held in costs.items()):
        speed = f"{each.wall:.1f} | {each.cpu / each.wall:.2f} | {count / each.cpu:,.0f} | {each.memory:,}"
        table.append(f"| {name} | {each.cpu:.1f} | {each.cpu / floor:.2f} | {speed} |")
    return [*table, "", "Values and rows that only ours have:", "", *(f"- {each}" for each in same.values()), ""]


def main() -> int:
    """Measure as the command line says and print a table per log."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--json-lines", type=int, default=2_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--chdb", help="python of a virtual environment that has chdb")
    parser.add_argument("--work", type=Path, default=Path("/tmp/forensics-bench"))  # noqa: S108 - a default to be seen
    parser.add_argument("--write", type=Path, help="append the figures to this file")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    before = os.getloadavg()
    tables = []
    for name, count in (("a.log", options.lines), ("a.ndjson", options.json_lines)):
        if count:
            log = options.work / f"{count}-{name}"
            subprocess.run([sys.executable, str(LINES), str(log), str(count)], check=True)
            tables += compare(log, count, options.work, options)
    after = os.getloadavg()[0]
    load = f"Load of the machine (1 minute): {before[0]:.1f} before, {after:.1f} after; {os.cpu_count()} cores."
    text = "\n".join([f"`python {' '.join(sys.argv)}`, medians of {options.repeat}:", "", *tables, load, ""])
    print(text)  # noqa: T201 - its result
    if options.write:
        with options.write.open("a", encoding="utf-8") as stream:
            stream.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
