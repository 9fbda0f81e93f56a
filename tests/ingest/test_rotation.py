"""Rotated and grown files: one run of equal bytes is a copy, equal lines elsewhere are requests."""

import gzip
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from forensics.case import Case
from forensics.evidence.check_case import verify_case
from forensics.ingest import copies, rotation, source
from forensics.ingest.gather import Named
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Lines = Callable[[int], bytes]
Read = Callable[..., Any]
Make = Callable[[str], Case]


def counted(case: Case) -> dict[str, tuple[int, int, int]]:
    """Name to records, events and duplicates."""
    rows = case.read(LOG_FILES).to_pylist()
    for row in rows:
        parts = ("events", "rejects", "comments", "blanks", "duplicates")
        assert row["records"] == sum(row[name] for name in parts)
    return {row["path"]: (row["records"], row["events"], row["duplicates"]) for row in rows}


@pytest.fixture
def lines(combined: Lines) -> list[bytes]:
    return combined(100).splitlines(keepends=True)


def write(folder: Path, **files: list[bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / name.replace("_", ".")
        path.write_bytes((gzip.compress if path.suffix == ".gz" else bytes)(b"".join(content)))
    return folder


def test_what_two_rotated_files_share_at_their_border_is_counted_once(
    case: Case, lines: list[bytes], read: Read, rows: Rows, tmp_path: Path
) -> None:
    logs = write(tmp_path / "logs", access_log_2_gz=lines[:40], access_log_1=lines[30:70], access_log=lines[66:])
    outcome = read(case, logs, threads=2)
    assert counted(case) == {
        "access.log.2.gz": (40, 40, 0),
        "access.log.1": (40, 30, 10),
        "access.log": (34, 30, 4),
    }
    held = [event["url_path"] + event["extra"] for event in rows(case, EVENTS)]
    assert len(held) == len(set(held)) == 100
    said = (
        "{}: its first {} records are the last ones of {}, byte for byte: they are counted as duplicates, not requests"
    )
    assert outcome.warnings == (
        said.format("access.log.1", 10, "access.log.2.gz"),
        said.format("access.log", 4, "access.log.1"),
    )
    assert not outcome.partial
    assert verify_case(case.folder).problems == ()


def test_events_behind_duplicates_keep_their_place(
    case: Case, lines: list[bytes], read: Read, rows: Rows, tmp_path: Path
) -> None:
    newer = b"".join(lines[30:70])
    read(case, write(tmp_path / "logs", access_log_1=lines[:40], access_log=lines[30:70]))
    sha256 = next(row["content_sha256"] for row in rows(case, LOG_FILES) if row["path"] == "access.log")
    own = [event for event in rows(case, EVENTS) if event["content_sha256"] == sha256]
    found = [newer[event["log_offset"] : event["log_offset"] + event["log_length"]] + b"\n" for event in own]
    assert found == lines[40:70]
    assert [event["log_line"] for event in own] == list(range(11, 41))


def test_chunks_and_threads_do_not_change_what_is_a_duplicate(
    case: Case,
    another: Make,
    lines: list[bytes],
    read: Read,
    rows: Rows,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logs = write(tmp_path / "logs", access_log_1=lines[:60], access_log=lines[20:])
    read(case, logs)
    small = another("small")
    monkeypatch.setattr(source.read, "__kwdefaults__", {**(source.read.__kwdefaults__ or {}), "chunk_size": 1000})
    read(small, logs, threads=2)
    assert rows(case, EVENTS) == rows(small, EVENTS)
    assert rows(case, LOG_FILES) == rows(small, LOG_FILES)
    assert counted(case)["access.log"] == (80, 40, 40)


def test_equal_lines_that_are_not_at_the_border_are_requests(
    case: Case, lines: list[bytes], read: Read, tmp_path: Path
) -> None:
    read(case, write(tmp_path / "logs", access_log_1=[*lines[:40], lines[99]], access_log=lines[30:70]))
    assert counted(case) == {"access.log.1": (41, 41, 0), "access.log": (40, 40, 0)}


def test_one_line_said_again_and_again_is_no_copy(case: Case, lines: list[bytes], read: Read, tmp_path: Path) -> None:
    read(case, write(tmp_path / "logs", access_log_1=[*lines[:9], *lines[50:51] * 9], access_log=lines[50:51] * 20))
    assert counted(case) == {"access.log.1": (18, 18, 0), "access.log": (20, 20, 0)}


def test_where_more_than_one_run_fits_none_is_taken(case: Case, lines: list[bytes], read: Read, tmp_path: Path) -> None:
    cycle = lines[50:53]  # a client that asks for three things again and again within one second
    read(case, write(tmp_path / "logs", access_log_1=[*lines[:9], *cycle * 3], access_log=[*cycle * 4, *lines[60:]]))
    assert counted(case) == {"access.log.1": (18, 18, 0), "access.log": (52, 52, 0)}


def test_two_lines_are_too_few_to_tell(case: Case, lines: list[bytes], read: Read, tmp_path: Path) -> None:
    read(case, write(tmp_path / "logs", access_log_1=lines[:42], access_log=lines[40:]))
    assert counted(case) == {"access.log.1": (42, 42, 0), "access.log": (60, 60, 0)}


def test_files_of_other_sets_and_folders_share_nothing(
    case: Case, lines: list[bytes], read: Read, tmp_path: Path
) -> None:
    write(tmp_path / "web", access_log_1=lines[:40])
    write(tmp_path / "api", access_log=lines[30:70], error_log=lines[60:])
    read(case, tmp_path / "web", tmp_path / "api")
    assert counted(case) == {"access.log.1": (40, 40, 0), "access.log": (40, 40, 0), "error.log": (40, 40, 0)}


def test_a_file_that_grew_brings_only_its_new_lines(
    case: Case, lines: list[bytes], read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(lines[:40]))
    read(case, log)
    log.write_bytes(b"".join(lines[:90]))
    read(case, log)
    log.write_bytes(b"".join(lines))
    outcome = read(case, log)
    rows_by_size = sorted(rows(case, LOG_FILES), key=lambda row: int(row["bytes_content"]))
    assert [(row["records"], row["events"], row["duplicates"]) for row in rows_by_size] == [
        (40, 40, 0), (90, 50, 40), (100, 10, 90),
    ]  # fmt: skip
    assert len(rows(case, EVENTS)) == 100
    assert outcome.files["duplicates"].to_pylist() == [90]


def test_a_file_copied_in_the_middle_of_a_line_and_grown_loses_no_line(
    case: Case, lines: list[bytes], read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(lines[:40]) + lines[40][:30])
    read(case, log, max_reject_rate=0.5)
    log.write_bytes(b"".join(lines))
    read(case, log)
    assert (len(rows(case, EVENTS)), len(rows(case, REJECTS))) == (100, 1)


def test_a_file_that_changed_at_its_beginning_did_not_grow(
    case: Case, lines: list[bytes], read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(lines[:40]))
    read(case, log)
    log.write_bytes(b"".join(lines).replace(b"u-0", b"u-9", 1))
    read(case, log)
    assert len(rows(case, EVENTS)) == 140


def test_a_grown_file_keeps_the_header_it_is_read_with(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    header = "time,user_id,path\n"
    body = [f"2026-03-02T04:05:{second:02d}Z,u-{second},/a\n" for second in range(30)]
    log = tmp_path / "access.csv"
    log.write_text(header + "".join(body[:10]))
    read(case, log)
    log.write_text(header + "".join(body))
    read(case, log)
    assert [event["user_id"] for event in rows(case, EVENTS)].count("u-5") == 1
    assert len(rows(case, EVENTS)) == 30


def test_tenth_comes_after_ninth_and_old_before_new() -> None:
    names = [
        "access.log",
        "access.log.9",
        "access.log.10.gz",
        "b.log-20260302",
        "b.log-20260301.gz",
        "b.log",
        "9",
        "10",
    ]
    ordered = [each.name for each in rotation.in_order([Named(Path("/x") / name, name) for name in names])]
    assert ordered == [
        "9", "10", "access.log.10.gz", "access.log.9", "access.log", "b.log-20260301.gz", "b.log-20260302", "b.log",
    ]  # fmt: skip
    sets = {rotation.set_of(Path("/x") / name) for name in names}
    assert sets == {(Path("/x"), stem) for stem in ("9", "10", "access.log", "b.log")}
    assert rotation.set_of(Path("/y/access.log.1")) not in sets


UNTIMED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@st.composite
def sets_and_commands(draw: st.DrawFn) -> tuple[list[tuple[int, int]], list[list[int]]]:
    """Draw rotated files as stretches of one log, oldest first, and the commands that read them, in any order."""
    begin, end, stretches = 0, 0, []
    for _ in range(draw(st.integers(2, 4))):
        end = max(end + draw(st.integers(3, 25)), begin + 6)
        stretches.append((begin, end))
        begin = draw(st.sampled_from([end, end - 3, end - 4, end - 7, end - 12]))
        assume(begin > stretches[-1][0])
    shared = [one[1] - two[0] for place, one in enumerate(stretches) for two in stretches[place + 1 :]]
    assume(all(count <= 0 or count >= 3 for count in shared))  # fewer records prove nothing
    order = draw(st.permutations(range(len(stretches))))
    cuts = draw(st.sets(st.integers(1, len(stretches) - 1)))
    edges = [0, *sorted(cuts), len(stretches)]
    return stretches, [list(order[first:last]) for first, last in pairwise(edges)]


@settings(max_examples=40, deadline=None, suppress_health_check=UNTIMED)
@given(drawn=sets_and_commands())
@example(drawn=([(0, 30), (20, 50), (45, 60)], [[2], [1], [0]]))
@example(drawn=([(0, 30), (20, 50), (45, 60)], [[0], [2], [1]]))
@example(drawn=([(0, 30), (10, 34), (20, 50)], [[0, 2], [1]]))  # all three share records
@example(drawn=([(0, 30), (10, 34), (20, 50)], [[2], [0], [1]]))
@example(drawn=([(0, 6), (6, 28), (16, 31), (19, 34)], [[0, 1, 2, 3]]))
def test_in_any_order_and_over_any_commands_every_request_counts_once(
    drawn: tuple[list[tuple[int, int]], list[list[int]]],
    lines: list[bytes], read: Read, rows: Rows, tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    stretches, commands = drawn
    folder = tmp_path_factory.mktemp("set")
    (folder / "key").write_text("ab" * 32, encoding="ascii")
    newest = len(stretches) - 1
    names = [f"access.log.{newest - place}" if place < newest else "access.log" for place in range(newest + 1)]
    for name, (first, last) in zip(names, stretches, strict=True):
        write(folder / "logs", **{name: lines[first:last]})
    held = Case.create(folder / "case", folder / "key")
    for command in commands:
        read(held, *(folder / "logs" / names[place] for place in command))
    books = counted(held)
    assert {name: books[name][0] for name in books} == {
        name: last - first for name, (first, last) in zip(names, stretches, strict=True)
    }
    number = [int(re.findall("[0-9]+", event["extra"])[-1]) for event in rows(held, EVENTS)]
    wanted = {n for first, last in stretches for n in range(first, last)}
    assert sorted(number) == sorted(wanted)
    assert sum(duplicates for _, _, duplicates in books.values()) == sum(b - a for a, b in stretches) - len(wanted)


def test_an_older_file_that_comes_later_leaves_its_end_to_the_newer_one(
    case: Case, lines: list[bytes], read: Read, rows: Rows, tmp_path: Path
) -> None:
    logs = write(tmp_path / "logs", access_log_2_gz=lines[:40], access_log_1=lines[30:70], access_log=lines[66:])
    read(case, logs / "access.log.1")
    outcome = read(case, logs / "access.log.2.gz")
    assert outcome.warnings == (
        (
            "access.log.2.gz: its last 10 records are the first ones of access.log.1, byte for byte: "
            "they are counted as duplicates, not requests"
        ),
    )
    read(case, logs)
    assert counted(case) == {"access.log.2.gz": (40, 30, 10), "access.log.1": (40, 40, 0), "access.log": (34, 30, 4)}
    *_, second, third = [entry["detail"]["duplicates"] for entry in case.entries() if entry["action"] == "ingest"]
    known = {row["path"]: row for row in rows(case, LOG_FILES)}
    assert second == [
        {
            "content_sha256": known["access.log.2.gz"]["content_sha256"],
            "start": len(b"".join(lines[:30])),
            "end": len(b"".join(lines[:40])),
            "held_by": known["access.log.1"]["content_sha256"],
            "at": 0,
        }
    ]
    assert [each["start"] for each in third] == [0]
    assert verify_case(case.folder).problems == ()


def test_a_record_that_an_older_copy_holds_half_is_not_its_duplicate(
    case: Case, lines: list[bytes], read: Read, rows: Rows, tmp_path: Path
) -> None:
    logs = write(tmp_path / "logs", access_log=lines[30:70], access_log_1=[*lines[:40], lines[40][:30]])
    read(case, logs / "access.log")
    read(case, logs / "access.log.1", max_reject_rate=0.5)
    assert counted(case) == {"access.log": (40, 40, 0), "access.log.1": (41, 30, 10)}
    assert [reject["log_line"] for reject in rows(case, REJECTS)] == [41]


def test_a_shorter_copy_of_a_known_file_is_all_duplicates(
    case: Case, lines: list[bytes], read: Read, rows: Rows, tmp_path: Path
) -> None:
    write(tmp_path / "today", access_log=lines)
    write(tmp_path / "yesterday", access_log=lines[:50])
    read(case, tmp_path / "today")
    outcome = read(case, tmp_path / "yesterday")
    assert outcome.warnings == (
        (
            "access.log: its 50 records stand in access.log, too, byte for byte: "
            "they are counted as duplicates, not requests"
        ),
    )
    assert len(rows(case, EVENTS)) == 100
    assert verify_case(case.folder).problems == ()


def test_a_neighbor_that_is_gone_is_said_not_to_be_compared(
    case: Case, lines: list[bytes], read: Read, tmp_path: Path
) -> None:
    logs = write(tmp_path / "logs", access_log_1=lines[:40], access_log=lines[30:70])
    read(case, logs / "access.log.1")
    (logs / "access.log.1").unlink()
    outcome = read(case, logs)
    assert counted(case) == {"access.log.1": (40, 40, 0), "access.log": (40, 40, 0)}
    assert len(outcome.warnings) == 1
    assert "its times meet those of access.log.1, which is in the case but not where it was" in outcome.warnings[0]


CONTENT = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n"]), max_size=14)


@settings(deadline=None)
@given(CONTENT, CONTENT)
def test_an_overlap_is_the_one_run_that_fits_by_definition(
    tmp_path_factory: pytest.TempPathFactory, older: list[bytes], newer: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    before, after = b"".join(older), b"".join(newer)
    (folder / "x.1").write_bytes(before)
    (folder / "x").write_bytes(after)
    found = rotation.shared(folder / "x.1", len(before), folder / "x", after)
    short = min(len(older), len(newer))
    runs = [n for n in range(1, short + 1) if older[-n:] == newer[:n] and len(set(newer[:n])) >= 3]
    needle = next((newer[:n] for n in range(len(newer) + 1) if len(set(newer[:n])) == 3), None)
    places = sum(older[at:][: len(needle)] == needle for at in range(len(older))) if needle else 0
    expected = 2 * runs[0] if len(runs) == 1 and places < 8 else 0
    assert found == expected


@pytest.mark.parametrize("block", [1, 2, 3, 7, 50])
def test_an_overlap_is_found_wherever_blocks_end(
    block: int, lines: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forensics.sources.BLOCK", block)
    write(tmp_path, x_1=lines[:9], x=lines[4:20])
    size = (tmp_path / "x.1").stat().st_size
    found = rotation.shared(tmp_path / "x.1", size, tmp_path / "x", b"".join(lines[4:20]))
    assert found == len(b"".join(lines[4:9]))


@pytest.mark.parametrize("first", ["access.log", "access.log.1"])
def test_records_of_several_pieces_are_compared_whole(
    first: str, case: Case, lines: list[bytes], read: Read, tmp_path: Path
) -> None:
    head = b"2026-03-02T04:05:06Z stdout"
    pieces = [b"%s P %s\n%s F %s" % (head, line[:40], head, line[40:]) for line in lines]
    logs = write(tmp_path / "logs", access_log_1=pieces[:40], access_log=pieces[30:70])
    read(case, logs / first)
    read(case, logs)
    duplicates = {name: 10 * (name != first) for name in ("access.log", "access.log.1")}
    assert counted(case) == {name: (40, 40 - count, count) for name, count in duplicates.items()}


def test_a_record_that_an_excerpt_cuts_does_not_tell_where_copies_are(
    case: Case, lines: list[bytes], read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_PIECE", len(b"".join(lines[30:50])) - 2)  # ends inside the last field of a line
    logs = write(tmp_path / "logs", access_log_1=lines[:70], access_log=lines[30:])
    read(case, logs / "access.log.1")
    read(case, logs)
    assert counted(case) == {"access.log.1": (70, 70, 0), "access.log": (70, 30, 40)}
