"""What is done is not read again: bytes are counted where they are read, and nothing is believed that changed."""

import gzip
import io
import json
import os
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pytest

from forensics import sources
from forensics.case import Case
from forensics.errors import SourceError
from forensics.evidence.check_case import verify_case
from forensics.ingest import documents, memory, reader, source
from forensics.ingest.envelopes import fragments
from forensics.ingest.formats import parquet
from forensics.ingest.stamp import Stamp
from forensics.schema import EVENTS, LOG_FILES, Table
from tests.ingest.test_batches import document, span
from tests.ingest.test_resume import Killed, contents, interrupted, parsed_chunks

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Lines = Callable[[int], bytes]
Read = Callable[..., Any]
Make = Callable[[str], Case]
PART, BLOCK, LONGEST = 20_000, 4_096, 8_000


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make files of some hundred kilobytes long ones."""
    monkeypatch.setattr(source.read, "__kwdefaults__", {**(source.read.__kwdefaults__ or {}), "chunk_size": PART})
    monkeypatch.setattr(sources, "BLOCK", BLOCK)
    monkeypatch.setattr(reader, "LONGEST", LONGEST)
    monkeypatch.setattr(documents, "LONGEST", LONGEST)
    monkeypatch.setattr(fragments, "LONGEST", LONGEST)
    monkeypatch.setattr(memory, "LEAST", 0)
    monkeypatch.setattr(parquet, "ROWS", 50)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the bytes of each file, by name, that are read from now on; opening one counts, too."""
    seen: Counter[str] = Counter()
    blocks, open_file = sources.blocks, sources.open_file

    def count_blocks(path: Path, start: int = 0) -> Iterator[bytes]:
        for block in blocks(path, start):
            seen[path.name] += len(block)
            yield block

    def count_opened(path: Path) -> BinaryIO:
        if path.suffix != ".parquet":  # tables of the case are hashed, too
            seen[path.name] += 0
        return open_file(path)

    monkeypatch.setattr(sources, "blocks", count_blocks)
    monkeypatch.setattr(sources, "open_file", count_opened)
    return seen


