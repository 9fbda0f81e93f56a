"""What is asked of 32 bytes at once is what is asked of each, and what is built on it agrees with what is not."""

import json
import threading

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forensics.ingest import compiled, encoding, times
from forensics.ingest.compiled_words import WIDE, below, below_or_foreign, equal, in_ten, lowest
from forensics.ingest.formats import ndjson
from forensics.ingest.formats.base import Binding, Field
from forensics.ingest.layout import dotted, instants
from forensics.ingest.layout.lines import MARGIN, column, in_a_row, views
from forensics.ingest.layout.scratch import room
from forensics.ranges import located_plainly

OCTETS = st.integers(0, 300).map(str) | st.sampled_from(("", "00", "01", "1a", "256", "255", "0"))
ADDRESSES = st.lists(OCTETS, min_size=3, max_size=5).map(".".join)
GOOD = st.lists(st.integers(0, 255).map(str), min_size=4, max_size=4).map(".".join)


def cut_out(texts: list[str], behind: int = MARGIN) -> pl.Series:
    """Return texts as pieces of one buffer, as those of a chunk are."""
    content = np.frombuffer("".join(texts).encode() + bytes(behind), np.uint8)
    ends = np.cumsum([len(text.encode()) for text in texts], dtype=np.int64)
    starts = np.append(0, ends[:-1])
    padded = np.concatenate([content, np.zeros(MARGIN, np.uint8)])
    return column("", pa.py_buffer(content), views(padded, starts, ends))


def test_what_is_asked_of_many_bytes_is_asked_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiled.SETTING, "always")

    @compiled.part
    def asked(content: np.ndarray, place: int, byte: int) -> tuple[np.uint64, ...]:
        return (
            equal(content, place, byte),
            below(content, place, byte),
            below_or_foreign(content, place, byte),
            in_ten(content, place, byte),
        )

    content = np.random.default_rng(5).permutation(np.arange(512) % 256).astype(np.uint8)
    for byte in (0, 1, 34, 48, 127):
        for place in range(0, len(content) - WIDE, 7):
            held = content[place : place + WIDE].astype(np.int64)
            wanted = (
                held == byte,
                held < byte,
                (held < byte) | (held >= 128),
                (held >= byte) & (held < byte + 10),
            )
            assert asked(content, place, byte) == tuple(sum(1 << at for at in np.flatnonzero(mask)) for mask in wanted)
    assert lowest(np.uint64(0b101000)) == 3


@settings(deadline=None, max_examples=150)
@given(st.lists(GOOD, min_size=1, max_size=8), st.lists(ADDRESSES, max_size=2), st.sampled_from((0, 4, MARGIN)))
@example(["255.255.255.255", "0.0.0.0"], [], 0)  # noqa: S104 - text
@example(["198.18.0.7"], ["198.18.0.7 "], MARGIN)
def test_ranges_of_addresses_are_those_of_the_expression(good: list[str], others: list[str], behind: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(compiled.SETTING, "always")
        texts = [*good, *others]
        found, wanted = dotted.ranges(cut_out(texts, behind)), located_plainly(pl.Series(texts, dtype=pl.String))
    if wanted is None:
        assert found is None
    else:
        assert found is not None
        assert found.to_list() == wanted["source_range"].to_list()


def test_missing_addresses_are_left_to_the_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiled.SETTING, "always")
    assert dotted.ranges(pl.Series(["198.18.0.7", None])) is None


