"""A chain of custody that somebody touched: each change is located."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.case import Case
from forensics.custody import Anchor, anchor, chained, deviations, software, whole_lines

LENGTH = 9


def chain(folder: Path, length: int = LENGTH) -> list[bytes]:
    for number in range(length):
        chained(folder / "custody.jsonl", {"action": "ingest", "detail": {"n": number}})
    return whole_lines(folder / "custody.jsonl")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return chain(tmp_path_factory.mktemp("chain"))


def test_whole_chain_has_no_deviations(lines: list[bytes]) -> None:
    assert deviations(lines) == []
    assert deviations(lines, anchor(lines)) == []
    assert anchor(lines) == Anchor(LENGTH, hashlib.sha256(lines[-1]).hexdigest())


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_every_changed_byte_is_located_in_its_line(lines: list[bytes], data: st.DataObject) -> None:
    number = data.draw(st.integers(1, LENGTH))
    line = bytearray(lines[number - 1])
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    if b"\n" in line:
        return  # two lines now: the test of added lines
    touched = [*lines[: number - 1], bytes(line), *lines[number:]]
    problems = deviations(touched, anchor(lines))
    assert any(problem.startswith((f"line {number} changed", f"line {number} is not")) for problem in problems), (
        problems
    )
    assert len(problems) <= 2


@pytest.mark.parametrize("number", range(1, LENGTH))
def test_removed_line_is_located_by_its_number(lines: list[bytes], number: int) -> None:
    problems = deviations([*lines[: number - 1], *lines[number:]], anchor(lines))
    assert problems[0] == f"line {number} was removed before line {number}"


def test_several_removed_lines_are_located(lines: list[bytes]) -> None:
    assert deviations([*lines[:2], *lines[5:]]) == ["lines 3 to 5 were removed before line 3"]


@pytest.mark.parametrize("number", range(1, LENGTH))
def test_two_lines_that_changed_places_are_located(lines: list[bytes], number: int) -> None:
    touched = [*lines[: number - 1], lines[number], lines[number - 1], *lines[number + 1 :]]
    text = "; ".join(deviations(touched, anchor(lines)))
    assert f"line {number} follows from line {number + 1}: lines were moved" in text


def test_repeated_and_foreign_lines_are_located(lines: list[bytes], tmp_path: Path) -> None:
    assert "line 4 follows from line 2: lines were moved, or put in between" in deviations([*lines[:3], *lines[2:]])
    foreign = chain(tmp_path, 5)[4]
    assert deviations([*lines[:4], foreign, *lines[4:]])[-1].startswith("line 6 follows from line 4")


def test_truncated_chain_is_found_by_its_anchor_only(lines: list[bytes]) -> None:
    assert deviations(lines[:-2]) == []
    assert deviations(lines[:-2], anchor(lines)) == [
        f"ends at line {LENGTH - 2}: it was sealed with {LENGTH} lines, the last are gone"
    ]
    assert deviations([], anchor(lines)) == [f"ends at line 0: it was sealed with {LENGTH} lines, the last are gone"]


def test_lines_added_after_sealing_are_located(lines: list[bytes]) -> None:
    assert deviations(lines, anchor(lines[:-2])) == [
        f"lines {LENGTH - 1} to {LENGTH} were added after the chain was sealed"
    ]


def test_chain_rewritten_from_a_line_on_is_found_by_its_anchor(lines: list[bytes], tmp_path: Path) -> None:
    """Whoever can write the file can make a new chain: only what is kept elsewhere tells."""
    (tmp_path / "custody.jsonl").write_bytes(b"".join(line + b"\n" for line in lines[:4]))
    forged = chain(tmp_path, LENGTH - 4)
    assert deviations(forged) == []
    assert deviations(forged, anchor(lines)) == [f"line {LENGTH} changed: the sealed head is {anchor(lines).head}"]


def test_entry_says_version_settings_operator_and_software(case: Case) -> None:
    entry = list(case.entries())[-1]
    assert {"action", "detail", "seq", "prev", "time", "operator", "tool", "settings_sha256", "packages"} == set(entry)
    assert entry["packages"] == dict(software())
    assert {"forensics", "duckdb", "polars", "pyarrow", "python"} <= set(entry["packages"])
    version, sha256 = entry["packages"]["duckdb"].split()
    assert (version.split(".")[0], len(sha256)) == ("2", 64)


def test_half_line_left_by_a_crash_does_not_break_the_chain(case: Case) -> None:
    path = case.folder / "custody.jsonl"
    path.write_bytes(path.read_bytes() + b'{"action":"ing')
    case.record("analyze", {"note": "two"})
    lines = whole_lines(path)
    assert [json.loads(line)["seq"] for line in lines] == [1, 2, 3]
    assert deviations(lines) == []
