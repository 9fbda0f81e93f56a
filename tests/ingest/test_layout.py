"""Lines that are cut at known places give what the slow path gives, byte for byte."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.errors import SourceError
from forensics.ingest.formats import FORMATS, Family, LineFormat, Sample, by_name, ndjson
from forensics.ingest.formats.base import Binding, Field
from forensics.ingest.layout import objects, shape
from forensics.ingest.layout.lines import Lines, woven
from forensics.ingest.reader import chunks, records

BINDING = Binding(
    (
        Field("timestamp:start", "a", ("/a",), "/a"),
        Field("user_id:user", "b.c", ("/b/c", "/b.c"), "/b/c"),
        Field("url_path", "d", ("/d/0", "/d"), "/d"),
        Field("user_agent_original", "é", ("/é",), "/é"),
    )
)
WRITTEN = ("0", "-0", "1", "-17", "1e5", "1.0", "1.50", "0.030", "0.000", "-0.0", "0.1", "1E-7", "12345678901234567890")
SCALARS = st.sampled_from(
    (*WRITTEN, "true", "false", "null", "0.30000000000000004", "0.30000000000000005", "NaN", "01")
)
TEXTS = st.text(st.sampled_from('ab /{}[]:,-.0é\u2028\x7f\ue000"\\'), max_size=14).map(lambda text: f'"{text}"')
ESCAPED = st.text(max_size=5).map(json.dumps)
KEYS = st.sampled_from(("a", "b", "c", "b.c", "d", "é", "", "nan", "0"))


def objects_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    def joined(drawn: tuple[list[tuple[str, str]], str]) -> str:
        members, blank = drawn
        return "{" + f",{blank}".join(f'"{key}":{blank}{value}' for key, value in members) + "}"

    return st.tuples(st.lists(st.tuples(KEYS, values), max_size=4), st.sampled_from(("", " "))).map(joined)


def lists_of(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=2).map(lambda held: "[" + ",".join(held) + "]")


VALUES = st.recursive(SCALARS | TEXTS | ESCAPED, lambda inner: objects_of(inner) | lists_of(inner), max_leaves=6)
LINE = objects_of(VALUES)


def series(lines: list[str]) -> pl.Series:
    """Return lines as a source gives them."""
    content = "".join(f"{line}\n" for line in lines).encode()
    (chunk,) = chunks([content])
    return records(chunk)["text"]


def slow(text: pl.Series) -> pl.DataFrame:
    return ndjson._read(text, BINDING)


@settings(deadline=None, max_examples=150)
@given(st.lists(LINE, min_size=1, max_size=4), st.integers(0, 3))
def test_json_lines_of_few_shapes_are_read_as_one_by_one(lines: list[str], odd: int) -> None:
    text = series([*lines * 9, *lines[:odd]])
    assert ndjson.read(text, BINDING).drop("flags").equals(slow(text))


def test_no_line_at_all_is_read_as_none() -> None:
    text = pl.Series([], dtype=pl.String)
    assert ndjson.read(text, BINDING).drop("flags").equals(slow(text))


def varied(template: str) -> list[str]:
    return [template.replace("TEXT", "x" * size).replace("17", str(size * 7)) for size in range(1, 40)]


@pytest.mark.parametrize(
    "template",
    [
        '{"a":"TEXT","b":{"c":17,"x":[{"y":"TEXT"}]},"d":["TEXT"],"z":null}',
        '{"d": [], "a": "TEXT", "b": {"c": "TEXT"}, "e": {}, "n": 17.25}',
        '{"a":"TEXT","a":"17","b.c":17}',
        '{"msg":"TEXT","b":{"c":17}}',
        '  {"a":17,"b":"é","é":"TEXT é"} ',
    ],
)
def test_lines_that_differ_in_their_values_have_one_shape_and_are_read_as_ever(template: str) -> None:
    text = series(varied(template))
    found = objects.told_apart(text)
    assert [len(each.rows) for each in found.alike] == [39]
    assert len(found.rest) == 0
    assert ndjson.read(text, BINDING).drop("flags").equals(slow(text))


@pytest.mark.parametrize(
    "line",
    [
        '{"a":"TEXT","n":[1,2]}',  # no quote tells where the first number ends
        '{"a":"TEXT\\n"}',
        '{"a":"TEXT","n":1e5}',
        '{"a":"TEXT","n":-0}',
        '{"a":"TEXT","n":NaN}',
        '{"a":"TEXT","n":1,}',
        '["TEXT"]',
        '{"a":"TEXT\ue000","\ue001":"x"}',
        '{"a":"TEXT\tx"}',
        "TEXT TEXT TEXT",
    ],
)
def test_lines_that_are_not_plain_json_are_left_to_the_slow_path(line: str) -> None:
    found = objects.told_apart(series(varied(line)))
    assert found.alike == ()
    assert len(found.rest) == 39


def test_a_key_that_differs_is_another_shape() -> None:
    lines = [f'{{"a":"{number}","{key}":"x"}}' for number in range(100, 120) for key in ("left", "lift")]
    found = objects.told_apart(series(lines))
    assert [(each.shape.template[-10:], each.rows[0], len(each.rows)) for each in found.alike] == [
        ('left":"\ue001"}', 0, 20),
        ('lift":"\ue001"}', 1, 20),
    ]
    assert len(found.rest) == 0


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(-1e9, 1e9).map(lambda number: f"{number:.12f}"),
    st.decimals(-(10**9), 10**9, places=3).map(str),
    st.integers(-(10**20), 10**20).map(str),
    SCALARS,
)


@settings(deadline=None, max_examples=100)
@given(st.lists(NUMBERS, min_size=8, max_size=60))
def test_numbers_become_what_a_json_writer_makes_of_them(numbers: list[str]) -> None:
    text = series([f'{{"a":{number},"x":{number}}}' for number in numbers])
    assert ndjson.read(text, BINDING).drop("flags").equals(slow(text))


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=40), min_size=1))
def test_pieces_of_lines_are_the_bytes_between_their_places(lines: list[str]) -> None:
    text = pl.Series([*lines, "x" * 64])
    held = Lines(text)
    rows = np.flatnonzero(held.plain)
    starts, ends = held.starts[rows], held.ends[rows]
    for skipped in (0, 1, 5, 13):  # of a line of ASCII any byte begins a piece
        ascii_rows = [row for row in range(len(rows)) if text[int(rows[row])].isascii()]
        begins = np.minimum(starts[ascii_rows] + skipped, ends[ascii_rows])
        pieces = held.column(held.views(begins, ends[ascii_rows]))
        assert pieces.to_list() == [text[int(rows[row])][skipped:] for row in ascii_rows]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.none() | st.text(max_size=20)), min_size=1, max_size=30))
def test_columns_are_woven_row_by_row(drawn: list[tuple[int, str | None]]) -> None:
    parts: list[tuple[Any, pl.Series]] = []
    for part in range(3):
        rows = np.array([row for row, (of, _) in enumerate(drawn) if of == part], np.int64)
        parts.append((rows, pl.Series("x", [drawn[row][1] for row in rows], dtype=pl.String)))
    assert woven(len(drawn), parts[:2]).to_list() == [text if of < 2 else None for of, text in drawn]


SAMPLES = [(form, sample) for form in FORMATS if form.family == Family.JSON for sample in form.accepted]


def repeated(rows: pl.DataFrame, times: int) -> list[dict[str, Any]]:
    return rows.to_dicts() * times


@pytest.mark.parametrize(("form", "sample"), SAMPLES, ids=lambda each: getattr(each, "name", None) or each.record[:40])
def test_many_records_of_a_json_format_are_read_as_few_are(form: LineFormat, sample: Sample) -> None:
    lines = [*sample.beside, sample.record, sample.record.replace("198.18.0.7", "-").replace("200", "0")]
    binding = form.bind(lines, {})
    few = form.read(pl.Series(lines), binding)
    assert form.read(pl.Series([*lines * 9, "{}"]), binding)[:-1].to_dicts() == repeated(few, 9)


def test_most_samples_of_json_formats_have_a_shape() -> None:
    lines = [sample.record for _, sample in SAMPLES]
    assert len([line for line in lines if shape.learned(line.encode())]) > len(lines) // 2


@pytest.mark.samples
def test_real_json_lines_are_read_as_one_by_one(samples: Path) -> None:
    compared = 0
    form = by_name("ndjson")
    for path in sorted((samples / "formats").rglob("*")):
        lines = path.read_bytes().decode("utf-8", "replace").split("\n")[:2000] if path.is_file() else []
        lines = [line for line in lines if line.startswith("{")]
        if len(lines) < 2:
            continue
        try:
            binding = form.bind(lines, {})
        except SourceError:  # no record holds a time
            continue
        whole = form.read(series([*lines, *lines * 8]), binding)[: len(lines)].to_dicts()
        single = [row for line in lines for row in form.read(pl.Series([line]), binding).to_dicts()]
        names = {name for row in single for name in row}
        assert [{name: row.get(name) for name in names} for row in single] == [
            {name: row.get(name) for name in names} for row in whole
        ], path.name
        compared += len(lines)
    assert compared > 100
