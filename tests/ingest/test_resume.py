"""Killed, full, taken up again: any accident ends in the tables of a run that met none."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from forensics.case import Case
from forensics.errors import BusyError, ExitCode
from forensics.evidence.check_case import verify_case
from forensics.ingest import source, staging
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Lines = Callable[[int], bytes]
Read = Callable[..., Any]
Make = Callable[[str], Case]
PART = 20_000  # bytes per chunk in these tests
ROOT = Path(__file__).resolve().parents[2]


def contents(case: Case) -> dict[str, str]:
    """Every file of the tables, hidden ones too, by name and hash."""
    files = [path for path in sorted((case.folder / "tables").rglob("*")) if path.is_file()]
    return {str(path.relative_to(case.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source.read, "__kwdefaults__", {**(source.read.__kwdefaults__ or {}), "chunk_size": PART})


@pytest.fixture
def log(combined: Lines, tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_bytes(combined(1000) + b"junk\n" + combined(1000))
    return path


class Killed(BaseException):
    """What no code of ours catches."""


def interrupted(read: Read, case: Case, log: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Ingest, and die when so many chunks are finished."""
    add = staging.Staged.add

    def dies(self: staging.Staged, index: int, *rest: Any) -> None:  # noqa: ANN401
        if index >= after:
            raise Killed
        add(self, index, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(staging.Staged, "add", dies)
        with pytest.raises(Killed):
            read(case, log)


def parsed_chunks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that fills with the chunks parsed from now on."""
    seen: list[int] = []
    add = staging.Staged.add

    def noted(self: staging.Staged, index: int, *rest: Any) -> None:  # noqa: ANN401
        seen.append(index)
        add(self, index, *rest)

    monkeypatch.setattr(staging.Staged, "add", noted)
    return seen


def test_a_killed_run_goes_on_at_the_next_chunk(
    case: Case, another: Make, log: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(read, case, log, monkeypatch, after=5)
    seen = parsed_chunks(monkeypatch)
    read(case, log)
    assert seen == [5, 6, 7, 8, 9]
    undisturbed = another("undisturbed")
    read(undisturbed, log)
    assert contents(case) == contents(undisturbed)
    assert verify_case(case.folder).problems == ()


def test_a_killed_run_of_a_mixed_source_goes_on_at_the_next_chunk(
    case: Case, another: Make, combined: Lines, tmp_path: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several formats in turn (ADR 17): what the second one reads of a chunk is as settled as what the first does."""
    path = tmp_path / "mixed.log"
    event = '{{"time":"2026-03-02T04:05:{:02}Z","client_ip":"198.18.1.{}","method":"GET","path":"/b"}}'
    events = [event.format(number % 60, number % 250) for number in range(700)]
    lines = [each for pair in zip(combined(700).decode().splitlines(), events, strict=True) for each in pair]
    path.write_text("\n".join([*lines[:900], "junk", *lines[900:]]), encoding="utf-8")
    interrupted(read, case, path, monkeypatch, after=4)
    seen = parsed_chunks(monkeypatch)
    read(case, path)
    assert seen == list(range(4, -(-path.stat().st_size // PART)))
    undisturbed = another("undisturbed")
    read(undisturbed, path)
    assert contents(case) == contents(undisturbed)
    assert case.read(LOG_FILES)["log_format"].to_pylist() == ["combined + ndjson"]
    assert case.read(LOG_FILES)["rejects"].to_pylist() == [1]
    assert verify_case(case.folder).problems == ()


def test_chunks_of_other_options_are_not_taken_up(
    case: Case, another: Make, log: Path, read: Read, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(read, case, log, monkeypatch, after=5)
    seen = parsed_chunks(monkeypatch)
    read(case, log, account="ident")
    assert seen == list(range(10))
    assert {event["user_id"] for event in rows(case, EVENTS)} == {None}
    other = another("other")
    read(other, log, account="ident")
    assert contents(case) == contents(other)


def test_chunks_of_another_version_are_not_taken_up(
    case: Case, log: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(read, case, log, monkeypatch, after=5)
    monkeypatch.setattr(source, "__version__", "999")
    seen = parsed_chunks(monkeypatch)
    read(case, log)
    assert seen == list(range(10))


def test_a_chunk_whose_part_was_damaged_is_read_again(
    case: Case, log: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(read, case, log, monkeypatch, after=5)
    (part,) = case.folder.glob("tables/.staging/*/*/events/00002.parquet")
    part.write_bytes(part.read_bytes()[:-9])
    seen = parsed_chunks(monkeypatch)
    read(case, log)
    assert seen == [2, 5, 6, 7, 8, 9]
    assert verify_case(case.folder).problems == ()


def test_chunks_of_other_bytes_are_not_taken_up(
    case: Case, log: Path, read: Read, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(read, case, log, monkeypatch, after=5)
    notes = sorted(case.folder.glob("tables/.staging/*/*/chunks/*.json"))
    note = json.loads(notes[3].read_bytes())
    note["mark"][1] = "0" * 64  # as if the bytes before its end had been others
    notes[3].write_text(json.dumps(note))
    seen = parsed_chunks(monkeypatch)
    read(case, log)
    assert seen == [3, 5, 6, 7, 8, 9]
    assert len(rows(case, EVENTS)) == 2000


FULL = [errno.ENOSPC, errno.EDQUOT]


@pytest.mark.parametrize("reason", FULL, ids=["disk", "quota"])
def test_a_full_disk_is_said_kept_and_gone_on_from(
    reason: int, case: Case, another: Make, log: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    class Full(pq.ParquetWriter):  # type: ignore[misc]
        def write_table(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            nonlocal written
            written += 1
            if written > 5:
                raise OSError(reason, os.strerror(reason))
            super().write_table(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(pq, "ParquetWriter", Full)
        with pytest.raises(BusyError, match=os.strerror(reason)) as caught:
            read(case, log)
    assert caught.value.exit_code == ExitCode.TEMPORARY
    assert not (case.folder / "tables" / "events").exists()
    seen = parsed_chunks(monkeypatch)
    read(case, log)
    assert seen[0] > 1
    undisturbed = another("undisturbed")
    read(undisturbed, log)
    assert contents(case) == contents(undisturbed)


PLACES = ["publish", "write", "record", "forget"]


@pytest.mark.parametrize("place", PLACES)
def test_a_run_killed_while_it_publishes_is_made_good_by_any_next_one(
    place: str, case: Case, another: Make, combined: Lines, log: Path, read: Read, monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    other = tmp_path / "other.log"
    other.write_bytes(combined(7))
    owner, name = {
        "publish": (staging, "publish"),
        "write": (Case, "write"),
        "record": (Case, "record"),
        "forget": (staging, "forget"),
    }[place]

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, killed)
        with pytest.raises(Killed):
            read(case, log, account="ident")
    read(case, other)
    undisturbed = another("undisturbed")
    read(undisturbed, log, account="ident")
    read(undisturbed, other)
    assert contents(case) == contents(undisturbed)
    assert verify_case(case.folder).problems == ()
    entries = [entry["detail"] for entry in case.entries() if entry["action"] == "ingest"]
    read_with = {each["path"]: detail["options"]["account"] for detail in entries for each in detail["inputs"]}
    assert read_with == {"access.log": "ident", "other.log": None}
    assert len(entries) == 2


def test_a_run_killed_while_a_copy_is_adopted_is_made_good(
    case: Case, log: Path, combined: Lines, read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read(case, log)
    import gzip  # noqa: PLC0415 - only here

    copy = tmp_path / "a.gz"
    copy.write_bytes(gzip.compress(log.read_bytes()))

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Case, "record", killed)
        with pytest.raises(Killed):
            read(case, copy)
    (tmp_path / "b.log").write_bytes(combined(3))
    read(case, tmp_path / "b.log")
    assert [row["path"] for row in case.read(LOG_FILES).to_pylist()] == ["a.gz", "b.log"]
    assert verify_case(case.folder).problems == ()


def test_the_custody_entry_names_every_file_written_and_its_hash(case: Case, log: Path, read: Read) -> None:
    read(case, log)
    *_, entry = case.entries()
    assert entry["detail"]["outputs"] == contents(case)
    assert {Path(name).parts[1] for name in entry["detail"]["outputs"]} == {
        "events",
        "rejects",
        "log_files.parquet",
        "log_hours.parquet",
    }
    part = next(case.folder.glob(REJECTS.path))
    pq.write_table(pq.read_table(part), part, compression="none")
    assert verify_case(case.folder).problems == (f"{part.relative_to(case.folder)} changed since it was recorded",)


def test_killed_at_any_moment_the_same_tables_come_out(
    combined: Lines, case: Case, another: Make, read: Read, tmp_path: Path
) -> None:
    """Six real kills of a real process; tests/campaigns/kill.py does it two hundred times."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.log").write_bytes(combined(4000 + number))
    program = (
        "import sys; from pathlib import Path; from forensics.case import Case; from forensics.engine import Resources;"
        "from forensics.ingest import Options, ingest, source; source.read.__kwdefaults__['chunk_size'] = 20_000;"
        "print('ready', flush=True);"
        "ingest(Case(Path(sys.argv[1])), [sys.argv[2]], Options(), resources=Resources(threads=2))"
    )
    for delay in (0.05, 0.1, 0.2, 0.3, 0.5, 0.8):
        command = [sys.executable, "-c", program, str(case.folder), str(folder)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
    read(case, folder, threads=2)
    undisturbed = another("undisturbed")
    read(undisturbed, folder, threads=2)
    assert contents(case) == contents(undisturbed)
    assert verify_case(case.folder).problems == ()
