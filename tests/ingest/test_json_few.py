"""A few JSON objects read one by one are what DuckDB reads of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from forensics.ingest.formats import json_few, ndjson
from forensics.ingest.formats.base import Binding, Field

BINDING = Binding(
    fields=(
        Field("timestamp:unknown", "time", ("/time",), whole="/time"),
        Field("user_id:user", "user.id", ("/user/id", "/user.id"), whole="/user"),
        Field("http_request_bytes", "n", ("/n", "/a~1b", "/x/0"), whole="/n"),
    )
)
KEYS = st.sampled_from(("time", "user", "user.id", "n", "a/b", "id", "é", "\u2028", "x", "0"))
DIGITS = st.text("0123456789", min_size=1, max_size=22)
NUMBERS = st.one_of(
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.builds("{}{}.{}".format, st.sampled_from(("", "-")), DIGITS, DIGITS),
    st.builds("{}e{}{}".format, DIGITS, st.sampled_from(("", "+", "-")), st.integers(0, 30)),
    st.builds("{}.{}E-{}".format, st.integers(0, 9), DIGITS, st.integers(0, 330)),
)
VALUES = st.recursive(
    st.one_of(
        NUMBERS,
        st.sampled_from(("null", "true", "false", "NaN", "Infinity", "-0", "0", "01", "1.", '"\\u00e9"', '"\t"')),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5).map(json.dumps),
        st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\'), max_size=5).map(
            '"{}"'.format
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: "[" + ",".join(values) + "]"),
        st.lists(st.tuples(KEYS, inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f'"{key}" :{value}' for key, value in pairs) + "}"
        ),
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.tuples(KEYS, VALUES), max_size=5).map(
    lambda pairs: "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"
)


@contextmanager
def few_are(count: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_few, "_MOST", count)
        yield


@given(texts=st.lists(st.one_of(OBJECTS, VALUES), min_size=1, max_size=4), are_bound=st.booleans())
@example(texts=['{"n":4e-06,"x":1e-7}', '{"n":1e16,"x":9.99e20}', '{"n":1e21,"x":-0.0}'], are_bound=True)
@example(texts=['{"y":' + "[" * 800 + "]" * 800 + "}"], are_bound=True)
@example(texts=['{"":1}'], are_bound=True)
@example(texts=['{"n":-0}'], are_bound=True)
@example(texts=['{"n":99999999999999999999999}'], are_bound=True)
@example(texts=['{"x":[7]}'], are_bound=True)
@example(texts=['{"n":1,"n":2}'], are_bound=True)
@example(texts=['{"y":"a\\u0000"}'], are_bound=True)
@example(texts=['{"y":"\t"}'], are_bound=True)
@example(texts=['{"user":{"id":null},"n":[1.50,{"a":0.000001}]}'], are_bound=True)
def test_few_texts_are_read_as_many(texts: list[str], are_bound: bool) -> None:
    binding = BINDING if are_bound else Binding()
    column = pl.Series(texts, dtype=pl.String)
    with few_are(64):
        one = ndjson._read(column, binding)
    with few_are(0):
        assert one.equals(ndjson._read(column, binding))


@given(st.floats(-1e308, 1e308), st.integers(1, 16))
def test_numbers_are_written_as_duckdb_writes_them(number: float, digits: int) -> None:
    texts = pl.Series([f'{{"n":{text}}}' for text in (repr(number), f"{number:.{digits}e}", f"{number:.6f}"[:-1])])
    binding = Binding(fields=(Field("n", "n", ("/n",), whole="/n"),))
    found = json_few.few(texts, ["/n"], ["n"])
    with few_are(0):
        known = ndjson._read(texts, binding)["n"].to_list()
    assert found is not None
    assert found["found"].list.first().to_list() == known


def test_plain_objects_open_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened() -> None:
        raise AssertionError

    monkeypatch.setattr(ndjson, "lookups", opened)
    row = ndjson._read(pl.Series(['{"time":"t","n":4e-6,"x":{"y":[1,"z"]}}']), BINDING).row(0, named=True)
    assert (row["timestamp:unknown"], row["http_request_bytes"], row["extra"]) == (
        "t",
        "0.000004",
        '{"x":{"y":[1,"z"]}}',
    )
