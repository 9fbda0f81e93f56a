"""OTLP documents hold many spans: each is an event with its own bytes, read with what stands around it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.case import Case
from forensics.ingest import documents, explain
from forensics.ingest.shapes import OTLP, Layout, Shape
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]


def named(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def span(n: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a span holds
    said = {"http.request.method": "GET", "url.path": f"/a[{n}]", "client.address": "198.18.0.7"}
    start = 1772424306250000000 + n
    return {"traceId": "1", "spanId": str(n), "startTimeUnixNano": str(start), "attributes": named(said), **more}


def document(service: str, user: str, *spans: dict[str, Any], last: bool = False) -> dict[str, Any]:
    resource = {"resource": {"attributes": named({"service.name": service, "user.id": user})}}
    scopes = {"scopeSpans": [{"scope": {"name": f"scope of {service}"}, "spans": list(spans)}]}
    return {"resourceSpans": [{**scopes, **resource} if last else {**resource, **scopes}]}


def logs(n: int) -> dict[str, Any]:
    record = {"timeUnixNano": str(1772424306250000000 + n), "attributes": named({"http.request.method": "PUT"})}
    return {"resourceLogs": [{"resource": {}, "scopeLogs": [{"scope": {}, "logRecords": [record, record]}]}]}


def joined(*documents_: dict[str, Any]) -> dict[str, Any]:
    return {"resourceSpans": [part for each in documents_ for part in each["resourceSpans"]]}


BATCHES = [
    document("web", "u-1", span(1), span(2), span(3)),
    joined(document("api", "u-2", span(4)), document("api", "u-3", span(5), span(6), last=True)),
    document("web", "u-1", span(7)),
]
FILES = {
    "one document per line": "\n".join(map(json.dumps, BATCHES)),
    "pretty": "\n".join(json.dumps(each, indent=2) for each in BATCHES),
    "back to back": "".join(json.dumps(each, separators=(",", ":")) for each in BATCHES),
}


@pytest.mark.parametrize("coded", ["utf-8", "utf-16"])
@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_each_span_is_an_event_with_its_own_bytes(
    content: str, coded: str, case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    log = tmp_path / "traces.json"
    log.write_bytes(content.encode(coded))
    assert (explain(log).format, explain(log).rate) == ("otlp_json", 1.0)
    read(case, log)
    events = rows(case, EVENTS)
    assert [event["url_path"] for event in events] == [f"/a[{n}]" for n in range(1, 8)]
    assert [event["user_id"] for event in events] == ["u-1"] * 3 + ["u-2", "u-3", "u-3", "u-1"]
    scopes = [json.loads(event["extra"])["scope"]["name"] for event in events]
    assert scopes == ["scope of web"] * 3 + ["scope of api"] * 3 + ["scope of web"]
    assert all("in_batch" in event["parse_flags"] for event in events)
    raw = log.read_bytes()
    cited = [raw[event["log_offset"] : event["log_offset"] + event["log_length"]] for event in events]
    little = coded.replace("utf-16", "utf-16-le")
    assert [json.loads(each.decode(little)) for each in cited] == [span(n) for n in range(1, 8)]
    (file,) = rows(case, LOG_FILES)
    assert (file["records"], file["events"], file["bytes_content"]) == (7, 7, len(raw))


def test_spans_and_log_records_may_stand_in_one_file_and_a_broken_line_costs_itself(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    lines = [json.dumps(BATCHES[0]), json.dumps(BATCHES[1])[:-90], json.dumps(logs(1)), json.dumps(BATCHES[2])]
    (tmp_path / "a.json").write_text("\n".join(lines) + "\n", "utf-8")
    read(case, tmp_path / "a.json")
    methods = [event["http_request_method"] for event in rows(case, EVENTS)]
    assert methods[:3] == ["GET"] * 3
    assert methods[-3:] == ["PUT", "PUT", "GET"]
    (file,) = rows(case, LOG_FILES)
    assert file["records"] == file["events"] + file["rejects"]


def test_a_span_that_is_no_request_is_a_reject_that_cites_the_span(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    inner = {"traceId": "1", "spanId": "9", "name": "SELECT", "startTimeUnixNano": "1772424306250000000"}
    (tmp_path / "a.json").write_text(json.dumps(document("web", "u", span(1), inner)) + "\n", "utf-8")
    read(case, tmp_path / "a.json")
    (reject,) = rows(case, REJECTS)
    content = (tmp_path / "a.json").read_bytes()
    cited = content[reject["log_offset"] : reject["log_offset"] + reject["log_length"]]
    assert (reject["reason"], json.loads(cited)) == ("non_http", inner)


def test_single_spans_in_the_excerpt_do_not_hide_batches_behind_it(
    case: Case, read: Read, rows: Rows, tmp_path: Path
) -> None:
    single = [json.dumps(document("web", "u-1", span(n))) for n in range(500)]
    (tmp_path / "a.json").write_text("\n".join([*single, json.dumps(BATCHES[0])]) + "\n", "utf-8")
    read(case, tmp_path / "a.json", format="otlp_json")
    assert len(rows(case, EVENTS)) == 503


KEYS = st.sampled_from(["resource", "scope", "spans", "a", '"spans":['])
VALUES = st.recursive(
    st.sampled_from([1, "x", 'y"]}', None]), lambda inner: st.dictionaries(KEYS, inner, max_size=2), max_leaves=4
)
SPANS = st.lists(st.dictionaries(st.sampled_from(["a", "resourceSpans", "attributes"]), VALUES, min_size=1), max_size=3)
PARTS = st.lists(st.tuples(VALUES.map(lambda value: {"v": value}), SPANS, st.booleans()), max_size=3)


@given(st.lists(PARTS, min_size=1, max_size=3), st.sampled_from([None, 1]), st.integers(1, 40), st.integers(1, 30))
def test_whatever_spans_hold_each_is_read_with_its_own_resource_wherever_the_stream_is_cut(
    batches: list[list[tuple[Any, list[Any], bool]]], indent: int | None, size: int, block: int
) -> None:
    def part(resource: Any, spans: list[Any], *, last: bool) -> dict[str, Any]:  # noqa: ANN401 - any JSON
        scopes = {"scopeSpans": [{"spans": spans}]}
        return {**scopes, "resource": resource} if last else {"resource": resource, **scopes}

    whole = [{"resourceSpans": [part(r, s, last=last) for r, s, last in parts]} for parts in batches]
    content = "\n".join(json.dumps(each, indent=indent) for each in whole).encode() + b"\n"
    shape = Shape(Layout.MEMBER if indent else Layout.LINES, OTLP)
    blocks = (content[at : at + block] for at in range(0, len(content), block))
    found = list(documents.chunks(blocks, shape, size))
    assert sum(int(chunk.lengths.sum()) + chunk.newlines for chunk in found) == len(content)
    rows = [row for chunk in found for row in documents.records(chunk, shape).to_dicts()]
    expected = [
        (s, {"resource": r, "scopeSpans": [{"spans": [s]}]}) for parts in batches for r, ss, _ in parts for s in ss
    ]
    read = [row for row in rows if '"spans"' in row["text"] and "resourceSpans" in row["text"][:20]]
    cited = [json.loads(content[row["log_offset"] : row["log_offset"] + row["log_length"]]) for row in read]
    kept = [(row, said) for row, said in zip(read, cited, strict=True) if said not in whole]
    assert [(said, json.loads(row["text"])["resourceSpans"][0]) for row, said in kept] == expected
