"""Real lines written by nobody on this project: every byte of them is accounted for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics.case import Case
from forensics.errors import SourceError
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

pytestmark = pytest.mark.samples
Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
MALFORMED = {
    "apache/hub__apache2-malformed__apache2-logs.log": 11,
    "nginx/hub__nginx-http-malformed__nginx_http-logs.log": 12,
}
NO_LOGS = (
    *("apache/hub__apache2-logs__config.yaml", "apache/lnav__logfile_syslog_with_access_log.0"),
    "ndjson_edge/lnav__logfile_json_subsec.json",
)
READ = {
    "apache/beats__apache2-access__darwin-2.4.23.log": (6, 0),
    "apache/beats__apache2-access__test.log": (4, 0),
    "apache/beats__apache2-access__ubuntu-2.2.22.log": (9, 0),
    "apache/hub__apache2-logs__apache2-logs.log": (7, 2),
    "apache/lnav__logfile_access_log.1": (1, 0),
    "apache/lnav__logfile_bad_access_log.0": (2, 1),
    "apache/lnav__logfile_regexp_access_log.0": (2, 0),
    "apache/plaso__apache_access.log": (15, 0),
    "nginx/beats__nginx-access__access.log": (12, 0),
    "nginx/beats__nginx-access__test.log": (7, 0),
    "nginx/hub__nginx_http-logs__nginx_http-logs.log": (7, 2),
    "nginx/lnav__logfile_shop_access_log.0": (1000, 0),
    "ndjson_edge/lnav__logfile_invalid_json.json": (4, 1),
    "ndjson_edge/lnav__logfile_invalid_json2.json": (2, 1),
    "ndjson_edge/lnav__logfile_json_invalid.json": (12, 1),
    "ndjson_edge/lnav__logfile_mixed_json2.json": (13, 5),
    "ndjson_edge/lnav__logfile_nested_json.json": (13, 0),
}


def find(samples: Path, name: str) -> Path:
    return samples / "formats" / name if (samples / "formats").is_dir() else samples / name


@pytest.mark.parametrize(("name", "expected"), READ.items(), ids=READ)
def test_every_byte_of_a_real_log_is_accounted_for(
    name: str, expected: tuple[int, int], samples: Path, case: Case, read: Read, rows: Rows
) -> None:
    log = find(samples, name)
    read(case, log)
    (row,) = rows(case, LOG_FILES)
    assert (row["events"], row["rejects"]) == expected
    assert row["records"] == row["lines"] == row["events"] + row["rejects"] + row["comments"] + row["blanks"]
    content = log.read_bytes()
    kept = rows(case, EVENTS) + rows(case, REJECTS)
    lines = content.split(b"\n")
    for each in kept:
        exact = content[each["log_offset"] : each["log_offset"] + each["log_length"]]
        assert exact == lines[each["log_line"] - 1]
    blank = sum(not line.strip() for line in lines[: row["lines"]])
    assert len(kept) + blank == row["lines"]


@pytest.mark.parametrize(("name", "count"), MALFORMED.items(), ids=MALFORMED)
def test_malformed_requests_are_events(
    name: str, count: int, samples: Path, case: Case, read: Read, rows: Rows
) -> None:
    outcome = read(case, find(samples, name))
    events = rows(case, EVENTS)
    assert len(events) == count
    assert {event["http_request_method"] for event in events} == {None}
    assert all(event["parse_flags"] == ["malformed_request"] for event in events)
    assert not outcome.partial


@pytest.mark.parametrize("name", NO_LOGS)
def test_what_is_no_access_log_is_refused_with_a_reason(name: str, samples: Path, case: Case, read: Read) -> None:
    with pytest.raises(SourceError) as caught:
        read(case, find(samples, name))
    assert caught.value.hint


def test_a_byte_identical_copy_is_one_source(samples: Path, case: Case, read: Read, rows: Rows) -> None:
    copies = [find(samples, f"apache/lnav__logfile_access_log{name}.0") for name in ("", "_dupe")]
    outcome = read(case, *copies)
    assert [row["path"] for row in rows(case, LOG_FILES)] == ["lnav__logfile_access_log.0"]
    assert outcome.known == ("lnav__logfile_access_log_dupe.0",)
    assert len(rows(case, EVENTS)) == 3
