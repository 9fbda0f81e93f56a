"""How long a package over one large source takes: making it, and checking up to 5,000 lines one by one in sh.

    python tests/bench/package.py FOLDER [LINES [CITED]]

Writes a log of LINES lines (5,600,000 are 1 GB) and its .gz, cites CITED lines of each, exports and checks.
"""

import gzip
import hashlib
import os
import random
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa

from forensics.case import Case, write_parquet
from forensics.evidence import export, verify
from forensics.schema import EVENTS, EXHIBITS, LOG_FILES, Table


def cpu() -> float:
    own, below = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def rows(table: Table, given: list[dict[str, Any]]) -> pa.Table:
    blank = dict.fromkeys(table.names())
    return pa.Table.from_pylist([blank | row for row in given], schema=table.arrow())


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_logs(folder: Path, lines: int, cited: set[int]) -> tuple[list[tuple[int, bytes]], list[Path]]:
    """Write the same kind of lines twice, plain and gz; return offset and bytes of the lines to cite."""
    plain, packed = folder / "access.log", folder / "other.log.gz"
    found, at = [], 0
    with plain.open("wb") as one, gzip.open(packed, "wb", compresslevel=1) as two:
        for number in range(lines):
            line = (
                b'198.18.%d.%d - u-%d [07/Mar/2026:22:%02d:%02d +0000] "GET /images/%d/original.webp HTTP/1.1" 200 %d '
                b'"https://gallery.example/" "Mozilla/5.0 (X11; Linux x86_64) agent/1.0" %016x'
                % (number % 256, number % 251, number % 5000, number // 60 % 60, number % 60, number,
                   1000 + number % 997, number * 0x9E3779B97F4A7C15 % 2**64)
            )  # fmt: skip
            if number in cited:
                found.append((at, line))
            at += len(line) + 1
            one.write(line + b"\n")
            two.write(b"z" + line[1:] + b"\n")
    return found, [plain, packed]


def main(folder: Path, lines: int, cited: int) -> None:
    (folder / "logs").mkdir(parents=True)
    chosen = set(random.Random(7).sample(range(lines), cited))
    found, files = write_logs(folder / "logs", lines, chosen)
    case = Case.create(folder / "case")
    register, exhibits, places = [], [], {}
    for path in files:
        content = path
        if path.suffix == ".gz":
            content = folder / "content"
            with content.open("wb") as stream:
                subprocess.run(["gzip", "-dc", path], stdout=stream, check=True)
        stored, whole = sha256(path), sha256(content)
        register.append(
            {"log_file_sha256": stored, "content_sha256": whole, "path": path.name, "log_format": "combined",
             "bytes_on_disk": path.stat().st_size, "records": 0, "events": 0, "rejects": 0, "comments": 0, "blanks": 0,
             "duplicates": 0}
        )  # fmt: skip
        places[stored] = str(path)
        for at, line in found:
            exact = b"z" + line[1:] if path.suffix == ".gz" else line
            exhibits.append(
                {"exhibit_id": f"E-{len(exhibits) + 1}", "content_sha256": whole, "log_offset": at,
                 "log_length": len(line), "line_sha256": hashlib.sha256(exact).hexdigest(), "title": "a line"}
            )  # fmt: skip
    case.write(LOG_FILES, rows(LOG_FILES, register))
    case.write(EXHIBITS, rows(EXHIBITS, exhibits))
    write_parquet(rows(EVENTS, []), case.folder / "tables" / "events" / "0" / "0.parquet")
    case.locate(places)
    size = (folder / "logs" / "access.log").stat().st_size
    packed = files[1].stat().st_size
    say(f"{lines:,} lines, {size / 1e9:.2f} GB plain, {packed / 1e9:.2f} GB gz; {cited:,} cited of each")
    before = cpu()
    made = export(case, folder / "package", queries={}, report_files={})
    say(f"export: {cpu() - before:.1f} CPU s, {made.lines:,} lines, {made.files:,} files, {made.bytes / 1e6:.1f} MB")
    before = cpu()
    assert verify(folder / "package").problems == ()
    say(f"verify, package alone: {cpu() - before:.1f} CPU s")
    before = cpu()
    assert verify(case.folder).problems == ()
    say(f"verify, case with both sources: {cpu() - before:.1f} CPU s")
    for script, arguments in (("verify.sh", ["--sources", folder / "logs"]), ("repro.sh", [folder / "logs"])):
        before = cpu()
        command = ["sh", folder / "package" / "data" / script, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        say(f"{script}: {cpu() - before:.1f} CPU s: {'; '.join(done.stdout.splitlines())}")
    say(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB, {os.cpu_count()} cores")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(argument) for argument in sys.argv[2:4] or ("5600000", "2500")))
