"""A case that no longer agrees with what it recorded."""

from pathlib import Path

import pytest

from forensics.case import Case, check_custody
from forensics.custody import Anchor
from forensics.errors import CaseError
from forensics.evidence import Expected, Verified, verify
from forensics.schema import EXHIBITS, LOG_FILES, Table
from forensics.sources import file_sha256


def change(case: Case, table: Table, row: int, **values: object) -> None:
    rows = case.read(table).to_pylist()
    rows[row] |= values
    case.write(table, case.read(table).from_pylist(rows, schema=table.arrow()))


def test_untouched_case_has_no_problems_and_says_what_is_out_of_reach(case: Case) -> None:
    _, head = check_custody(case.folder / "custody.jsonl")
    verified = verify(case.folder)
    assert verified == Verified(
        "case",
        files=verified.files,
        lines=15,
        problems=(),
        notes=(
            f"the chain of custody has 2 entries and ends in {head}: compare with report and package",
            "lost.log is out of reach: neither it nor its 3 citations were checked",
        ),
    )
    assert verified.files == len(list(case.folder.rglob("*.parquet"))) + 6


def test_removed_custody_line_is_named(case: Case) -> None:
    path = case.folder / "custody.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[1])
    assert verify(case.folder).problems == ("custody.jsonl line 1 was removed before line 1",)


@pytest.mark.parametrize("line", ["not json", "1", "[]", '"text"', "null", ""])
def test_custody_line_that_is_no_entry_is_named(case: Case, line: str) -> None:
    path = case.folder / "custody.jsonl"
    path.write_text(path.read_text().splitlines()[0] + f"\n{line}\n")
    assert verify(case.folder).problems == ("custody.jsonl line 2 is not a JSON object",)


def test_custody_line_nested_without_end_is_a_problem_and_no_crash(case: Case) -> None:
    (case.folder / "custody.jsonl").write_text('{"a":' + "[" * 100_000 + "\n")
    assert verify(case.folder).problems == ("custody.jsonl line 1 is not a JSON object",)


def test_cut_tail_is_found_by_what_an_export_saw(case: Case) -> None:
    length, head = check_custody(case.folder / "custody.jsonl")
    case.looked("export", {"custody_length": length, "custody_head": head})
    case.record("analyze", {"note": "two"})
    assert verify(case.folder).problems == (), "a chain may grow"
    path = case.folder / "custody.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    (problem,) = verify(case.folder).problems
    assert problem.startswith("custody.jsonl, against the package exported 20")
    assert problem.endswith(": ends at line 1: it was sealed with 2 lines, the last are gone")


def test_cut_tail_is_found_by_length_and_head_that_somebody_noted(case: Case) -> None:
    noted = Anchor(*check_custody(case.folder / "custody.jsonl"))
    path = case.folder / "custody.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert verify(case.folder).problems == ()
    assert verify(case.folder, Expected(chain=noted)).problems == (
        "custody.jsonl, against the chain you expect: ends at line 1: it was sealed with 2 lines, the last are gone",
    )


def test_half_a_custody_line_is_a_note(case: Case) -> None:
    path = case.folder / "custody.jsonl"
    path.write_bytes(path.read_bytes() + b'{"action":"ing')
    found = verify(case.folder)
    assert (found.problems, "half a line" in found.notes[1]) == ((), True)


def test_missing_custody_log_is_a_problem(case: Case) -> None:
    (case.folder / "custody.jsonl").unlink()
    assert verify(case.folder).problems == ("custody.jsonl is missing or empty",)


def test_case_of_another_version_is_refused(case: Case) -> None:
    (case.folder / "custody.jsonl").write_text('{"prev":"' + "0" * 64 + '","seq":1,"detail":{"case_format":99}}\n')
    with pytest.raises(CaseError, match="was not written by this version"):
        verify(case.folder)


def test_damaged_table_is_named(case: Case) -> None:
    path = next((case.folder / "tables/events").rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-9])
    (problem,) = verify(case.folder).problems
    assert problem.startswith(f"{path.relative_to(case.folder)} cannot be read: ")


def test_table_that_custody_names_by_hash_is_compared(case: Case) -> None:
    path = case.folder / "tables/incidents.parquet"
    case.record("context", {"outputs": {"tables/incidents.parquet": file_sha256(path), "tables/terms.parquet": "0"}})
    assert verify(case.folder).problems == ("tables/terms.parquet is missing",)
    case.record("context", {"outputs": {"tables/incidents.parquet": "0" * 64, "tables/terms.parquet": "0"}})
    assert verify(case.folder).problems[0] == "tables/incidents.parquet changed since it was recorded"


def test_records_that_do_not_balance_are_named(case: Case) -> None:
    change(case, LOG_FILES, 1, records=4)
    assert verify(case.folder).problems == ("log_files, edge/access.log.1.gz: 4 records, but their parts are 3",)


def test_events_of_a_source_that_went_missing_are_counted(case: Case) -> None:
    content = case.read(LOG_FILES)["content_sha256"][1].as_py()
    case.forget(f"tables/events/{content[:16]}")
    assert "events of edge/access.log.1.gz: 0 rows, the register says 3" in verify(case.folder).problems


def test_events_of_a_source_nobody_registered_are_named(case: Case) -> None:
    content = case.read(LOG_FILES)["content_sha256"][5].as_py()
    case.write(LOG_FILES, case.read(LOG_FILES).slice(0, 5))
    case.write(EXHIBITS, case.read(EXHIBITS).slice(0, 5))
    assert f"events holds 1 rows of a source that log_files does not have ({content})" in verify(case.folder).problems


def test_changed_source_is_named_once(case: Case, logs: Path) -> None:
    (logs / "edge/access.log.2.bz2").write_bytes(b"somebody was here")
    (problem,) = verify(case.folder).problems
    assert problem.startswith("access.log.2.bz2 changed since it was ingested")


def test_source_without_cited_lines_is_hashed_too(case: Case, logs: Path) -> None:
    case.write(EXHIBITS, EXHIBITS.empty())
    (logs / "edge/access.log.2.bz2").write_bytes(b"somebody was here")
    assert len(verify(case.folder).problems) == 1


def test_cited_line_that_hashes_to_something_else_is_named(case: Case) -> None:
    rows = case.read(EXHIBITS).to_pylist()
    place = next(number for number, row in enumerate(rows) if row["exhibit_id"] == "E-0008")
    change(case, EXHIBITS, place, line_sha256="0" * 64)
    assert verify(case.folder).problems == (
        "exhibit E-0008: its line in edge/access.log.1.gz does not hash to line_sha256",
    )
