"""The stage as a whole: books balance, nothing is read twice, and any order of work ends in the same tables."""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forensics.case import Case, check_custody
from forensics.engine import Resources
from forensics.errors import SourceError, UsageError
from forensics.ingest import Options, ingest, plan, reader, source
from forensics.ingest.reader import LONGEST
from forensics.ingest.recognize import recognize
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table
from forensics.sources import ByteRange, read_ranges

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Lines = Callable[[int], bytes]
Read = Callable[..., Any]


def contents(case: Case) -> dict[str, str]:
    """Every table file of a case by name and hash."""
    files = [path for path in sorted((case.folder / "tables").rglob("*")) if path.is_file()]
    return {str(path.relative_to(case.folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_one_file_gives_its_events_and_its_row(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(combined(3) + b"# a comment\n\nno log line\n")
    outcome = read(case, log, max_reject_rate=0.5)
    sha256 = hashlib.sha256(log.read_bytes()).hexdigest()
    (row,) = rows(case, LOG_FILES)
    assert row == {
        "log_file_sha256": sha256,
        "content_sha256": sha256,
        "path": "access.log",
        "log_format": "combined",
        "lines": 6,
        "records": 6,
        "events": 3,
        "rejects": 1,
        "comments": 1,
        "blanks": 1,
        "duplicates": 0,
        "bytes_on_disk": log.stat().st_size,
        "bytes_content": log.stat().st_size,
        "first_timestamp": row["first_timestamp"],
        "last_timestamp": row["last_timestamp"],
        "complete": True,
        "timezone": "explicit",
        "out_of_order": 0,
        "largest_gap_s": 0,
    }
    assert (row["first_timestamp"].isoformat(), row["last_timestamp"].isoformat()) == (
        "2026-03-02T04:05:00+00:00",
        "2026-03-02T04:05:02+00:00",
    )
    assert [event["event_id"] for event in rows(case, EVENTS)] == [
        f"{sha256[:16]}-{offset:015d}" for offset in (0, 88, 176)
    ]
    assert [(reject["reason"], reject["log_line"], reject["raw_masked"]) for reject in rows(case, REJECTS)] == [
        ("not_clf", 6, "no log line")
    ]
    assert (outcome.partial, outcome.warnings, outcome.known) == (False, (), ())
    assert outcome.files.to_pylist() == [row]


def test_every_event_can_be_read_again_by_offset_and_length(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    content = combined(50).replace(b"u-3", b"\xff\xfe").replace(b"\n", b"\r\n", 20) + b"oops\n" + combined(1).strip()
    log = tmp_path / "access.log.gz"
    log.write_bytes(gzip.compress(content))
    read(case, log)
    expected = [line for line in content.split(b"\n") if line != b"oops"]
    events = rows(case, EVENTS)
    ranges = [ByteRange(event["log_offset"], event["log_length"]) for event in events]
    assert [text for _, text in read_ranges(log, ranges)] == expected
    assert [content.split(b"\n")[event["log_line"] - 1] for event in events] == expected
    assert sum(event["parse_flags"] == ["invalid_utf8", "trailing_fields"] for event in events) == 7


def test_chunks_change_nothing(
    case: Case, another: Callable[[str], Case], combined: Lines, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(combined(500))
    small = another("small")
    for held, size in ((case, reader.CHUNK), (small, 1000)):
        from forensics.ingest.acquire import acquire  # noqa: PLC0415
        from forensics.ingest.gather import Named  # noqa: PLC0415
        from forensics.ingest.writer import Register  # noqa: PLC0415
        from forensics.model import silent  # noqa: PLC0415

        register = Register(held)
        one = acquire(Named(log, log.name))
        orders = Options().orders(held)
        source.read(one, register, orders, resources=Resources(threads=2), report=silent, chunk_size=size)
        register.write()
    assert rows(case, EVENTS) == rows(small, EVENTS)
    assert rows(case, LOG_FILES) == rows(small, LOG_FILES)
    assert len(list(small.folder.glob(EVENTS.path))) == len(
        {event["log_offset"] // 1000 for event in rows(case, EVENTS)}
    )


def test_threads_change_no_byte(
    case: Case,
    another: Callable[[str], Case],
    combined: Lines,
    read: Read,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(combined(2000) + b"junk\n")
    monkeypatch.setattr(source.read, "__kwdefaults__", {"chunk_size": 20_000})
    two = another("two")
    read(case, log, threads=1)
    read(two, log, threads=2)
    assert len(contents(case)) > 10
    assert contents(case) == contents(two)


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, zstd.compress], ids=lambda pack: pack.__module__
)
def test_a_compressed_copy_is_recognized(
    pack: Callable[[bytes], bytes], case: Case, combined: Lines, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(combined(10))
    (tmp_path / "b.packed").write_bytes(pack(combined(10)))
    read(case, tmp_path / "a.log")
    before = contents(case)
    outcome = read(case, tmp_path / "b.packed")
    assert (outcome.known, outcome.files.num_rows, contents(case)) == (("b.packed",), 0, before)


def test_the_same_command_again_changes_nothing(case: Case, combined: Lines, read: Read, tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_bytes(combined(10))
    (tmp_path / "logs" / "b.log").write_bytes(combined(20))
    read(case, tmp_path / "logs")
    before, custody = contents(case), (case.folder / "custody.jsonl").read_bytes()
    outcome = read(case, tmp_path / "logs")
    assert outcome.known == ("a.log", "b.log")
    assert (contents(case), (case.folder / "custody.jsonl").read_bytes()) == (before, custody)


def test_the_smallest_path_names_a_content_in_any_order_of_commands(
    case: Case, another: Callable[[str], Case], combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    plain, packed = tmp_path / "b.log", tmp_path / "a.log.gz"
    plain.write_bytes(combined(10) + b"junk\n")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    reverse, at_once = another("reverse"), another("at_once")
    read(case, plain)
    read(case, packed)
    read(reverse, packed)
    read(reverse, plain)
    read(at_once, plain, packed)
    assert contents(case) == contents(reverse) == contents(at_once)
    (row,) = rows(case, LOG_FILES)
    assert row["path"] == "a.log.gz"
    assert row["log_file_sha256"] == hashlib.sha256(packed.read_bytes()).hexdigest()
    assert {event["log_file_sha256"] for event in rows(case, EVENTS)} == {row["log_file_sha256"]}
    assert {reject["log_file_sha256"] for reject in rows(case, REJECTS)} == {row["log_file_sha256"]}
    assert case.locations()[row["log_file_sha256"]] == str(packed)


def test_a_killed_run_leaves_nothing_that_the_next_one_keeps(
    case: Case, another: Callable[[str], Case], combined: Lines, read: Read, tmp_path: Path
) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(combined(10))
    for leftover in ("tables/.staging/0123/events/00000.parquet", "tables/events/" + "f" * 16 + "/00000.parquet"):
        path = case.folder / leftover
        path.parent.mkdir(parents=True)
        pq.write_table(EVENTS.empty(), path)
    (case.folder / "sources").mkdir()
    (case.folder / "sources" / ".stdin-77").write_bytes(b"half")
    read(case, log)
    untouched = another("untouched")
    read(untouched, log)
    assert contents(case) == contents(untouched)
    assert not list((case.folder / "sources").iterdir())


def test_a_run_killed_before_its_custody_entry_is_recorded_by_the_next(
    case: Case, combined: Lines, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(combined(10))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Case, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            read(case, log)
    read(case, log)
    last = json.loads((case.folder / "custody.jsonl").read_bytes().splitlines()[-1])
    assert last["action"] == "ingest"
    assert last["detail"]["inputs"][0]["path"] == "a.log"
    assert last["detail"]["counts"]["events"] == 10
    assert check_custody(case.folder / "custody.jsonl")[0] == 2


def test_equal_lines_are_separate_events(case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(combined(1) * 2)
    read(case, tmp_path / "a.log")
    first, second = rows(case, EVENTS)
    assert first["event_id"] != second["event_id"]
    assert rows(case, LOG_FILES)[0]["duplicates"] == 0


def test_a_truncated_file_keeps_what_came_before(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "a.log.gz"
    packed = gzip.compress(combined(5000), mtime=0)
    log.write_bytes(packed[: len(packed) // 2])
    outcome = read(case, log)
    (row,) = rows(case, LOG_FILES)
    assert (row["complete"], outcome.partial) == (False, True)
    assert row["rejects"] == 1
    assert row["events"] == row["lines"] - 1 > 1000
    assert rows(case, REJECTS)[0]["reason"] == "truncated"
    assert any("truncated or damaged" in warning for warning in outcome.warnings)


def test_a_line_too_long_is_a_reject_of_its_full_length(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(combined(20) + b"y" * (LONGEST + 1) + b"\n" + combined(20))
    read(case, tmp_path / "a.log")
    (reject,) = rows(case, REJECTS)
    assert (reject["reason"], reject["log_length"], len(reject["raw_masked"])) == ("too_long", LONGEST + 1, 2000)
    assert rows(case, LOG_FILES)[0]["events"] == 40


def test_a_csv_with_newlines_in_quotes_balances(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    text = (
        '\ufefftime;user_id;path;note\n2026-03-02T04:05:06Z;u-1;/a;"two\nlines; ""quoted"""\n1772424307;u-2;/b;\n1;2\n'
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    read(case, tmp_path / "a.csv", max_reject_rate=0.5)
    (row,) = rows(case, LOG_FILES)
    assert {name: row[name] for name in ("lines", "records", "events", "rejects", "comments")} == {
        "lines": 5,
        "records": 4,
        "events": 2,
        "rejects": 1,
        "comments": 1,
    }
    first, second = rows(case, EVENTS)
    assert json.loads(first["extra"]) == {"note": 'two\nlines; "quoted"'}
    content = (tmp_path / "a.csv").read_bytes()
    record = content[first["log_offset"] : first["log_offset"] + first["log_length"]]
    assert record == b'2026-03-02T04:05:06Z;u-1;/a;"two\nlines; ""quoted"""'
    assert (first["log_line"], second["log_line"]) == (2, 4)
    assert rows(case, REJECTS)[0]["reason"] == "field_count"


def test_parquet_rows_are_events_without_bytes(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    table = pa.table(
        {"timestamp": ["2026-03-02T04:05:06Z", "never", "2026-03-02 04:05:08"], "user_id": ["a", "b", "c"]}
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    outcome = read(case, tmp_path / "a.parquet", max_reject_rate=0.5)
    (row,) = rows(case, LOG_FILES)
    assert (row["lines"], row["records"], row["events"], row["rejects"], row["log_format"]) == (3, 3, 2, 1, "parquet")
    assert row["bytes_content"] == row["bytes_on_disk"] == (tmp_path / "a.parquet").stat().st_size
    first, last = rows(case, EVENTS)
    assert (first["log_offset"], first["log_length"], first["log_line"]) == (0, 0, None)
    assert last["parse_flags"] == ["not_byte_addressable", "timezone_assumed"]
    assert json.loads(last["extra"]) == {"row_group": 1, "row": 0}
    assert row["timezone"] == "assumed UTC"
    assert any("taken as UTC" in warning for warning in outcome.warnings)


def test_names_are_relative_to_the_source_given(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("web/day/1.log", "web/2.log", ".hidden/3.log", "web/.4.log", "api/5.log"), start=1):
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(combined(number))
    monkeypatch.chdir(tmp_path)
    read(case, "logs/web", "logs/*/5.log")
    assert [row["path"] for row in rows(case, LOG_FILES)] == ["2.log", "api/5.log", "day/1.log"]


def test_the_case_inside_a_source_folder_is_no_source(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(combined(3))
    (tmp_path / "key").unlink()
    outcome = read(case, tmp_path)
    assert ([row["path"] for row in rows(case, LOG_FILES)], outcome.warnings) == (["a.log"], ())


def test_stdin_is_kept_in_the_case(case: Case, combined: Lines, read: Read, rows: Rows) -> None:
    content = combined(3)
    name = f"stdin-{hashlib.sha256(content).hexdigest()[:16]}"
    read(case, "-", stdin=io.BytesIO(content))
    assert rows(case, LOG_FILES)[0]["path"] == name
    assert (case.folder / "sources" / name).read_bytes() == content
    read(case, "-", stdin=io.BytesIO(content))
    assert [path.name for path in (case.folder / "sources").iterdir()] == [name]


def test_a_copy_of_stdin_known_by_a_better_name_is_let_go(
    case: Case, combined: Lines, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(combined(3))
    read(case, tmp_path / "a.log")
    read(case, "-", stdin=io.BytesIO(combined(3)))
    assert list((case.folder / "sources").iterdir()) == []


REFUSED = {
    "empty": (b"", "it is empty"),
    "binary": (bytes(range(256)) * 40, r"it is no log: \d+% of the sampled bytes are NUL or binary"),
    "utf16": ("1.2.3.4 - -".encode("utf-16"), "no format reads more than 40%"),
    "prose": (b"dear diary\ntoday nothing\n", r"no format reads more than 40% of the sampled lines \(none reads any\)"),
    "array": (b'[{"time": 1}]\n', r"no key holds a time \(keys: time\)"),
    "timeless": (b'{"a":1}\n', r"no key holds a time \(keys: a\)"),
}


@pytest.mark.parametrize(("content", "reason"), REFUSED.values(), ids=REFUSED)
def test_an_only_source_that_is_no_log_is_refused_with_a_reason(
    content: bytes, reason: str, case: Case, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(SourceError, match=f"^x.bin: {reason}") as caught:
        read(case, tmp_path / "x.bin")
    assert caught.value.hint
    assert contents(case) == {}
    assert len((case.folder / "custody.jsonl").read_bytes().splitlines()) == 1


def test_a_bad_source_among_good_ones_is_a_warning(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(combined(3))
    (tmp_path / "empty.log").write_bytes(b"")
    outcome = read(case, tmp_path / "a.log", tmp_path / "empty.log", tmp_path / "gone.log")
    assert outcome.partial
    assert outcome.warnings == (
        f"{tmp_path / 'gone.log'}: there is no such file or folder (check the path; folders are read recursively)",
        "empty.log: it is empty (is this the right file?)",
    )
    assert len(rows(case, LOG_FILES)) == 1


def test_a_source_over_the_reject_rate_is_kept_and_partial(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(combined(3) + b"junk\n")
    outcome = read(case, tmp_path / "a.log")
    assert outcome.partial
    (warning,) = outcome.warnings
    assert warning == (
        "a.log: 25.0% of its records could not be read (not_clf 1); see the table rejects; of the sampled lines "
        "combined reads 75.0%, no other format reads any: --format 'combined + NAME' asks another for the rest, "
        "--format combined --max-reject-rate R settles for it, or leave the file out"
    )
    assert len(rows(case, EVENTS)) == 3


@pytest.mark.parametrize("age", [0, 0.03], ids=["no stamp", "stamp"])
def test_a_file_that_changes_while_it_is_read_is_not_taken(
    age: float, case: Case, combined: Lines, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(combined(30))
    time.sleep(age)  # a file that changed just now has no stamp
    chosen = recognize

    def meanwhile(*args: Any) -> Any:  # noqa: ANN401
        log.write_bytes(combined(30).replace(b"u-1", b"u-9"))
        return chosen(*args)

    monkeypatch.setattr("forensics.ingest.source.recognize", meanwhile)
    with pytest.raises(SourceError, match="it changed while it was read"):
        read(case, log)
    assert contents(case) == {}


@pytest.mark.parametrize("age", [0, 0.03], ids=["no stamp", "stamp"])
def test_a_file_that_grows_while_it_is_read_is_taken_as_it_was(
    age: float, case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(combined(30))
    time.sleep(age)  # a file that changed just now has no stamp
    chosen = recognize

    def meanwhile(*args: Any) -> Any:  # noqa: ANN401
        log.write_bytes(combined(60))
        return chosen(*args)

    monkeypatch.setattr("forensics.ingest.source.recognize", meanwhile)
    read(case, log)
    assert len(rows(case, EVENTS)) == 30


def test_a_plan_writes_nothing_and_says_what_would_happen(
    case: Case, combined: Lines, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_bytes(combined(3))
    read(case, tmp_path / "a.log")
    (tmp_path / "b.log").write_bytes(combined(4))
    (tmp_path / "c.bin").write_bytes(b"")
    before = contents(case)
    planned = plan(case, [str(tmp_path / name) for name in ("a.log", "b.log", "c.bin")], Options())
    assert [(each.path, each.state, each.format, each.match_rate) for each in planned] == [
        ("a.log", "known", "combined", 1.0),
        ("b.log", "new", "combined", 1.0),
        ("c.bin", "refused", None, None),
    ]
    assert contents(case) == before
    assert plan(None, [str(tmp_path / "b.log")], Options())[0].state == "new"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "xml"}, "unknown format 'xml'"),
        ({"timezone": "Mars/Olympus"}, "unknown time zone 'Mars/Olympus'"),
        ({"trusted_proxies": ("10.0.0.0/99",)}, "trusted proxy '10.0.0.0/99' is no network"),
        ({"max_reject_rate": 5.0}, "--max-reject-rate is a share between 0 and 1"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(options: dict[str, Any], message: str, case: Case, read: Read) -> None:
    with pytest.raises(UsageError, match=message):
        read(case, "x", **options)


def test_a_forced_format_reads_what_it_can(case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(combined(1) + b"junk\n" * 9)
    read(case, tmp_path / "a.log", format="common")
    (row,) = rows(case, LOG_FILES)
    assert (row["events"], row["rejects"], rows(case, EVENTS)[0]["log_format"]) == (1, 9, "combined")


def test_the_zone_given_is_the_zone_of_bare_times(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"time":"2026-07-01 12:00:00","user_id":"u"}\n', encoding="utf-8")
    outcome = read(case, tmp_path / "a.ndjson", timezone="Europe/Paris")
    assert rows(case, EVENTS)[0]["timestamp"].isoformat() == "2026-07-01T10:00:00+00:00"
    assert (rows(case, LOG_FILES)[0]["timezone"], outcome.warnings) == ("assumed Europe/Paris", ())


def test_declared_proxies_of_the_case_and_the_command_are_believed(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    line = '{"time":1772424306,"remote_addr":"198.18.0.7","x_forwarded_for":"240.0.0.1, 198.19.0.1"}\n'
    (tmp_path / "a.ndjson").write_text(line, encoding="utf-8")
    read(case, tmp_path / "a.ndjson", trusted_proxies=("198.18.0.0/15",))
    (event,) = rows(case, EVENTS)
    assert (event["source_ip"], event["source_ip_origin"]) == ("240.0.0.1", "x_forwarded_for")
    assert event["network_forwarded_ip"] == ["240.0.0.1", "198.19.0.1"]


def test_outcome_files_are_in_order_of_first_timestamp(case: Case, combined: Lines, read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(combined(3).replace(b"2026", b"2027"))
    (tmp_path / "b.log").write_bytes(combined(3))
    assert read(case, tmp_path).files["path"].to_pylist()[-2:] == ["b.log", "a.log"]


def test_ingest_needs_stdin_to_read_it(case: Case) -> None:
    with pytest.raises(UsageError, match="nothing is connected to stdin"):
        ingest(case, ["-"], Options(), resources=Resources())


def test_known_content_is_not_read_again_with_other_options_and_says_so(case: Case, read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text('{"time":1772424306,"user_id":"u","login":"l"}\n', encoding="utf-8")
    read(case, tmp_path / "a.ndjson", account="login")
    assert read(case, tmp_path / "a.ndjson", account="login", max_reject_rate=0.9).warnings == ()
    (warning,) = read(case, tmp_path / "a.ndjson").warnings
    assert warning == (
        "a.ndjson: in the case already, read with another account: it was not read again (a new case reads it anew)"
    )


def test_a_file_name_that_is_no_utf8_is_a_name_all_the_same(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    with open(bytes(tmp_path / "logs") + b"/a\xff.log", "wb") as stream:  # noqa: PTH123 - a Path cannot spell it
        stream.write(combined(2))
    read(case, tmp_path / "logs")
    assert [row["path"] for row in rows(case, LOG_FILES)] == ["a\ufffd.log"]


def test_deep_json_in_a_worker_does_not_end_the_process(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    deep = '{"time":1772424306,"a":' + "[" * 400_000 + "]" * 400_000 + "}\n"
    (tmp_path / "a.ndjson").write_text('{"time":1772424306}\n' + deep, encoding="utf-8")
    read(case, tmp_path / "a.ndjson", threads=2)
    assert len(rows(case, EVENTS)) == 2


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_zone_of_the_machine_changes_no_byte(
    zone: str, case: Case, another: Callable[[str], Case], read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '{"time":"2026-07-01 12:00:00","user_id":"u"}\n{"time":"2026-07-01T12:00:00+02:00","user_id":"u"}\n'
    (tmp_path / "a.ndjson").write_text(text, encoding="utf-8")
    elsewhere = another("elsewhere")
    read(case, tmp_path / "a.ndjson")
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    read(elsewhere, tmp_path / "a.ndjson")
    monkeypatch.undo()
    time.tzset()
    assert contents(case) == contents(elsewhere)


def test_progress_tells_the_rejects_of_all_sources_so_far(case: Case, combined: Lines, tmp_path: Path) -> None:
    for number, junk in enumerate((b"junk\njunk\n", b"", b"junk\n")):
        (tmp_path / f"{number}.log").write_bytes(combined(100 + number) + junk)
    said: list[tuple[str, int]] = []
    files = [str(tmp_path / f"{number}.log") for number in range(3)]
    resources = Resources(threads=1)
    ingest(case, files, Options(), resources=resources, report=lambda step: said.append((step.step, step.rejects)))
    assert [rejects for step, rejects in said if step == "read"] == [2, 2, 3]