def written(path: Path, content: bytes) -> Path:
    """Write a file and let the clock of the file system go on."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    time.sleep(0.03)
    return path


W3C = "#Version: 1.0\n#Fields: date time c-ip cs-username cs-method cs-uri-stem sc-status\n"


def w3c(count: int) -> bytes:
    """Return W3C lines with a second header in the middle that swaps two columns."""
    line = "2026-03-02 {hour}:05:{second:02d} {who} GET /jobs/{n} 200\n"
    address, user = "198.18.0.1{0}", "u-{0}"
    one, two = (
        "".join(line.format(hour=hour, second=n % 60, n=n, who=" ".join(pair).format(n % 7)) for n in range(count))
        for hour, pair in (("04", (address, user)), ("05", (user, address)))
    )
    return (W3C + one + W3C.replace("c-ip cs-username", "cs-username c-ip") + two).encode()


def listed(count: int) -> bytes:
    rows = [
        {"timestamp": f"2026-03-02T04:05:{n % 60:02d}Z", "user_id": f"u-{n % 7}", "path": f"/jobs/{n}", "status": 200}
        for n in range(count)
    ]
    return json.dumps({"records": rows}, indent=1).encode()


def in_pieces(content: bytes) -> bytes:
    """Return lines as a container runtime writes them, each cut into two pieces."""
    head = b"2026-03-02T04:05:06Z stdout"
    return b"".join(b"%s P %s\n%s F %s\n" % (head, line[:40], head, line[40:]) for line in content.splitlines())


def spans_of(count: int) -> bytes:
    batches = (document("web", f"u-{n % 7}", span(3 * n), span(3 * n + 1), span(3 * n + 2)) for n in range(count))
    return "\n".join(map(json.dumps, batches)).encode()


def table(count: int) -> bytes:
    lines = [f'2026-03-02T04:05:{n % 60:02d}Z,u-{n % 7},"/jobs/\n{n}"\n' for n in range(count)]
    return ("time,user_id,path\n" + "".join(lines)).encode()


def rows_of_parquet(count: int) -> bytes:
    held = io.BytesIO()
    frame = pl.DataFrame({"time": [f"2026-03-02T04:05:{n % 60:02d}Z" for n in range(count)]})
    frame = frame.with_columns(pl.Series("user_id", [f"u-{n % 7}" for n in range(count)]))
    frame.write_parquet(held, row_group_size=120, use_pyarrow=True)
    return held.getvalue()


KINDS = ("plain", "gzip", "w3c", "document", "table", "pieces", "spans", "utf16", "utf16 document", "parquet")


@pytest.fixture(params=KINDS)
def log(request: pytest.FixtureRequest, combined: Lines, tmp_path: Path) -> Path:
    """Return a log of many chunks in each of the ways in which a stream is cut."""
    content = {
        "plain": lambda: combined(1000) + b"junk\n" + combined(900),
        "gzip": lambda: gzip.compress(combined(2000)),
        "w3c": lambda: w3c(1500),
        "document": lambda: listed(1500),
        "table": lambda: table(5000),
        "pieces": lambda: in_pieces(combined(1500)),
        "spans": lambda: spans_of(400),
        "utf16 document": lambda: listed(1500).decode().encode("utf-16"),
        "utf16": lambda: combined(2200).decode().encode("utf-16"),
        "parquet": lambda: rows_of_parquet(500),
    }[request.param]()
    return written(tmp_path / "access.log", content)


def test_a_killed_run_is_taken_up_in_the_middle_of_any_kind_of_source(
    case: Case, another: Make, log: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(read, case, log, monkeypatch, after=3)
    interrupted(read, case, log, monkeypatch, after=5)
    seen = parsed_chunks(monkeypatch)
    read(case, log)
    last = max(seen)
    assert last > 6
    assert seen == list(range(5, last + 1))
    undisturbed = another("undisturbed")
    read(undisturbed, log)
    assert contents(case) == contents(undisturbed)
    assert verify_case(case.folder).problems == ()
    assert not (case.folder / "private" / "resume").exists()


def test_a_resumed_run_reads_only_what_is_not_done(
    case: Case, combined: Lines, read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, counted: Counter[str]
) -> None:
    log = written(tmp_path / "access.log", combined(2000))
    interrupted(read, case, log, monkeypatch, after=5)
    counted.clear()
    read(case, log)
    size = log.stat().st_size
    assert 0 < counted["access.log"] <= size - 5 * PART + BLOCK
    assert size > 9 * PART


def test_a_killed_run_of_parquet_skips_the_row_groups_that_are_done(tmp_path: Path) -> None:
    log = written(tmp_path / "a.parquet", rows_of_parquet(500))
    whole, rest = list(parquet.batches(log)), list(parquet.batches(log, 170))
    assert [ordinal for ordinal, _ in whole] == [0, 50, 100, 120, 170, 220, 240, 290, 340, 360, 410, 460, 480]
    assert [ordinal for ordinal, _ in rest] == [170, 220, 240, 290, 340, 360, 410, 460, 480]
    for (_, one), (_, two) in zip(whole[4:], rest, strict=True):
        assert one.equals(two)


def test_a_file_whose_time_was_set_back_is_read_from_its_beginning(
    case: Case, another: Make, combined: Lines, read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = written(tmp_path / "access.log", combined(2000))
    times = log.stat().st_atime_ns, log.stat().st_mtime_ns
    interrupted(read, case, log, monkeypatch, after=5)
    with log.open("r+b") as stream:  # the same inode, the same size
        stream.write(combined(1).replace(b"198.18.0.0", b"198.18.9.9"))
    os.utime(log, ns=times)
    time.sleep(0.03)
    read(case, log)
    undisturbed = another("undisturbed")
    read(undisturbed, log)
    assert contents(case) == contents(undisturbed)
    assert verify_case(case.folder).problems == ()


@pytest.mark.parametrize("at", [30, -30], ids=["done", "not done"])
def test_a_change_that_no_time_shows_is_never_recorded_as_what_was_identified(
    at: int, case: Case, combined: Lines, read: Read, rows: Rows, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    original = combined(2000)
    log = written(tmp_path / "access.log", original)
    interrupted(read, case, log, monkeypatch, after=5)
    stamp = Stamp.of(log)
    changed = bytearray(original)
    changed[at] ^= 1
    log.write_bytes(changed)
    with monkeypatch.context() as patch:
        patch.setattr(Stamp, "of", classmethod(lambda *_: stamp))
        if at < 0:
            with pytest.raises(SourceError, match="changed while it was read"):
                read(case, log)
            assert rows(case, LOG_FILES) == []
            return
        read(case, log)
    assert rows(case, EVENTS)[0]["source_ip"] == "198.18.0.0"  # what was read is what was identified
    assert any("changed since it was ingested" in problem for problem in verify_case(case.folder).problems)


def test_new_files_on_an_old_case_cost_only_themselves(
    case: Case, combined: Lines, read: Read, tmp_path: Path, counted: Counter[str]
) -> None:
    folder = tmp_path / "logs"
    for number in range(3):
        written(folder / f"{number}.log", combined(300 + number))
    read(case, folder)
    written(folder / "new.log", combined(400))
    counted.clear()
    outcome = read(case, folder)
    assert outcome.known == ("0.log", "1.log", "2.log")
    assert set(counted) == {"new.log"}
    assert verify_case(case.folder).problems == ()


def test_a_renamed_old_file_is_not_read_again(
    case: Case, combined: Lines, read: Read, tmp_path: Path, counted: Counter[str]
) -> None:
    folder = tmp_path / "logs"
    old = written(folder / "access.log", combined(300))
    read(case, folder)
    old.rename(folder / "access.log.1")
    written(folder / "access.log", combined(700)[-9000:].replace(b"02/Mar", b"03/Mar"))
    counted.clear()
    outcome = read(case, folder)
    assert outcome.known == ("access.log.1",)
    assert counted["access.log.1"] == 0
    assert [row["path"] for row in case.read(LOG_FILES).to_pylist()] == ["access.log", "access.log"]


def test_a_known_archive_is_not_opened_again(
    case: Case, combined: Lines, read: Read, tmp_path: Path, counted: Counter[str]
) -> None:
    packed = tmp_path / "logs.tar.gz"
    with tarfile.open(packed, "w:gz") as archive:
        for name, content in (("a.log", combined(300)), ("b.log", combined(200))):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    time.sleep(0.03)
    first = read(case, packed)
    counted.clear()
    again = read(case, packed)
    assert again.known == ("logs.tar.gz!a.log", "logs.tar.gz!b.log") == tuple(first.files["path"].to_pylist())
    assert not counted


def test_without_its_memory_a_case_reads_again_and_says_the_same(
    case: Case, combined: Lines, read: Read, tmp_path: Path
) -> None:
    folder = tmp_path / "logs"
    written(folder / "a.log", combined(300))
    read(case, folder)
    before = contents(case)
    (case.folder / "private" / "identified.jsonl").unlink()
    assert read(case, folder).known == ("a.log",)
    assert contents(case) == before


def test_half_a_line_of_memory_is_cut_off(case: Case, combined: Lines, read: Read, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    written(folder / "a.log", combined(300))
    read(case, folder)
    held = case.folder / "private" / "identified.jsonl"
    whole = held.read_bytes()
    held.write_bytes(whole + whole[:40])
    written(folder / "b.log", combined(301))
    read(case, folder)
    lines = held.read_bytes().split(b"\n")
    assert lines[-1] == b""
    assert [Path(json.loads(line)["path"]).name for line in lines[:-1]] == ["a.log", "b.log"]


def test_text_of_a_begun_file_is_gone_when_the_command_is_done(
    case: Case, combined: Lines, read: Read, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = written(tmp_path / "access.log", combined(2000))
    interrupted(read, case, log, monkeypatch, after=5)
    assert len(list((case.folder / "private" / "resume").iterdir())) == 2
    (tmp_path / "b.log").write_bytes(combined(5))
    monkeypatch.setattr(Case, "record", _dies)
    with pytest.raises(Killed):
        read(case, tmp_path / "b.log")
    monkeypatch.undo()
    read(case, tmp_path / "b.log")
    assert not (case.folder / "private" / "resume").exists()


def _dies(*_: object) -> None:
    raise Killed
