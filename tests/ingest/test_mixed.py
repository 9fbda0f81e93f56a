"""Sources that one format does not read: several in turn, line by line; or two that both would."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from forensics.case import Case
from forensics.engine import Resources
from forensics.errors import SourceError, UsageError
from forensics.ingest import Options, Outcome, ingest, reader, source
from forensics.ingest.acquire import Excerpt
from forensics.ingest.fit import Candidate
from forensics.ingest.formats import Binding, Family, LineFormat
from forensics.ingest.formats.combined import COMBINED
from forensics.ingest.recognize import explain
from forensics.ingest.rivals import ambiguous
from forensics.ingest.views import plain
from forensics.schema import EVENTS, LOG_FILES, REJECTS

Read = Callable[..., Outcome]
Rows = Callable[..., list[dict[str, Any]]]

_PLACES = ("event_id", "log_file_sha256", "content_sha256", "log_line", "log_offset", "log_length")
DIRECTIVES = (
    "log_format edge '$remote_addr [$time_iso8601] $status $request_uri';",
    "log_format inner '$msec|$remote_addr|$request_method|$uri';",
)


def of_combined(number: int) -> str:
    return (
        f"198.18.0.{number % 250} - user{number % 7} [01/Mar/2026:10:{number // 60 % 60:02}:{number % 60:02} +0000]"
        f' "GET /a/{number} HTTP/1.1" 200 {number} "-" "curl/8.5"'
    )


def of_json(number: int, **more: str) -> str:
    time = f"2026-03-01T10:{number // 60 % 60:02}:{number % 60:02}Z"
    event = {"time": time, "client_ip": f"198.18.1.{number % 250}", "method": "POST", "path": f"/b/{number}"}
    return json.dumps({**event, "status": 201, **more})


def of_squid(number: int) -> str:
    return (
        f"{1772359200 + number}.123     45 198.18.2.{number % 250} TCP_MISS/200 {number} GET http://c.example/{number}"
        " - HIER_DIRECT/198.18.9.1 text/html"
    )


def mixed_lines(count: int = 120) -> list[str]:
    """Return lines of three formats in an irregular order, with a comment, blanks, and two lines of none."""
    kinds = (of_combined, of_json, of_combined, of_squid, of_combined)
    lines = [kinds[number * 7 % 11 % 5](number) for number in range(count)]
    return ["# opened", *lines[:40], "", "junk", *lines[40:90], '{"time": "2026-03-01', *lines[90:], "\t"]


def written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def told_by(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _PLACES}


def test_each_line_is_read_by_the_format_it_is_in_and_no_byte_is_lost(
    case: Case, another: Callable[[str], Case], read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = mixed_lines()
    log = written(tmp_path / "mixed.log", lines)
    outcome = read(case, log)
    (file,) = rows(case, LOG_FILES)
    assert file["log_format"] == "combined + squid + ndjson"
    assert (file["records"], file["events"], file["rejects"], file["comments"], file["blanks"]) == (125, 120, 2, 1, 2)
    assert not outcome.partial
    assert "several read it line by line: combined + squid + ndjson" in outcome.warnings[0]
    content = log.read_bytes()
    events = rows(case, EVENTS)
    cited = [content[row["log_offset"] :][: row["log_length"]].decode() for row in events]
    assert cited == [line for line in lines if of_none(line) is None]
    assert [row["log_line"] for row in events] == [n for n, line in enumerate(lines, 1) if of_none(line) is None]
    names = {"{": "ndjson", "1": "combined", "7": "squid"}
    assert {line: row["log_format"] for line, row in zip(cited, events, strict=True)} == {
        line: "squid" if line.startswith("17") else names[line[0]] for line in cited
    }
    assert [row["reason"] for row in rows(case, REJECTS)] == ["not_clf", "not_clf"]
    for number, name in enumerate(["combined", "squid", "ndjson"]):
        only = [line for line, row in zip(cited, events, strict=True) if row["log_format"] == name]
        alone = another(f"alone-{number}")
        read(alone, written(tmp_path / f"{name}.log", only))
        own = [told_by(row) for row in events if row["log_format"] == name]
        assert own == [told_by(row) for row in rows(alone, EVENTS)]


def of_none(line: str) -> str | None:
    """Return a line that no format reads."""
    return line if not line.strip() or line.startswith(("#", "junk")) or line.endswith('"2026-03-01') else None


def test_chunks_and_threads_make_no_difference(
    case: Case, another: Callable[[str], Case], read: Read, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = written(tmp_path / "mixed.log", mixed_lines())
    read(case, log)
    small = another("small")
    monkeypatch.setattr(source, "read", _by_chunks_of(1_000))
    ingest(small, [str(log)], Options(), resources=Resources(threads=2))
    assert rows(small, EVENTS) == rows(case, EVENTS)
    assert rows(small, REJECTS) == rows(case, REJECTS)
    assert rows(small, LOG_FILES) == rows(case, LOG_FILES)


def _by_chunks_of(size: int) -> Callable[..., list[str]]:
    whole = source.read
    assert size < reader.CHUNK
    return lambda *given, **named: whole(*given, **named, chunk_size=size)


def test_two_directives_read_one_file(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    lines = [
        f"198.18.0.{n} [2026-03-01T10:00:{n:02}+00:00] 200 /a"
        if n % 2
        else f"177235920{n % 10}.500|198.18.1.{n}|GET|/b"
        for n in range(60)
    ]
    outcome = read(case, written(tmp_path / "a.log", [*lines, "junk"]), format=" + ".join(DIRECTIVES))
    (file,) = rows(case, LOG_FILES)
    assert (file["log_format"], file["events"], file["rejects"]) == ("nginx:edge + nginx:inner", 60, 1)
    assert not outcome.partial
    assert [row["log_format"] for row in rows(case, EVENTS)] == ["nginx:inner", "nginx:edge"] * 30
    (entry,) = [entry for entry in case.entries() if entry["action"] == "ingest"]
    assert entry["detail"]["options"]["directive"].count("$remote_addr") == 2


def test_a_mix_comes_out_of_its_envelopes(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    lines = [of_combined(n) if n % 3 else of_json(n) for n in range(60)]
    wrapped = [f"2026-03-01T10:00:00.000000000Z stdout F {line}" for line in lines]
    read(case, written(tmp_path / "pod.log", wrapped))
    assert explain(tmp_path / "pod.log").format == "cri > combined + ndjson"
    assert [row["log_format"] for row in rows(case, EVENTS)] == ["combined" if n % 3 else "ndjson" for n in range(60)]
    assert all('"envelope"' in row["extra"] for row in rows(case, EVENTS))


def test_remarks_of_programs_between_requests_become_no_requests(
    case: Case, another: Callable[[str], Case], read: Read, rows: Rows, tmp_path: Path
) -> None:
    remark = json.dumps({"time": "2026-03-01T10:00:00Z", "level": "info", "client_ip": "198.18.7.7", "msg": "started"})
    for share in (20, 40):  # of combined: it comes second, or first
        few = [*(of_combined(n) if n < share else of_json(n) for n in range(60)), remark]
        case = another(f"few-{share}")
        read(case, written(tmp_path / f"few-{share}.log", few))
        assert len(rows(case, EVENTS)) == 60
        assert [row["reason"] for row in rows(case, REJECTS)] == [{20: "not_a_request", 40: "not_clf"}[share]]
    case = another("many")
    outcome = read(case, written(tmp_path / "a.log", [of_combined(n) if n % 3 else remark for n in range(60)]))
    assert {row["log_format"] for row in rows(case, EVENTS)} == {"combined"}
    assert len(rows(case, REJECTS)) == 20
    assert outcome.partial
    assert "combined reads 66.7%, ndjson 33.3%: --format 'combined + NAME' asks another" in outcome.warnings[-1]


def test_an_identity_that_is_secret_in_one_of_the_formats_is_in_no_reject(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    keyed = [of_json(n, api_key="correct-horse-battery") for n in range(20)]
    broken = keyed[0].replace('"status"', '"status')
    lines = [*(of_combined(n) for n in range(60)), *keyed, broken]
    read(case, written(tmp_path / "a.log", lines), account="api_key:api_key")
    (reject,) = rows(case, REJECTS)
    assert "correct-horse" not in reject["raw_masked"]
    assert sum(row["user_id_kind"] == "api_key" for row in rows(case, EVENTS)) == 20


def test_a_table_that_two_delimiters_read_is_refused_until_one_is_named(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    cells = [f"2026-03-01T10:00:{n:02}Z,198.18.0.1\t2026-04-01T10:00:{n:02}Z" for n in range(9)]
    table = written(tmp_path / "a.csv", ["timestamp,ip\ttimestamp", *cells])
    with pytest.raises(SourceError, match="ambiguous: tsv and csv each read") as caught:
        read(case, table)
    assert "--format tsv, or --format csv" in (caught.value.hint or str(caught.value))
    assert "ambiguous" in (explain(table).refused or "")
    read(case, table, format="csv")
    assert rows(case, EVENTS)[0]["timestamp"].month == 3


def _rival(change: Callable[[pl.DataFrame], pl.DataFrame]) -> LineFormat:
    return replace(
        COMBINED,
        name="rival",
        family=Family.LINES,
        read=lambda text, binding: change(COMBINED.read(text, binding)).with_columns(
            pl.lit("rival").alias("log_format")
        ),
    )


@pytest.mark.parametrize(
    ("change", "is_ambiguous"),
    [
        (lambda read: read, False),
        (lambda read: read.drop("user_agent_original"), False),  # a special case of combined, or it of this
        (lambda read: read.with_columns(pl.lit("404").alias("http_response_status_code")), True),
        (lambda read: read.drop("user_agent_original").with_columns(pl.lit("a.example").alias("url_domain")), True),
    ],
    ids=["alike", "says less", "contradicts", "each says more"],
)
def test_two_formats_are_ambiguous_only_if_neither_is_a_special_case(
    change: Callable[[pl.DataFrame], pl.DataFrame], *, is_ambiguous: bool
) -> None:
    excerpt = Excerpt("".join(f"{of_combined(n)}\n" for n in range(9)).encode(), (), whole=True)
    view = plain(excerpt)
    best, other = (
        Candidate(form, 1.0, 1.0, form.bind(view.lines, {}), None, view) for form in (COMBINED, _rival(change))
    )
    assert isinstance(best.binding, Binding)
    assert (ambiguous(best, [best, other], excerpt) is other) == is_ambiguous


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("combined + csv", "csv cannot be mixed"),
        ("combined + w3c", "w3c has header lines: it comes first"),
        ("combined + squid + ndjson + haproxy", "names 4 formats"),
        ("combined + combind", "neither a known format nor"),
    ],
)
def test_what_cannot_be_mixed_is_refused_with_a_way_out(case: Case, read: Read, asked: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read(case, "a.log", format=asked)
    assert caught.value.hint


def test_a_format_that_is_asked_for_but_absent_is_named(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    outcome = read(case, written(tmp_path / "a.log", [of_combined(1)]), format="ndjson + combined")
    assert outcome.warnings == ("a.log: no sampled line is of ndjson: it is not asked",)
    assert len(rows(case, EVENTS)) == 1


def test_three_equal_shares_are_refused_and_can_be_forced(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    lines = [line for n in range(20) for line in (of_combined(n), of_json(n), of_squid(n))]
    log = written(tmp_path / "a.log", lines)
    found = explain(log)
    assert "best: combined, 33%; next: squid, 33%" in (found.refused or "")
    assert "--format 'NAME + NAME'" in (found.hint or "")
    read(case, log, format="squid + ndjson + combined")
    assert [row["log_format"] for row in rows(case, EVENTS)] == ["combined", "ndjson", "squid"] * 20
