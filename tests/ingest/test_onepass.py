"""Compiled loops over JSON lines and texts give what is read without them, whatever the bytes."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forensics.errors import SourceError
from forensics.ingest import compiled
from forensics.ingest.distinct import encoded, firsts
from forensics.ingest.event_ids import event_ids
from forensics.ingest.formats import by_name, ndjson
from forensics.ingest.formats.base import Binding, Field
from forensics.ingest.layout import loops, onepass
from forensics.ingest.layout.lines import places
from forensics.ingest.layout.objects import told_apart
from forensics.ingest.reader import chunks, records

BINDING = Binding(
    (
        Field("timestamp:start", "time", ("/time",), "/time"),
        Field("user_id:user", "u.id", ("/u/id", "/u.id"), "/u/id"),
        Field("http_response_body_bytes", "n", ("/n",), "/n"),
        Field("url_path", "path", ("/path/0", "/path"), "/path"),
    )
)
NUMBERS = (
    "0",
    "-0",
    "7",
    "-17",
    "007",
    "1.5",
    "1.50",
    "0.000",
    "-0.0",
    "1e5",
    "5E-7",
    "1.",
    ".5",
    "12345678901234567890",
)
LONG = (
    "0.30000000000000004",
    "0.30000000000000005",
    "1646861401.5241024",
    "1646861401.52410245",
    "0.00009999999999999999",
)
PLAIN = st.text(st.sampled_from("ab /{}[]:,-.0é\u2028\x7f\ue000"), max_size=14).map(lambda text: f'"{text}"')
ESCAPED = st.sampled_from((r'"a\"b"', r'"\\"', r'"\u0000"', r'"\ud800"', '"a\tb"', '"a\0b"', r'"\"', '"a\rb"'))
SCALARS = st.sampled_from((*NUMBERS, *LONG, "true", "false", "null", "NaN", "tru", "falsy", "nulls", "-", "1 2"))
SIMPLE = st.one_of(SCALARS, PLAIN, ESCAPED)
VALUES = st.one_of(SIMPLE, st.sampled_from(('{"id":"x","id":1}', '{"id": "y"}', '["p"]', "[1,2]", "[]", '[{"a":"b"}]')))
MEMBERS = st.tuples(st.sampled_from(("time", "u", "u.id", "n", "path", "é", "")), VALUES)
LINES = st.lists(MEMBERS, max_size=5).map(lambda held: "{" + ",".join(f'"{k}":{v}' for k, v in held) + "}")
CUTS = st.sampled_from((b"", b"\r", b" ", b"\xff", b"\xed\xa0\x80", b"\0", b"}", b'"', b"\\", b"\xef\xbb\xbf"))


@contextmanager
def compiled_as(setting: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(compiled.SETTING, setting)
        yield


def both_ways(read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
    """Read with and without compiled loops, and see that it makes no difference."""
    with compiled_as("never"):
        slow = read()
    with compiled_as("always"):
        quick = read()
    assert quick.schema == slow.schema
    assert quick.equals(slow)
    return quick


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Draw the bytes of a file: lines of few shapes, repeated, with some of them damaged, the last one perhaps cut."""
    shapes = [line.encode("utf-8", "surrogatepass") for line in draw(st.lists(LINES, min_size=1, max_size=3))]
    lines = [*shapes * draw(st.integers(1, 12)), *shapes[:1] * draw(st.integers(0, 20))]
    for _ in range(draw(st.integers(0, 3))):
        number, piece = draw(st.integers(0, len(lines) - 1)), draw(CUTS)
        place = draw(st.integers(0, len(lines[number])))
        lines[number] = lines[number][:place] + piece + lines[number][place + draw(st.integers(0, 2)) :]
    whole = b"\n".join(lines) + draw(st.sampled_from((b"\n", b"", b"\r\n", b"\n\n")))
    return whole[: len(whole) - draw(st.integers(0, 9))]


HIGH = b"".join(b'{"time":["p"],"time\xff":%d}\n' % number for number in range(20))


@settings(deadline=None, max_examples=200)
@given(contents())
@example(HIGH)  # what is put together begins with a word of 63 bits and more
def test_hostile_lines_are_read_as_without_compiled_loops(content: bytes) -> None:
    def read() -> pl.DataFrame:
        return ndjson.read(texts_of(content), BINDING)

    row_by_row = both_ways(read)
    with compiled_as("always"):
        known = ndjson.cut(texts_of(content), BINDING)
    assert known is not None
    assert pl.DataFrame([known[name] for name in known.columns]).equals(row_by_row)
    for name, text in known.texts.items():  # what distinct values and codes are to be, see `distinct.Text`
        with compiled_as("never"):
            assert encoded(row_by_row[name]).tolist() == text.codes.tolist()
        assert len(text.values) == text.codes.max() + 1


def texts_of(content: bytes) -> pl.Series:
    frames = [records(chunk) for chunk in chunks([content])]
    return pl.concat([frame["text"] for frame in frames]) if frames else pl.Series([], dtype=pl.String)


WORDS = st.lists(st.none() | st.text(st.sampled_from("ab\0é"), max_size=16), max_size=60)


@settings(deadline=None, max_examples=150)
@given(WORDS, st.booleans())
def test_texts_are_numbered_in_the_order_of_first_places(texts: list[str | None], sliced: bool) -> None:
    values = pl.Series([*texts, *texts], dtype=pl.String)
    values = values[1:-1] if sliced else values
    codes = both_ways(lambda: pl.DataFrame({"codes": encoded(values)}))["codes"].to_numpy()
    first = both_ways(lambda: pl.DataFrame({"first": firsts(codes)}))["first"]
    assert first.to_list() == [values.index_of(value) for value in values.unique(maintain_order=True)]


