"""kill -9 at random moments, then go on: the tables of every resumed case equal those of an undisturbed one.

    python tests/campaigns/kill.py [--kills 200] [--megabytes 300] [--seed 1] [--work FOLDER]

A case is begun, killed after a random time, and begun again, until it has been killed four times; then it is left to
finish and compared, file by file, with a case that nobody killed. `forensics verify`'s checks must pass on it, too.
"""

import argparse
import gzip
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "bench")]

import lines  # noqa: E402 - found only by the line above

from forensics.evidence.check_case import verify_case  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
KILLS_PER_CASE = 4
LATEST = 0.6  # of the time that an undisturbed run takes: what is resumed has less to do
_LINE = 210  # bytes, about


def make(folder: Path, megabytes: int) -> None:
    """Write the set: four rotated files that share lines at their borders, one of them packed, and NDJSON."""
    folder.mkdir(parents=True)
    count = megabytes * 1_000_000 // _LINE // 6
    for number, name in enumerate(("access.log.3", "access.log.2", "access.log.1", "access.log")):
        lines.write(
            folder / name, count + 500 * (number < 3), lambda n, at, k=number: lines.combined(n, k * count + at)
        )
    packed = folder / "access.log.3"
    (folder / "access.log.3.gz").write_bytes(gzip.compress(packed.read_bytes(), 1, mtime=0))
    packed.unlink()
    lines.write(folder / "gateway.ndjson", count, lines.ndjson)


def start(case: Path, logs: Path, key: Path) -> "subprocess.Popen[bytes]":
    """Start the real command with two threads."""
    command = [
        sys.executable,
        "-m",
        "forensics",
        "--threads",
        "2",
        "--case-key",
        str(key),
        "ingest",
        str(logs),
        "-C",
        str(case),
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def contents(case: Path) -> dict[str, str]:
    """Return every file of the tables, hidden ones too, by name and hash."""
    files = [path for path in sorted((case / "tables").rglob("*")) if path.is_file()]
    return {str(path.relative_to(case)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def finish(case: Path, logs: Path, key: Path) -> float:
    """Let a run end; return how long it took."""
    begun = time.monotonic()
    _, said = (process := start(case, logs, key)).communicate()
    if process.returncode:
        raise AssertionError(f"{case.name} ended with {process.returncode}: {said.decode()}")
    return time.monotonic() - begun


def campaign(kills: int, megabytes: int, seed: int, work: Path) -> None:
    """Kill so many times; raise `AssertionError` at the first case that is not as it should be."""
    draw = random.Random(seed)
    key = work / "key"
    key.write_text("ab" * 32)
    logs = work / "logs"
    make(logs, megabytes)
    size = sum(path.stat().st_size for path in logs.iterdir())
    whole = finish(work / "undisturbed", logs, key)
    expected = contents(work / "undisturbed")
    print(f"{size / 1e6:.0f} MB in {len(expected)} files, undisturbed in {whole:.1f} s", flush=True)  # noqa: T201
    done = missed = cases = 0
    while done < kills:
        case = work / f"case-{cases}"
        for _ in range(KILLS_PER_CASE):
            process = start(case, logs, key)
            try:
                process.wait(draw.uniform(0, LATEST * whole))
                missed += 1
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                done += 1
            process.communicate()
        whole = max(1.0, 0.7 * whole + 0.3 * finish(case, logs, key))  # the machine may have other work
        assert contents(case) == expected, f"{case}: its tables differ"
        assert not (problems := verify_case(case).problems), f"{case}: {problems}"
        shutil.rmtree(case)
        cases += 1
        print(f"{done} kills, {cases} cases equal, {missed} ended before the kill", flush=True)  # noqa: T201
    print(f"seed {seed}: {done} kills, {cases} cases, all equal; {missed} ended before the kill", flush=True)  # noqa: T201


def main() -> int:
    """Run the campaign as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=None)
    options = parser.parse_args()
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        campaign(options.kills, options.megabytes, options.seed, Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