@pytest.mark.parametrize("size", [0, 1, 30, 31, 32, 33, 63, 64, 65, 100])
@pytest.mark.parametrize("odd", [r"\"", r"\\", "\t", "\x01", "é", "\u2028", "", "}", '","n":2,"x":"'])
def test_values_of_any_length_are_read_as_one_by_one(monkeypatch: pytest.MonkeyPatch, size: int, odd: str) -> None:
    binding = Binding((Field("timestamp:start", "time", ("/time",), "/time"), Field("url_path", "p", ("/p",), "/p")))
    places = sorted({0, size // 2, size})
    lines = [
        f'{{"time":"t","p":"{"x" * place}{odd}{"y" * (size - place)}","n":{10**17 // 3},"q":1}}' for place in places
    ]
    lines += [f'{{"time":"t","p":"{"z" * size}","n":1.5,"q":1}}'] * 10
    text = pl.Series(lines * 3)
    monkeypatch.setenv(compiled.SETTING, "never")
    slow = ndjson.read(text, binding)
    monkeypatch.setenv(compiled.SETTING, "always")
    known = ndjson.cut(text, binding)
    assert known is not None
    fast = pl.DataFrame([known[name] for name in known.columns])
    assert fast.drop("flags").equals(slow.select(fast.columns).drop("flags"))


@given(st.binary(max_size=400))
def test_line_ends_are_counted_alike(block: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for setting in ("never", "always"):
            patch.setenv(compiled.SETTING, setting)
            assert encoding.line_ends(block, None) == block.count(b"\n")


def test_loops_are_loaded_before_a_large_content_is_read_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("importlib.import_module", loaded.append)
    for setting, size in (("auto", compiled.CERTAIN - 1), ("never", compiled.CERTAIN), ("always", 1)):
        monkeypatch.setenv(compiled.SETTING, setting)
        compiled.ready(size)
    assert not loaded
    monkeypatch.setenv(compiled.SETTING, "auto")
    compiled.ready(compiled.CERTAIN)
    assert loaded == ["numba"]


TWO = st.integers(0, 32).map("{:02}".format) | st.sampled_from(("59", "60", "61", "1", "0a", ""))
YEARS = st.sampled_from(("1969", "1970", "1971", "1996", "2000", "2026", "2099", "2100", "19x0", "26"))
FRACTIONS = st.sampled_from(("", ".", ".5", ".123456", ".1234567890", ".12a", ",5"))
NAMES = st.sampled_from(("Jan", "Feb", "Sep", "Dec", "feb", "March", "XYZ"))
OFFSETS = st.sampled_from((" +0000", " -0330", " +1400", " +1500", " +0060", " 0000", "+0000", ""))
ISO = st.builds(
    "{}-{}-{}{}{}:{}:{}{}{}".format,
    YEARS,
    TWO,
    TWO,
    st.sampled_from("TTT t"),
    TWO,
    TWO,
    TWO,
    FRACTIONS,
    st.sampled_from(("Z", "Z", "z", "+00:00", "")),
)
CLF = st.builds("{}/{}/{}:{}:{}:{}{}".format, TWO, NAMES, YEARS, TWO, TWO, TWO, OFFSETS)


@settings(deadline=None, max_examples=400)
@given(st.lists(ISO | CLF, min_size=1, max_size=2))
@example(["2024-02-29T23:59:59.999999Z", "29/Feb/2000:00:00:00 -0330"])
@example(["2026-02-29T00:00:00Z"])
@example(["2026-03-02T04:05:60Z"])
def test_times_are_read_as_by_expressions_or_left_to_them(texts: list[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(compiled.SETTING, "never")
        slow = times.instants(pl.Series(texts), "UTC")
        patch.setenv(compiled.SETTING, "always")
        assert times.instants(cut_out(texts), "UTC").equals(slow)
        found = instants.instants(cut_out(texts))
    if found is not None:
        assert found.to_list() == slow["timestamp"].cast(pl.Int64).to_list()


@pytest.mark.parametrize("text", ["2026-03-02T04:05:06Z", "2026-03-02T04:05:06.25Z", "02/Mar/2026:04:05:06 +0000"])
def test_usual_times_are_not_left_to_expressions(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(compiled.SETTING, "always")
    found = instants.instants(cut_out([text] * 3))
    assert found is not None
    assert found[0] // 1_000_000 == 1_772_424_306
    assert instants.instants(pl.Series([text, None])) is None


def test_texts_in_a_row_are_arrows_own_and_others_are_not() -> None:
    texts = [json.dumps({"number": number, "é": "x" * number}) for number in range(40)]
    held = cut_out(texts)
    packed = in_a_row(held)
    assert packed is not None
    packed.validate(full=True)
    assert packed.to_pylist() == texts
    some = in_a_row(held[3:9])
    assert some is not None
    assert some.to_pylist() == texts[3:9]
    others = (held.reverse(), held.gather([0, 2]), pl.concat([held, cut_out(["short"])]), pl.Series([*texts, None]))
    assert [in_a_row(other) for other in (*others, held.head(0))] == [None] * 5


def test_room_is_used_again_by_its_thread_only() -> None:
    first = room("test", 3, 4)
    first[:] = 7
    assert (room("test", 2, 6) == 7).all()
    assert room("test", 5, 1_000).shape == (5, 1_000)
    others: list[np.ndarray] = []
    thread = threading.Thread(target=lambda: others.append(room("test", 5, 1_000)))
    thread.start()
    thread.join()
    assert not np.shares_memory(others[0], room("test", 5, 1_000))
