import hashlib
from pathlib import Path

import pytest

from forensics.errors import IntegrityError
from forensics.schema import EXHIBITS, FINDINGS, TABLES
from tests.findings.build import Row, Story, assessed, at, filled, outage, request


def story(**more: object) -> Story:
    rows = [request(at(0, 2 * number), "ab"[number % 2], f"/jobs/{900 + number}/image") for number in range(30)]
    rows += [request(at(number), "c", status=500) for number in range(10)]
    return Story(requests=rows, incidents=[outage(at(0, 30), at(8))], **more)  # type: ignore[arg-type]


def lines_of(exhibits: list[Row]) -> list[Row]:
    return [row for row in exhibits if row["event_id"]]


def test_every_cited_line_has_the_hash_of_its_exact_bytes(tmp_path: Path) -> None:
    found = assessed(story().case(tmp_path))
    content = (tmp_path / "access.log").read_bytes()
    lines = lines_of(found.exhibits)
    assert len(lines) > 10
    for row in lines:
        span = content[row["log_offset"] : row["log_offset"] + row["log_length"]]
        assert row["line_sha256"] == hashlib.sha256(span).hexdigest()
        assert row["title"] == f"Line {int(row['event_id'][1:]) + 1} of access.log"
    said = found.one("scope", "lines")
    assert said["detail"]["lines_hashed"] == said["detail"]["lines"] == len({row["event_id"] for row in lines})


def test_exhibits_are_numbered_rows_first_and_then_lines_in_order_of_time(tmp_path: Path) -> None:
    found = assessed(story().case(tmp_path))
    numbered = [row for row in found.exhibits if row["finding_id"]]
    assert [row["exhibit_id"] for row in numbered] == [f"E-{number:04}" for number in range(1, len(numbered) + 1)]
    order = [row["finding_id"] for row in found.findings]
    assert list(dict.fromkeys(row["finding_id"] for row in numbered)) == order  # every finding has exhibits
    for finding in found.findings:
        rows, *lines = [row for row in numbered if row["finding_id"] == finding["finding_id"]]
        assert (rows["event_id"], rows["query_id"].split("/")[0].split(":")[0]) in {(None, "findings"), (None, "table")}
        assert len(lines) <= 12
        assert [row["log_offset"] for row in lines] == sorted({row["log_offset"] for row in lines})


def test_every_table_of_the_case_is_an_exhibit(tmp_path: Path) -> None:
    found = assessed(Story(members=()).case(tmp_path))
    whole = {row["exhibit_id"]: row for row in found.exhibits if row["finding_id"] is None}
    assert list(whole) == [f"TAB-{table.name}" for table in TABLES]
    assert whole["TAB-clusters"]["query_id"] == "table:clusters"
    assert (
        whole["TAB-clusters"]["title"] == "Table clusters: one group of linked accounts; a pair is a cluster of size 2"
    )


def test_rows_conform_to_the_tables_they_are_written_to(tmp_path: Path) -> None:
    found = assessed(story().case(tmp_path))
    assert list(found.findings[0]) == FINDINGS.names()
    assert list(found.exhibits[0]) == EXHIBITS.names()
    assert len({row["exhibit_id"] for row in found.exhibits}) == len(found.exhibits)
    harvest = found.one("harvest")
    expected = hashlib.sha256(f"harvest|{harvest['cluster_id']}|".encode()).hexdigest()[:8]
    assert harvest["finding_id"] == f"F-{expected}"


def test_lines_of_a_source_that_is_gone_are_kept_without_a_hash_and_counted(tmp_path: Path) -> None:
    case = story().case(tmp_path)
    (tmp_path / "access.log").unlink()
    found = assessed(case)
    assert {row["line_sha256"] for row in lines_of(found.exhibits)} == {None}
    said = found.one("scope", "lines")
    assert (said["detail"]["lines_hashed"], said["detail"]["lines_unread"]) == (0, said["detail"]["lines"])
    assert "could not be re-read" in said["statement"]
    assert said["severity"] == "low"


def test_a_changed_source_stops_the_stage(tmp_path: Path) -> None:
    case = story().case(tmp_path)
    path = tmp_path / "access.log"
    path.write_bytes(path.read_bytes().replace(b"jobs", b"jabs", 1))
    with pytest.raises(IntegrityError, match=r"access\.log changed"):
        assessed(case)


def test_rows_of_parquet_sources_have_no_line_hash(tmp_path: Path) -> None:
    found = assessed(story(event={"parse_flags": ["not_byte_addressable"]}).case(tmp_path))
    assert {row["line_sha256"] for row in lines_of(found.exhibits)} == {None}
    said = found.one("scope", "lines")["detail"]
    assert (said["lines_not_addressable"], said["lines_unread"]) == (said["lines"], 0)


def test_two_runs_give_equal_tables(tmp_path: Path) -> None:
    case = story().case(tmp_path)
    first, second = assessed(case), assessed(case)
    assert filled(FINDINGS, first.findings).equals(filled(FINDINGS, second.findings))
    assert first.exhibits == second.exhibits
