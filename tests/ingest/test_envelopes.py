"""What wrapped a line comes off and is kept; its time is never the time of an event."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.case import Case
from forensics.errors import SourceError, UsageError
from forensics.ingest import explain, explain_line
from forensics.ingest.envelopes import ENVELOPES, around, peeled
from forensics.ingest.envelopes.base import Envelope
from forensics.ingest.envelopes.fragments import ends_of
from forensics.ingest.reader import chunks
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
LINE = '198.18.0.{n} - u-{n} [02/Mar/2026:04:05:{n:02d} +0000] "GET /a?k={n} HTTP/1.1" 200 12 "-" "x/1"'
LINES = [LINE.format(n=n) for n in range(1, 10)]
SAMPLES = [(envelope, *sample) for envelope in ENVELOPES for sample in envelope.samples]


@pytest.mark.parametrize(("envelope", "line", "inner"), SAMPLES)
def test_a_sample_gives_the_line_it_wraps(envelope: Envelope, line: str, inner: str) -> None:
    assert envelope.peel(pl.Series([line, "dear diary"]))["inner"].to_list() == [inner, None]


@pytest.mark.parametrize("line", LINES[:1])
def test_no_envelope_claims_a_bare_line(line: str) -> None:
    assert around([line]) == ()


def docker(line: str, end: str = "\n") -> str:
    return json.dumps({"log": line + end, "stream": "stdout", "time": "2026-03-09T00:00:00.1Z"})


def journal(line: str) -> str:
    return json.dumps({"__REALTIME_TIMESTAMP": "1773014400000000", "_HOSTNAME": "web-1", "MESSAGE": line})


def watched(line: str) -> str:
    return json.dumps({"id": "3", "timestamp": 1773014400000, "message": line})


def cell(line: str) -> str:
    return '"' + line.replace('"', '""') + '"'


WRAPS: dict[str, Callable[[str], str]] = {
    "syslog_3164": "Dec 31 23:59:59 web-1 nginx: {}".format,
    "syslog_5424": "<165>1 2026-03-09T00:00:00Z web-1 nginx 31 ID47 - {}".format,
    "syslog_file": "2026-03-09T00:00:00.5+02:00 web-1 nginx[7]: {}".format,
    "cri": "2026-03-09T00:00:00.000000001Z stdout F {}".format,
    "compose": "web-1  | {}".format,
    "stamped": "2026-03-09T00:00:00.000Z {}".format,
    "docker_json": docker,
    "journald": journal,
    "cloudwatch": watched,
    "quoted": cell,
}


@pytest.mark.parametrize(("name", "wrap"), WRAPS.items(), ids=WRAPS)
def test_an_event_in_an_envelope_is_the_event_and_keeps_the_envelope_apart(
    name: str, wrap: Callable[[str], str], case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "a.log"
    log.write_text("".join(f"{wrap(line)}\n" for line in LINES), encoding="utf-8")
    assert explain(log).format == f"{name} > combined"
    read(case, log)
    events = rows(case, EVENTS)
    assert [event["timestamp"] for event in events] == [datetime(2026, 3, 2, 4, 5, n, tzinfo=UTC) for n in range(1, 10)]
    assert [event["user_id"] for event in events] == [f"u-{n}" for n in range(1, 10)]
    assert {event["log_format"] for event in events} == {"combined"}
    assert {json.loads(event["extra"])["envelope"]["kind"] for event in events} == {name}
    content = log.read_bytes()
    for event, line in zip(events, LINES, strict=True):
        assert content[event["log_offset"] : event["log_offset"] + event["log_length"]] == wrap(line).encode()
    assert rows(case, LOG_FILES)[0]["records"] == 9


def test_a_stamp_without_a_year_is_kept_as_it_is_written(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(WRAPS["syslog_3164"](LINES[0]) + "\n", encoding="utf-8")
    read(case, tmp_path / "a.log")
    (event,) = rows(case, EVENTS)
    assert json.loads(event["extra"]) == {
        "envelope": {"kind": "syslog_3164", "time": "Dec 31 23:59:59", "host": "web-1", "process": "nginx"}
    }


def test_envelopes_stand_in_each_other(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    inner = json.dumps({"time": "2026-03-02T04:05:06Z", "user_id": "u-1", "path": "/a", "status": 200})
    line = WRAPS["cri"](WRAPS["syslog_3164"](inner))
    (tmp_path / "a.log").write_text(f"{line}\n{line}\n", encoding="utf-8")
    assert explain(tmp_path / "a.log").format == "cri > syslog_3164 > ndjson"
    read(case, tmp_path / "a.log")
    said = json.loads(rows(case, EVENTS)[0]["extra"])["envelope"]
    assert (said["kind"], said["inside"]["kind"]) == ("cri", "syslog_3164")


def cri(line: str, tag: str = "F", stream: str = "stdout") -> str:
    return f"2026-03-09T00:00:00.000000001Z {stream} {tag} {line}"


def docker_piece(line: str, tag: str = "F", stream: str = "stdout") -> str:
    """Return a line as Docker writes it: without blanks."""
    said = {"log": line + ("\n" if tag == "F" else ""), "stream": stream, "time": "2026-03-09T00:00:00.1Z"}
    return json.dumps(said, separators=(",", ":"))


RUNTIMES = {"cri": cri, "docker_json": docker_piece}
Piece = Callable[..., str]


@pytest.mark.parametrize(("name", "piece"), RUNTIMES.items(), ids=RUNTIMES)
def test_a_line_that_the_carrier_cut_is_flagged_where_another_stream_lies_between(
    name: str, piece: Piece, case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = [piece(LINES[0], "P"), piece("warning", "F", "stderr"), piece(LINES[1]), piece(LINES[2])]
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert explain(tmp_path / "a.log").format == f"{name} > combined"
    read(case, tmp_path / "a.log")
    assert [event["parse_flags"] for event in rows(case, EVENTS)] == [["partial_line"], [], []]
    assert [row["reason"] for row in rows(case, REJECTS)] == ["not_clf"]


@pytest.mark.parametrize(("name", "piece"), RUNTIMES.items(), ids=RUNTIMES)
def test_the_pieces_of_a_line_are_one_record_with_the_bytes_of_all(
    name: str, piece: Piece, case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    whole = [line.replace("x/1", r"x/1 \\ é \\n") for line in LINES]
    lines = [[piece(line[:30], "P"), piece(line[30:50], "P"), piece(line[50:])] for line in whole[:6]]
    lines += [[piece(line)] for line in whole[6:]]
    content = "".join(f"{each}\n" for pieces in lines for each in pieces).encode()
    (tmp_path / "a.log").write_bytes(content)
    found = explain(tmp_path / "a.log")
    assert (found.format, found.rate, len(found.first)) == (f"{name} > combined", 1.0, 3)
    read(case, tmp_path / "a.log")
    events = rows(case, EVENTS)
    assert [event["user_id"] for event in events] == [f"u-{n}" for n in range(1, 10)]
    assert {event["user_agent_original"] for event in events} == {r"x/1 \\ é \\n"}
    assert [event["parse_flags"] for event in events] == [["joined_line"]] * 6 + [[]] * 3
    cited = [content[event["log_offset"] : event["log_offset"] + event["log_length"]] for event in events]
    assert cited == ["\n".join(pieces).encode() for pieces in lines]
    assert [event["log_line"] for event in events] == [*range(1, 19, 3), 19, 20, 21]
    (file,) = rows(case, LOG_FILES)
    assert (file["records"], file["lines"], file["events"]) == (9, 21, 9)
    assert sum(event["log_length"] + 1 for event in events) == len(content)


@pytest.mark.parametrize(("name", "piece"), RUNTIMES.items(), ids=RUNTIMES)
def test_a_line_whose_last_piece_never_came_is_flagged(
    name: str, piece: Piece, case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = [piece(LINES[0]), piece(LINES[1][:30], "P"), piece(LINES[1][30:], "P")]
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    read(case, tmp_path / "a.log", format=f"{name} > combined")
    assert [event["parse_flags"] for event in rows(case, EVENTS)] == [[], ["joined_line", "partial_line"]]


CUT = st.tuples(st.sampled_from(list(RUNTIMES)), st.sampled_from("PF"), st.sampled_from(["stdout", "stderr"]))


@given(st.lists(CUT, max_size=12), st.sampled_from(["", "\n"]), st.integers(1, 400), st.integers(1, 90))
def test_wherever_a_stream_of_pieces_is_cut_the_records_are_the_same(
    lines: list[tuple[str, str, str]], end: str, size: int, block: int
) -> None:
    content = ("\n".join(RUNTIMES[name](r"a\\", tag, stream) for name, tag, stream in lines) + end).encode()
    for name in RUNTIMES:
        (envelope,) = [each for each in ENVELOPES if each.name == name]
        ends = ends_of([envelope])
        assert ends is not None
        expected: list[list[str]] = []
        before: tuple[str, str, str] | None = None
        for line, text in zip(lines, content.decode().split("\n"), strict=False):
            if before == (name, "P", line[2]) and line[0] == name:
                expected[-1].append(text)
            else:
                expected.append([text])
            before = line
        blocks = [content[at : at + block] for at in range(0, len(content), block)]
        found = list(chunks(blocks, ends, size))
        cited = [
            content[at + chunk.offset : at + chunk.offset + length]
            for chunk in found
            for at, length in zip(chunk.starts.tolist(), chunk.lengths.tolist(), strict=True)
        ]
        assert [each.decode() for each in cited if each] == ["\n".join(pieces) for pieces in expected if pieces != [""]]
        assert sum(int(chunk.lengths.sum()) + chunk.newlines for chunk in found) == len(content)


def test_pieces_of_more_than_a_record_may_hold_stay_apart() -> None:
    (envelope,) = [each for each in ENVELOPES if each.name == "cri"]
    ends = ends_of([envelope])
    assert ends is not None
    piece = cri("x" * 16_384, "P") + "\n"
    content = (piece * 70 + cri(LINES[0]) + "\n" + piece + cri(LINES[1]) + "\n").encode()
    (chunk,) = chunks([content], ends)
    assert len(chunk.starts) == 72
    sizes = {len(chunk.starts) for chunk in chunks([content], ends, 1 << 16)}
    assert max(sizes) < 10
    assert sum(len(chunk.starts) for chunk in chunks([content], ends, 1 << 16)) <= 72


def test_what_a_daemon_says_itself_is_a_reject(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    wrapped = [WRAPS["syslog_3164"](line) for line in LINES]
    own = "Mar  2 04:05:06 web-1 systemd[1]: Started nginx."
    (tmp_path / "a.log").write_text("\n".join([own, *wrapped]), encoding="utf-8")
    read(case, tmp_path / "a.log")
    assert [(row["reason"], row["log_offset"]) for row in rows(case, REJECTS)] == [("not_clf", 0)]
    assert len(rows(case, EVENTS)) == 9


def test_a_secret_in_a_rejected_wrapped_line_is_masked(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    good = [docker(json.dumps({"time": "2026-03-02T04:05:06Z", "user_id": "u", "n": n})) for n in range(5)]
    bad = docker('{"api_key":"hunter22hunter22","time":')
    (tmp_path / "a.log").write_text("\n".join([*good, bad]), encoding="utf-8")
    read(case, tmp_path / "a.log")
    (reject,) = rows(case, REJECTS)
    assert reject["reason"] == "invalid_json"
    assert "hunter22" not in reject["raw_masked"]


def test_wrapped_prose_is_refused_and_no_event_has_the_time_of_its_envelope(
    case: Case, read: Read, tmp_path: Path
) -> None:
    (tmp_path / "a.log").write_text("".join(docker(f"step {n} done") + "\n" for n in range(9)), encoding="utf-8")
    with pytest.raises(SourceError, match="docker_json envelopes around text that no format reads"):
        read(case, tmp_path / "a.log")


def test_an_envelope_can_be_forced_and_an_unknown_one_is_named(case: Case, read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("".join(f"{WRAPS['cri'](line)}\n" for line in LINES), encoding="utf-8")
    assert len(read(case, tmp_path / "a.log", format="cri > combined").files) == 1
    with pytest.raises(UsageError, match="'paper > combined'"):
        read(case, tmp_path / "a.log", format="paper > combined")


def test_a_wrapped_and_compressed_file_gives_the_same_events_with_any_number_of_threads(
    another: Callable[[str], Case], read: Read, rows: Rows, tmp_path: Path
) -> None:
    content = "".join(f"{WRAPS['cri'](line)}\n" for line in LINES * 500).encode()
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(content))
    one, two = another("one"), another("two")
    read(one, tmp_path / "a.log.gz", threads=1)
    read(two, tmp_path / "a.log.gz", threads=2)
    assert rows(one, EVENTS) == rows(two, EVENTS)
    assert len(rows(one, EVENTS)) == 4500


def test_a_crash_leaves_nul_bytes_and_they_cost_no_line(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    content = b"\0" * 50 + "".join(f"{line}\n" for line in LINES).encode() + b"\0" * 5000
    (tmp_path / "a.log").write_bytes(content)
    read(case, tmp_path / "a.log")
    events = rows(case, EVENTS)
    assert [event["parse_flags"] for event in events] == [["nul_filled"], *[[]] * 8]
    assert events[0]["source_ip"] == "198.18.0.1"
    (reject,) = rows(case, REJECTS)
    assert (reject["reason"], reject["log_length"]) == ("nul_filled", 5000)


@pytest.mark.parametrize("coded", ["utf-16", "utf-16-be"])
def test_utf_16_text_is_read_and_cited_by_its_own_bytes(
    coded: str, case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = [line.replace("x/1", "x/é\U0001f600") for line in LINES]
    mark = b"" if coded == "utf-16" else b"\xfe\xff"
    content = mark + "\r\n".join(lines).encode(coded)
    (tmp_path / "a.log").write_bytes(content)
    read(case, tmp_path / "a.log")
    events = rows(case, EVENTS)
    assert [event["user_agent_original"] for event in events] == ["x/é\U0001f600"] * 9
    assert [event["parse_flags"] for event in events] == [["bom", "utf_16"], *[["utf_16"]] * 8]
    for event, line in zip(events, lines, strict=True):
        exact = content[event["log_offset"] : event["log_offset"] + event["log_length"]]
        assert exact.removeprefix(content[:2]).decode("utf-16-be" if mark else "utf-16-le").rstrip("\r") == line
    assert rows(case, LOG_FILES)[0]["lines"] == 9


def test_half_a_character_at_the_end_of_utf_16_balances(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    content = ("\n".join(LINES) + "\nrest").encode("utf-16") + b"\x00\xd8\x41"
    (tmp_path / "a.log").write_bytes(content)
    read(case, tmp_path / "a.log")
    (reject,) = rows(case, REJECTS)
    assert reject["log_offset"] + reject["log_length"] == len(content)
    assert len(rows(case, EVENTS)) == 9


def test_records_keep_what_two_envelopes_say() -> None:
    records = pl.DataFrame({"text": ["web | 2026-03-09T00:00:00Z stdout P x", "bare"]})
    (chain,) = [
        chain for chain in around(records["text"].to_list()[:1]) if [e.name for e in chain] == ["compose", "cri"]
    ]
    off = peeled(records, chain)
    assert off["text"].to_list() == ["x", "bare"]
    assert off["partial"].to_list() == [True, False]
    assert json.loads(off["envelope"][0]) == {
        "kind": "compose",
        "service": "web",
        "inside": {"kind": "cri", "time": "2026-03-09T00:00:00Z", "stream": "stdout"},
    }
    assert off["envelope"][1] is None


FAULTS = {
    "status": (LINES[0].replace('" 200', '" OK'), LINES[0].index('" 200') + 3, "status"),
    "bracket": (LINES[0].replace("[", ""), LINES[0].index("[") + 1, "'['"),
    "year": (LINES[0].replace("2026", "26"), LINES[0].index("2026") + 1, "time"),
}


@pytest.mark.parametrize(("line", "column", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_refused_line_says_where_it_fails_and_what_was_expected(line: str, column: int, expected: str) -> None:
    (answer,) = [each for each in explain_line(line) if each.candidates[0][0] == "combined"]
    assert (answer.failed_at, answer.expected) == (column, expected)


def test_a_line_that_is_read_fails_nowhere() -> None:
    (answer,) = [each for each in explain_line(LINES[0]) if each.format == "combined"]
    assert (answer.failed_at, answer.expected) == (None, None)


@pytest.mark.samples
def test_a_real_compose_log_is_read_out_of_its_envelope(samples: Path, case: Case, read: Read, rows: Rows) -> None:
    log = samples / "formats/caddy/lnav__logfile_caddy_log.0"
    assert explain(log).format == "compose > caddy_json"  # most of its lines are messages of the server
    read(case, log)
    events = rows(case, EVENTS)
    assert events
    assert {json.loads(event["extra"])["envelope"]["service"] for event in events} == {"caddy"}
    (row,) = rows(case, LOG_FILES)
    assert row["records"] == row["lines"] == row["events"] + row["rejects"] + row["comments"] + row["blanks"]


@pytest.mark.samples
def test_a_real_syslog_without_request_times_gets_none_from_its_envelope(samples: Path, case: Case, read: Read) -> None:
    with pytest.raises(SourceError):
        read(case, samples / "formats/apache/lnav__logfile_syslog_with_access_log.0")
