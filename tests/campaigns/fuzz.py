"""Broken files by the thousand: no crash, no lost byte.

    python tests/campaigns/fuzz.py [--files 10000] [--seed 1] [--skip 0]

Every file is made of the samples of all formats, then cut, spliced, bit-flipped or mixed. Files are ingested fifty at
a time in this process, on one thread, in memory where the system has a folder for that. One batch in ten is left to
recognition, which costs most of the time; the others are read as the format their samples are of, so that what
recognition would refuse reaches the parsers, too. Each must end in the register with balanced books (the stage itself
compares bytes and lines and raises otherwise) or be refused with a reason; every event and reject must cite a range
inside its file, none may overlap. A run that was stopped goes on behind the files it told of with `--skip`.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).resolve().parents[2])]
    os.environ.setdefault("POLARS_MAX_THREADS", "1")  # threads cost more than files of some kilobytes give them to do

import polars as pl

from forensics.case import Case
from forensics.engine import Resources
from forensics.errors import ForensicsError, SourceError
from forensics.ingest import FORMATS, Options, ingest, source
from forensics.schema import EVENTS, LOG_FILES, REJECTS

BATCH = 50
RECOGNIZED = 10  # one batch in so many
TOLD = 100  # files between two lines about what was done
CHUNK = 4_000  # bytes: so that small files have many chunks


def seeds() -> dict[str, bytes]:
    """Return one file per format, made of its samples."""
    made = {}
    for form in FORMATS:
        samples = [*form.accepted, *form.rejected]
        records = [line for sample in samples for line in (*sample.beside, sample.record)]
        if records:
            made[form.name] = "".join(f"{line}\n" for line in records * 3).encode()
    return made


def cut(content: bytes, draw: random.Random) -> bytes:
    """Return a piece of a file."""
    first, last = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    return content[first:last]


def flipped(content: bytes, draw: random.Random) -> bytes:
    """Return a file with some bits turned over."""
    broken = bytearray(content)
    for _ in range(draw.randint(1, 40)):
        broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
    return bytes(broken)


def spliced(content: bytes, other: bytes, draw: random.Random) -> bytes:
    """Return the beginning of one file and the end of another."""
    return content[: draw.randrange(len(content) + 1)] + other[draw.randrange(len(other) + 1) :]


def mixed(content: bytes, other: bytes, draw: random.Random) -> bytes:
    """Return the lines of two files and some bytes that break readers, in any order."""
    lines = [*content.splitlines(keepends=True), *other.splitlines(keepends=True)]
    lines += [
        b"\x00" * 9,
        b"\r\r\n",
        b"\n\n",
        b'"',
        b"\xff\xfe",
        "\u2028\u0085".encode(),
        b"{" * 30,
        b"#Fields: time\n",
    ]
    draw.shuffle(lines)
    return b"".join(lines)


def broken(contents: Sequence[bytes], corpus: Sequence[bytes], draw: random.Random) -> bytes:
    """Return one broken file of some contents, and anything else of the corpus."""
    content, other = draw.choice(contents), draw.choice(corpus)
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: cut(content, draw),
        lambda: flipped(content, draw),
        lambda: spliced(content, other, draw),
        lambda: mixed(content, other, draw),
        lambda: flipped(mixed(content, other, draw), draw),
    )
    return draw.choice(ways)()


def fuzz(
    files: int, seed: int, folder: Path, *, skip: int = 0, tell: Callable[[int, dict[str, int]], None] | None = None
) -> dict[str, int]:
    """Ingest so many broken files; return what became of them. Raise `AssertionError` at lost bytes.

    The first `skip` files (whole batches) are made but not read. `tell` hears after each batch how far it is.
    """
    draw = random.Random(seed)
    corpus = seeds()
    contents = list(corpus.values())
    total = dict.fromkeys(("files", "read", "refused", "known", "events", "rejects", "bytes"), 0)
    defaults = source.read.__kwdefaults__ or {}
    before, defaults["chunk_size"] = defaults["chunk_size"], CHUNK
    try:
        for start in range(0, files, BATCH):
            batch = folder / f"batch-{start}"
            logs = batch / "logs"
            logs.mkdir(parents=True)
            form = draw.choice(list(corpus)) if start // BATCH % RECOGNIZED else "auto"
            own = contents if form == "auto" else [corpus[form]]
            for number in range(start, min(start + BATCH, files)):
                (logs / f"{number}.log").write_bytes(broken(own, contents, draw))
            for name, count in _ingested(batch, logs, form).items() if start >= skip else ():
                total[name] += count
            shutil.rmtree(batch)
            if tell and start >= skip:
                tell(min(start + BATCH, files), total)
    finally:
        defaults["chunk_size"] = before
    return total


def _ingested(batch: Path, logs: Path, form: str) -> dict[str, int]:
    case = Case.create(batch / "case")
    names = sorted(path.name for path in logs.iterdir())
    try:
        outcome = ingest(case, [str(logs)], Options(format=form), resources=Resources(threads=1))
    except SourceError:
        return {"files": len(names), "refused": len(names)}
    except ForensicsError as error:
        raise AssertionError(f"{batch.name} as {form}: {error}") from error
    register = case.read(LOG_FILES).to_pylist()
    known = len(outcome.known)
    refused = len(names) - len(register) - known
    assert refused == sum(
        any(w.startswith(f"{name}: ") and _is_refusal(w) for w in outcome.warnings)
        for name in _unread(names, register, outcome.known)
    ), batch
    for row in register:
        _check(case, row, (logs / str(row["path"])).stat().st_size, batch.name)
    return {
        "files": len(names),
        "read": len(register),
        "refused": refused,
        "known": known,
        **{name: sum(int(row[name]) for row in register) for name in ("events", "rejects")},
        "bytes": sum(int(row["bytes_content"]) for row in register),
    }


def _unread(names: Sequence[str], register: Sequence[dict[str, object]], known: Sequence[str]) -> list[str]:
    read = {row["path"] for row in register} | set(known)
    return [name for name in names if name not in read]


def _is_refusal(warning: str) -> bool:
    return "counted as duplicates" not in warning


def _check(case: Case, row: dict[str, object], size: int, batch: str) -> None:
    """Compare one row of the register with its file and its parts."""
    where = f"{batch}/{row['path']}"
    parts = ("events", "rejects", "comments", "blanks", "duplicates")
    assert row["records"] == sum(int(str(row[name])) for name in parts), where
    key = str(row["content_sha256"])[:16]
    ranges = []
    for table in (EVENTS, REJECTS):
        found = sorted((case.folder / "tables" / table.name / key).glob("*.parquet"))
        frames = [
            pl.read_parquet(part, columns=["log_offset", "log_length", "log_format"][: 2 + (table is EVENTS)])
            for part in found
        ]
        rows = pl.concat(frames) if frames else pl.DataFrame(schema={"log_offset": pl.Int64, "log_length": pl.Int64})
        assert rows.height == row[table.name], where
        ranges.append(rows.select("log_offset", "log_length"))
    cited = pl.concat(ranges).sort("log_offset", "log_length")
    ends = cited["log_offset"] + cited["log_length"]
    assert cited.is_empty() or (
        int(str(ends.max())) <= size and not (ends.head(-1) > cited["log_offset"].tail(-1)).any()
    ), where


def main() -> int:
    """Run the campaign as the command line says and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0)
    options = parser.parse_args()

    def tell(done: int, total: dict[str, int]) -> None:
        if done % TOLD == 0:
            print(f"up to file {done}: {total}, {time.process_time():.0f} CPU s", flush=True)  # noqa: T201 - as below

    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        total = fuzz(options.files, options.seed, Path(folder), skip=options.skip, tell=tell)
    print(f"seed {options.seed}: {total}, {time.process_time():.0f} CPU s")  # noqa: T201 - its result
    return 0


if __name__ == "__main__":
    sys.exit(main())