@given(st.lists(st.integers(0, 10**15 - 1), max_size=40))
@example([0, 9_999, 10_000, 99_999_999, 100_000_000, 10**15 - 1])
def test_ids_of_events_are_the_hash_and_fifteen_digits(offsets: list[int]) -> None:
    column = pl.Series(offsets, dtype=pl.Int64)
    ids = both_ways(lambda: pl.DataFrame({"id": pl.from_arrow(event_ids("0123456789abcdef", column))}))["id"]
    assert ids.to_list() == [f"0123456789abcdef-{offset:015d}" for offset in offsets]


def test_many_texts_and_pairs_are_numbered() -> None:
    texts = pl.Series([f"a longer text {number * number % 9973}" for number in range(30_000)])
    codes = both_ways(lambda: pl.DataFrame({"codes": encoded(texts)}))["codes"].to_numpy()
    other = codes[::-1].copy()
    pairs = onepass.paired(codes, other)
    assert pairs is not None
    assert (pairs == encoded(pl.Series(codes.astype(np.int64) << 32 | other))).all()


def test_texts_that_collide_are_numbered_by_arrow() -> None:
    """Only the lower bytes of a hash choose the place in a table: texts chosen to share one are given up."""
    from forensics.ingest.layout import coding  # noqa: PLC0415 - numba

    content, views = np.zeros(64, np.uint8), np.zeros((600, 2), np.uint64)
    views[:, 0], views[:, 1] = 8, np.arange(600)
    content.flags.writeable = False
    table = np.empty(coding.slots(600), np.uint64)
    table[:] = 1 << 32 | 1  # as if each place were taken
    known, _ = coding.code(content, views, np.empty(600, np.uint32), np.ones((600, 2), np.uint64), table, 1, 255)
    assert known == -1


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=300), st.sampled_from((0, 10, 34, 128, 255)))
def test_places_of_a_byte_are_found(content: bytes, byte: int) -> None:
    view = np.frombuffer(content * 3, np.uint8)
    both_ways(lambda: pl.DataFrame({"places": places(view, byte)}))


@given(st.binary(max_size=300), st.booleans())
def test_line_ends_are_found_and_plain_bytes_are_known(content: bytes, printable: bool) -> None:
    held = np.frombuffer(content.translate(None, bytes([0, 13, *range(128, 256)])) if printable else content, np.uint8)
    ends, plain = onepass.line_ends(held)
    assert ends.tolist() == np.flatnonzero(held == 10).tolist()
    assert plain == all(0 < byte < 128 and byte != 13 for byte in held.tolist())


def test_line_ends_are_found_across_pieces() -> None:
    held = np.tile(np.frombuffer(b"\n" * 3 + b"x" * 7, np.uint8), 30_000)
    ends, plain = onepass.line_ends(held)
    assert plain
    assert (ends == np.flatnonzero(held == 10)).all()
    for byte in (0, 13, 200):
        odd = held.copy()
        odd[200_001] = byte
        assert not onepass.line_ends(odd)[1]


def test_doubles_of_many_digits_are_judged_as_a_writer_would_write_them() -> None:
    """What is said to be the shortest is, and of what writers write nearly all is said to be."""
    random = np.random.default_rng(7)
    doubles = np.concatenate([random.random(4_000) * 10.0 ** random.integers(-3, 9, 4_000), 2.0 ** np.arange(-12, 40)])
    written = [text for text in map(str, doubles.tolist()) if "e" not in text]
    others = [text[:-1] + str((int(text[-1]) + step) % 10) for text in written for step in (1, 2, 5, 9)]
    known = {text: _is_known(text) for text in (*written, *others)}
    assert [text for text, is_known in known.items() if is_known and str(float(text)) != text] == []
    asked = [text for text in written if 16 <= len(text.replace(".", "").lstrip("0")) <= 17]
    assert sum(known[text] for text in asked) > 0.99 * len(asked)


def _is_known(text: str) -> bool:
    whole, _, fraction = text.partition(".")
    number = int(whole + fraction)
    return len(fraction) < len(loops.TENS) and loops.is_shortest(number, loops.TENS[len(fraction)])


def test_lines_of_one_shape_are_cut_by_compiled_loops() -> None:
    lines = [json.dumps({"time": f"t{number}", "n": number, "x": number / 7}) for number in range(3000)]
    (chunk,) = chunks(["".join(f"{line}\n" for line in lines).encode()])
    with compiled_as("always"):
        found = told_apart(records(chunk)["text"])
    assert [len(each.rows) + len(found.rest) for each in found.alike] == [3000]
    assert len(found.rest) < 10  # numbers below 0.0001 are written with an exponent
    assert found.alike[0].cut is not None


@pytest.mark.samples
def test_real_json_lines_are_read_as_without_compiled_loops(samples: Path) -> None:
    compared = 0
    form = by_name("ndjson")
    for path in sorted((samples / "formats").rglob("*")):
        content = path.read_bytes()[: 1 << 20] if path.is_file() else b""
        lines = [line for line in content.decode("utf-8", "replace").split("\n")[:400] if line.startswith("{")]
        if len(lines) < 2:
            continue
        try:
            binding = form.bind(lines, {})
        except SourceError:  # no record holds a time
            continue
        (chunk, *_) = chunks(["\n".join(lines * 3).encode()])
        text = records(chunk)["text"]
        compared += both_ways(lambda text=text, binding=binding: form.read(text, binding)).height  # type: ignore[misc]
    assert compared > 300
