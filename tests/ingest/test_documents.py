"""Records of documents: found where they stand, by a scan that is compared with a slow definition."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.case import Case
from forensics.errors import SourceError
from forensics.ingest import documents, explain
from forensics.ingest.documents import Layout, Shape, chunks, records, shapes, spans
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
ARRAY, OBJECTS = Shape(Layout.ARRAY), Shape(Layout.OBJECTS)
MEMBER, LINES = Shape(Layout.MEMBER, "records"), Shape(Layout.LINES, "records")
TEXT = st.text(st.sampled_from('a"\\[]{},:é\n'), max_size=6)
VALUE = st.recursive(
    st.one_of(st.integers(0, 9), TEXT, st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
RECORDS = st.lists(st.dictionaries(TEXT.filter(lambda key: key != "records"), VALUE, max_size=3), max_size=5)
STYLE = st.sampled_from([{"separators": (",", ":")}, {"indent": 2}, {}])


def cut(content: bytes, shape: Shape) -> list[bytes]:
    found = spans(content, shape)
    return [content[start:end] for start, end in zip(found.starts, found.ends, strict=True)]


def in_blocks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@given(RECORDS, STYLE)
def test_the_elements_of_an_array_are_what_json_says(rows: list[Any], style: dict[str, Any]) -> None:
    assert [json.loads(each) for each in cut(json.dumps(rows, **style).encode(), ARRAY)] == rows


@given(st.lists(st.tuples(RECORDS, VALUE), max_size=3), STYLE, st.sampled_from(["", "\n", ",\n"]))
def test_the_elements_of_a_member_are_what_json_says(parts: list[Any], style: dict[str, Any], between: str) -> None:
    documents_ = [{"other": beside, "records": rows, "more": [beside]} for rows, beside in parts]
    content = between.join(json.dumps(each, **style) for each in documents_).encode()
    assert [json.loads(each) for each in cut(content, MEMBER)] == [row for rows, _ in parts for row in rows]


@given(RECORDS, STYLE, st.sampled_from(["", "\n", "\n\n", ","]))
def test_objects_one_after_the_other_are_what_json_says(rows: list[Any], style: dict[str, Any], between: str) -> None:
    content = between.join(json.dumps(each, **style) for each in rows).encode()
    assert [json.loads(each) for each in cut(content, OBJECTS)] == rows


@given(RECORDS, STYLE, st.sampled_from([ARRAY, MEMBER, LINES, OBJECTS]), st.integers(1, 60), st.integers(1, 9))
def test_records_do_not_depend_on_chunks_or_blocks(
    rows: list[Any], style: dict[str, Any], shape: Shape, size: int, block: int
) -> None:
    document: object = rows if shape is ARRAY else {"records": rows}
    content = (json.dumps(document, **(style if shape is not LINES else {})) + "\n").encode() * 2
    found = list(chunks(in_blocks(content, block), shape, size))
    assert b"".join(chunk.content.tobytes() for chunk in found) == content
    assert [chunk.index for chunk in found] == list(range(len(found)))
    assert sum(int(chunk.lengths.sum()) + chunk.newlines for chunk in found) == len(content)
    table = [row for chunk in found for row in records(chunk).select("log_offset", "log_length", "log_line").rows()]
    assert [content[at : at + length] for at, length, _ in table] == cut(content, shape)
    assert [line for _, _, line in table] == [content[:at].count(b"\n") + 1 for at, _, _ in table]
    sizes = [chunk.size for chunk in found]
    assert sizes == [chunk.size for chunk in chunks([content], shape, size)]


@given(st.binary(max_size=60), st.sampled_from([ARRAY, MEMBER, LINES, OBJECTS]), st.integers(1, 9))
def test_bytes_that_are_no_json_are_never_lost(content: bytes, shape: Shape, size: int) -> None:
    found = list(chunks([content] if content else [], shape, size))
    assert b"".join(chunk.content.tobytes() for chunk in found) == content
    assert sum(int(chunk.lengths.sum()) + chunk.newlines for chunk in found) == len(content)
    assert sum(records(chunk).height for chunk in found) == sum(len(chunk.lengths) for chunk in found)


def test_a_broken_line_costs_one_document() -> None:
    good = b'{"records":[{"a":1}]}\n'
    assert cut(good + b'{"records":[{"b":"\n' + b"noise\n" + good, LINES) == [
        *(b'{"a":1}', b'{"b":"', b"noise", b'{"a":1}'),
    ]


def test_a_document_without_the_member_is_a_record_of_its_own() -> None:
    assert cut(b'{"records":[]}{"control":[1]}', MEMBER) == [b'{"control":[1]}']


def test_a_list_of_that_name_deeper_down_holds_no_records() -> None:
    assert cut(b'{"a":{"records":[1]},"records" : [2],"b":["records",[3]]}', MEMBER) == [b"2"]


def test_a_record_too_long_to_hold_stops_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "_LARGEST", 1 << 21)
    blocks = [b'[{"a":"', *[b"x" * (1 << 20)] * 40]
    with pytest.raises(SourceError, match="longer than 2 MiB"):
        list(chunks(iter(blocks), ARRAY, 1 << 10))


def record(n: int) -> dict[str, Any]:
    return {"time": f"2026-03-02T04:05:{n:02d}Z", "user_id": f"u-{n}", "path": f"/a[{n}]", "agent": 'x "}],{'}


HUB = [{"records": [record(n) for n in range(5)]}, {"records": [record(n) for n in range(5, 9)]}]
FILES = {
    "compact array": (json.dumps([record(n) for n in range(9)], separators=(",", ":")), "json_array > ndjson"),
    "pretty array": (json.dumps([record(n) for n in range(9)], indent=4), "json_array > ndjson"),
    "event hub lines": ("\n".join(map(json.dumps, HUB)), "json_lines[records] > ndjson"),
    "event hub back to back": ("".join(map(json.dumps, HUB)), "json_member[records] > ndjson"),
    "pretty Records": (
        json.dumps({"Records": [record(n) for n in range(9)]}, indent=1),
        "json_member[Records] > ndjson",
    ),
    "pretty objects": ("\n".join(json.dumps(record(n), indent=2) for n in range(9)), "json_objects > ndjson"),
}


@pytest.mark.parametrize(("content", "name"), FILES.values(), ids=FILES)
def test_each_record_of_a_document_is_an_event_with_its_own_bytes(
    content: str, name: str, case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "a.json"
    log.write_text(content, encoding="utf-8")
    assert explain(log).format == name
    read(case, log)
    events = rows(case, EVENTS)
    assert [event["user_id"] for event in events] == [f"u-{n}" for n in range(9)]
    raw = log.read_bytes()
    cited = [raw[event["log_offset"] : event["log_offset"] + event["log_length"]] for event in events]
    assert [json.loads(each) for each in cited] == [record(n) for n in range(9)]
    (row,) = rows(case, LOG_FILES)
    assert (row["records"], row["events"], row["rejects"]) == (9, 9, 0)


@pytest.mark.parametrize("coded", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("content", "name"), FILES.values(), ids=FILES)
def test_a_document_in_utf_16_is_cited_by_its_own_bytes(
    content: str, name: str, coded: str, case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "a.json"
    raw = ("\ufeff" + content.replace('x \\"}],{', 'é\U0001f600 \\"}],{')).encode(coded)
    log.write_bytes(raw)
    assert explain(log).format == name
    read(case, log)
    events = rows(case, EVENTS)
    assert [event["user_id"] for event in events] == [f"u-{n}" for n in range(9)]
    cited = [raw[event["log_offset"] : event["log_offset"] + event["log_length"]].decode(coded) for event in events]
    assert [json.loads(each) for each in cited] == [{**record(n), "agent": 'é\U0001f600 "}],{'} for n in range(9)]
    assert all(event["parse_flags"] == ["utf_16"] for event in events)


def test_half_a_character_at_the_end_of_a_document_in_utf_16_balances(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    raw = (json.dumps([record(n) for n in range(3)])[:-1] + ', "rest').encode("utf-16") + b"\x00\xd8\x41"
    (tmp_path / "a.json").write_bytes(raw)
    read(case, tmp_path / "a.json")
    (reject,) = rows(case, REJECTS)
    assert reject["log_offset"] + reject["log_length"] == len(raw)
    assert len(rows(case, EVENTS)) == 3


def test_a_subscription_document_holds_wrapped_lines(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    line = '198.18.0.7 - u-17 [02/Mar/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 12 "-" "x/1"'
    document = {
        "messageType": "DATA_MESSAGE",
        "subscriptionFilters": ["all"],
        "logEvents": [{"id": str(n), "timestamp": 1772424306000, "message": line} for n in range(3)],
    }
    log = tmp_path / "a.json"
    log.write_text(json.dumps(document) * 2, encoding="utf-8")
    assert explain(log).format == "json_member[logEvents] > cloudwatch > combined"
    read(case, log)
    assert [event["user_id"] for event in rows(case, EVENTS)] == ["u-17"] * 6


def test_what_is_no_object_in_an_array_is_a_reject(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    parts = [json.dumps(record(n)) for n in range(4)]
    (tmp_path / "a.json").write_text(f'[{", ".join(parts)}, 7, "x", {{"time":]', encoding="utf-8")
    read(case, tmp_path / "a.json")
    reasons = [row["reason"] for row in rows(case, REJECTS)]
    assert reasons == ["not_an_object", "not_an_object", "invalid_json"]


def test_broken_utf_8_in_a_document_is_flagged(case: Case, read: Read, rows: Rows, tmp_path: Path) -> None:
    content = json.dumps([record(n) for n in range(3)], indent=1).encode().replace(b"u-1", b"u-\xff")
    (tmp_path / "a.json").write_bytes(content)
    read(case, tmp_path / "a.json")
    events = rows(case, EVENTS)
    assert [event["user_id"] for event in events] == ["u-0", "u-\ufffd", "u-2"]
    assert [event["parse_flags"] for event in events] == [[], ["invalid_utf8"], []]


def test_lines_that_hold_lists_of_their_own_stay_lines(tmp_path: Path) -> None:
    lines = [json.dumps({**record(n), "data": [record(n)]}) for n in range(5)]
    (tmp_path / "a.json").write_text("\n".join(lines), encoding="utf-8")
    assert explain(tmp_path / "a.json").format == "ndjson"


def test_the_shape_is_told_by_the_beginning() -> None:
    assert shapes(b'{"records":[{"a":1}]}\n{"records":[{"a":1}]}\n', whole=True)[0] == LINES
    assert shapes(b"198.18.0.7 - -", whole=True) == []


@pytest.mark.samples
@pytest.mark.parametrize("name", ["litellm/litellm__spend_logs_payload.json", "aws_waf/examples__waf.raw"])
def test_a_real_pretty_printed_record_is_one_event(
    name: str, samples: Path, case: Case, read: Read, rows: Rows
) -> None:
    log = samples / "formats" / name
    read(case, log)
    (event,) = rows(case, EVENTS)
    content = log.read_bytes()
    assert json.loads(content[event["log_offset"] : event["log_offset"] + event["log_length"]]) == json.loads(content)
