"""Every format proves itself by its samples, and leaves the samples of the others alone."""

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import SourceError, UsageError
from forensics.ingest.formats import FORMATS, Family, LineFormat, Sample, by_name
from forensics.ingest.formats.aliases import ROLES, wishes
from forensics.ingest.formats.parquet import bind_columns, head, read_columns
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Parsed, Reading, parse_text
from forensics.ingest.reader import chunks, records
from forensics.ingest.recognize import explain, explain_line
from forensics.ingest.sampling import as_records
from forensics.schema import EVENTS

ACCEPTED = [(form, sample) for form in FORMATS for sample in form.accepted]
REJECTED = [(form, sample) for form in FORMATS for sample in form.rejected]


def parsed(form: LineFormat, sample: Sample) -> Parsed:
    texts = [*sample.beside, sample.record]
    binding = form.bind(texts, {})
    return parse_text(as_records(texts), Reading("f" * 64, "c" * 64, form, binding, Terms(bytes(32))))


def shown(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


@pytest.mark.parametrize(("form", "sample"), ACCEPTED, ids=lambda each: getattr(each, "name", None) or each.record[:40])
def test_an_accepted_sample_gives_the_event_it_states(form: LineFormat, sample: Sample) -> None:
    rows = parsed(form, sample)
    (event,) = rows.events.to_dicts()
    assert {name: shown(event[name]) for name in sample.event} == sample.event
    assert event["log_format"] == form.name
    assert rows.rejects.is_empty()


@pytest.mark.parametrize(("form", "sample"), REJECTED, ids=lambda each: getattr(each, "name", None) or each.record[:40])
def test_a_rejected_sample_gives_the_reason_it_states(form: LineFormat, sample: Sample) -> None:
    rows = parsed(form, sample)
    assert rows.rejects["reason"].to_list() == [sample.reason]
    assert rows.counts.records == 1 + len(sample.beside)


@pytest.mark.parametrize(("form", "sample"), ACCEPTED, ids=lambda each: getattr(each, "name", None) or each.record[:40])
def test_no_format_claims_a_sample_of_another(form: LineFormat, sample: Sample) -> None:
    if not sample.beside:
        assert [each.format for each in explain_line(sample.record) if each.format] == [form.name]


@pytest.mark.parametrize(("form", "sample"), ACCEPTED, ids=lambda each: getattr(each, "name", None) or each.record[:40])
def test_a_file_of_a_sample_is_recognized(form: LineFormat, sample: Sample, tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("\n".join((*sample.beside, sample.record)) + "\n", encoding="utf-8")
    assert explain(path).format == form.name


def test_every_format_but_parquet_has_samples_for_and_against() -> None:
    assert [form.name for form in FORMATS if not (form.accepted and form.rejected)] == ["parquet"]


def test_names_are_unique_and_every_role_feeds_a_column() -> None:
    assert len({form.name for form in FORMATS}) == len(FORMATS)
    assert {role.partition(":")[0] for role in ROLES} - set(EVENTS.names()) == {"request_line"}


def test_a_line_may_differ_from_its_file_inside_the_family() -> None:
    texts = [sample.record for form in FORMATS if form.family == Family.CLF for sample in form.accepted]
    form = by_name("combined")
    rows = parse_text(as_records(texts), Reading("f" * 64, "c" * 64, form, form.bind(texts, {}), Terms(bytes(32))))
    assert rows.counts.formats == {"combined": 8, "common": 4, "traefik": 2, "vhost_combined": 2}
    assert rows.counts.records == len(texts)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        by_name("syslog")
    known = ", ".join(form.name for form in FORMATS)
    assert caught.value.hint == f"known formats: auto, {known}; or a log format directive, or FILE#NAME"


def test_a_mapping_must_name_a_column_a_log_can_fill() -> None:
    with pytest.raises(UsageError, match="'event_id' is no column a log can fill"):
        wishes({"event_id": "id"}, None)


@pytest.mark.parametrize(
    ("mapping", "account", "asked"),
    [
        ({"timestamp": "started_at"}, None, {"timestamp:start": "started_at"}),
        ({"timestamp": "log.written"}, None, {"timestamp:unknown": "log.written"}),
        ({"event_duration_us": "took_ms"}, None, {"event_duration_us:ms": "took_ms"}),
        ({"source_ip": "who"}, None, {"source_ip:field": "who"}),
        ({"user_id": "x"}, "api_key:auth.key", {"user_id:api_key": "auth.key"}),
        ({}, "auth.apiKey", {"user_id:api_key": "auth.apiKey"}),
        ({}, "login", {"user_id:user": "login"}),
        ({}, "urn:login", {"user_id:user": "urn:login"}),
    ],
)
def test_a_wish_becomes_a_role(mapping: dict[str, str], account: str | None, asked: dict[str, str]) -> None:
    assert wishes(mapping, account) == asked


def json_rows(lines: list[str], asked: dict[str, str] | None = None) -> list[dict[str, Any]]:
    form = by_name("ndjson")
    binding = form.bind(lines, asked or {})
    return parse_text(as_records(lines), Reading("f" * 64, "c" * 64, form, binding, Terms(bytes(32)))).events.to_dicts()


def test_a_json_key_that_appears_late_is_kept() -> None:
    early = [f'{{"ts":{1772424306 + n},"user_id":"u-1"}}' for n in range(50)]
    form = by_name("ndjson")
    binding = form.bind(early, {})
    late = '{"ts":1772424400,"user_id":"u-1","verdict":{"bot":true}}'
    rows = parse_text(as_records([late]), Reading("f" * 64, "c" * 64, form, binding, Terms(bytes(32))))
    assert rows.events["extra"].to_list() == ['{"verdict":{"bot":true}}']


def test_an_identity_that_appears_after_the_excerpt_is_still_an_identity() -> None:
    form = by_name("ndjson")
    binding = form.bind(['{"ts":1772424306,"path":"/"}'], {})
    late = '{"ts":1772424400,"path":"/","user_id":"u-9"}'
    rows = parse_text(as_records([late]), Reading("f" * 64, "c" * 64, form, binding, Terms(bytes(32))))
    assert rows.events["user_id"].to_list() == ["u-9"]


def test_a_field_named_time_that_holds_durations_is_no_time() -> None:
    lines = ['{"time":0.123,"ts":"2026-03-02T04:05:06Z"}', '{"time":4.5,"ts":"2026-03-02T04:05:07Z"}']
    first, second = json_rows(lines)
    assert shown(first["timestamp"]) == "2026-03-02T04:05:06+00:00"
    assert second["extra"] == '{"time":4.5}'


def test_a_flat_key_with_dots_and_a_nested_one_are_both_found_by_map() -> None:
    asked = wishes({"timestamp": "t.at", "user_id": "who.name"}, None)
    flat, nested = json_rows(
        ['{"t.at":1772424306,"who.name":"a"}', '{"t":{"at":1772424306},"who":{"name":"b"}}'], asked
    )
    assert (flat["user_id"], nested["user_id"], nested["extra"]) == (
        "a",
        "b",
        '{"t":{"at":1772424306},"who":{"name":"b"}}',
    )


def test_a_json_file_without_a_time_names_its_keys() -> None:
    with pytest.raises(SourceError, match=r"no key holds a time \(keys: a.b, c\)") as caught:
        by_name("ndjson").bind(['{"a":{"b":1},"c":"x"}'], {})
    assert caught.value.hint == "name it: --map timestamp=KEY (nested: --map timestamp=a.b)"


def test_deeply_nested_json_does_not_end_the_process() -> None:
    deep = '{"ts":1772424306,"a":' + "[" * 500_000 + "]" * 500_000 + "}"
    wide = '{"ts":1772424306,"a":' + '{"a":' * 170_000 + "1" + "}" * 170_001
    assert [row["log_format"] for row in json_rows(['{"ts":1772424306}', deep, wide])] == ["ndjson"] * 3


def test_a_status_word_stays_in_extra() -> None:
    (row,) = json_rows(['{"ts":1772424306,"status":"success"}'])
    assert (row["http_response_status_code"], row["extra"]) == (None, '{"status":"success"}')


def test_a_csv_without_a_wished_column_is_refused() -> None:
    with pytest.raises(SourceError, match=r"it has no column 'who' \(columns: time, user_id\)"):
        by_name("csv").bind(["time,user_id", "2026-03-02T04:05:06Z,u-1"], {"user_id:user": "who"})


def test_a_csv_whose_first_row_is_data_is_refused() -> None:
    with pytest.raises(SourceError, match="its first row is no header"):
        by_name("csv").bind(["2026-03-02T04:05:06Z,u-1", "2026-03-02T04:05:07Z,u-1"], {})


def test_parquet_columns_become_events_that_cite_row_group_and_row(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    times = pl.Series([1772424306, 1772424307, 1772424308]).cast(pl.Int64) * 1_000_000
    table = pa.table(
        {
            "started_at": pa.array(times.to_list(), pa.timestamp("us", "UTC")),
            "user_id": ["a", "b", None],
            "source": pa.array([{"ip": "198.18.0.7"}] * 3),
            "xff": pa.array([["198.18.0.1", "198.18.0.2"]] * 3),
            "score": [1, 2, 3],
        }
    )
    pq.write_table(table, path, row_group_size=2)
    binding = bind_columns(head(path), {})
    logged = read_columns(head(path), binding)
    assert {field.role for field in binding.fields} == {
        *("timestamp:start", "user_id:user", "source_ip:field", "network_forwarded_ip"),
    }
    assert logged["timestamp:start"][0] == "2026-03-02T04:05:06.000000+00:00"
    assert logged["network_forwarded_ip"][0] == "198.18.0.1,198.18.0.2"
    assert logged["extra"][0] == '{"score":"1","row_group":0,"row":0}'


PIECES = st.sampled_from(
    [
        *(sample.record for form in FORMATS for sample in (*form.accepted, *form.rejected)),
        *("#", "", " ", '"', "\\", "\x00", "\u2028", "{", "[", '{"time":1772424306}', "?api_key=abcdefgh", "-", ","),
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=3).map("".join), min_size=1, max_size=20), st.sampled_from(FORMATS[:4]))
def test_whatever_the_lines_are_every_one_is_an_event_a_reject_a_comment_or_blank(
    lines: list[str], form: LineFormat
) -> None:
    binding = form.bind(['{"time":"2026-03-02T04:05:06Z","user_id":"u","path":"/"}'], {})
    content = "".join(f"{line}\n" for line in lines).encode()
    (chunk,) = chunks([content])
    reading = Reading("f" * 64, "c" * 64, form, binding, Terms(bytes(32)))
    rows = parse_text(records(chunk), reading, newlines=chunk.newlines)
    counts = rows.counts
    assert counts.records == len(lines) == counts.events + counts.rejects + counts.comments + counts.blanks
    assert counts.bytes_content == len(content)
    offsets = sorted([*rows.events["log_offset"], *rows.rejects["log_offset"]])
    assert len(offsets) == len(set(offsets)) == counts.events + counts.rejects
