"""The splitter against a slow definition, and the bytes at which splitters break."""

import bz2
import gzip
import lzma
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.ingest import reader
from forensics.ingest.content import Content
from forensics.ingest.reader import LONGEST, chunks, line_ends, quoted_ends, records

TEXT = st.lists(st.sampled_from([b"a", b"\n", b"\r\n", b"\xff", b"\x00", "\u2028".encode(), b"\x0b", b"bcd"])).map(
    b"".join
)


def in_blocks(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


def slow(content: bytes, size: int) -> list[tuple[int, int, int, int]]:
    """(chunk, line, offset, length) of every record, by definition."""
    pieces = content.split(b"\n")
    offsets = [sum(len(each) + 1 for each in pieces[:place]) for place in range(len(pieces))]
    found = [(at // size, n + 1, at, len(each)) for n, (at, each) in enumerate(zip(offsets, pieces, strict=True))]
    return found if pieces[-1] else found[:-1]


@given(TEXT, st.integers(1, 9), st.integers(1, 7))
def test_records_are_what_splitting_at_newlines_gives(content: bytes, size: int, block: int) -> None:
    found = []
    for chunk in chunks(in_blocks(content, block), line_ends, size):
        rows = records(chunk)
        found += [(chunk.index, *row) for row in rows.select("log_line", "log_offset", "log_length").iter_rows()]
    assert found == slow(content, size)


@given(TEXT, st.integers(1, 9), st.integers(1, 7))
def test_every_byte_is_in_a_record_or_a_line_end(content: bytes, size: int, block: int) -> None:
    cut = list(chunks(in_blocks(content, block), line_ends, size))
    assert sum(int(chunk.lengths.sum()) + chunk.newlines for chunk in cut) == len(content)
    assert b"".join(chunk.content.tobytes() for chunk in cut) == content


@given(TEXT)
def test_text_is_the_decoded_record(content: bytes) -> None:
    for chunk in chunks([content] if content else [], line_ends):
        rows = records(chunk)
        for row in rows.iter_rows(named=True):
            exact = content[row["log_offset"] : row["log_offset"] + row["log_length"]]
            assert row["text"] == exact.decode("utf-8", "replace").rstrip("\r\n")
            assert row["invalid_utf8"] == (b"\xff" in exact)


@pytest.mark.parametrize("size", [5, 6, 7, 8])
def test_a_chunk_boundary_inside_a_crlf_or_a_character_splits_neither(size: int) -> None:
    content = "ab\r\né\r\nxyz\r\n".encode()
    texts = [text for chunk in chunks([content], line_ends, size) for text in records(chunk)["text"]]
    assert texts == ["ab", "é", "xyz"]


def test_a_byte_order_mark_belongs_to_no_field() -> None:
    (chunk,) = chunks([b"\xef\xbb\xbfab\nc\n"])
    rows = records(chunk)
    assert rows["text"].to_list() == ["ab", "c"]
    assert rows["bom"].to_list() == [True, False]
    assert rows["log_length"].to_list() == [5, 1]


def test_a_line_of_100_megabytes_is_one_record_and_never_held() -> None:
    megabyte = b"x" * (1 << 20)
    blocks = [b"first\n", *[megabyte] * 100, b"\nlast"]
    cut = list(chunks(iter(blocks), line_ends))
    rows = [
        row for chunk in cut for row in records(chunk).select("log_line", "log_offset", "log_length", "too_long").rows()
    ]
    assert rows == [(1, 0, 5, False), (2, 6, 100 << 20, True), (3, 7 + (100 << 20), 4, False)]
    assert max(len(chunk.content) for chunk in cut) < reader.CHUNK + 2 * LONGEST


def test_a_long_line_at_the_end_without_newline_balances() -> None:
    content = b"a\n" + b"x" * (3 * LONGEST)
    cut = list(chunks(in_blocks(content, 1 << 20), line_ends, 1 << 10))
    assert sum(int(chunk.lengths.sum()) + chunk.newlines for chunk in cut) == len(content)
    assert [length for chunk in cut for length in chunk.lengths] == [1, 3 * LONGEST]


def ends(content: bytes, *, final: bool = True) -> list[int]:
    return [int(end) for end in quoted_ends(np.frombuffer(content, np.uint8), final)]


def test_a_newline_inside_quotes_ends_no_delimited_record() -> None:
    assert ends(b'a,"b\nc"\nd\n') == [7, 9]
    assert ends(b'a,"say ""x\ny"""\nd') == [15]


def test_a_stray_quote_costs_one_line_not_the_file() -> None:
    content = b'a,5" disk\n' + b"b,c\n" * 5
    assert ends(content) == [9, 13, 17, 21, 25, 29]


def test_a_stray_quote_in_the_middle_of_a_long_file_costs_one_line() -> None:
    row = b"b,c\n" * (LONGEST // 2)
    found = ends(row + b'a,5" disk\n' + row, final=False)
    assert len(found) == 2 * (LONGEST // 2) + 1


QUOTED = st.lists(st.sampled_from([b"a", b",", b"\n", b'"x\ny"', b'""'])).map(b"".join)


@given(QUOTED, st.integers(1, 9), st.integers(1, 7))
def test_delimited_records_do_not_depend_on_chunks_or_blocks(content: bytes, size: int, block: int) -> None:
    once = [length for chunk in chunks([content] if content else [], quoted_ends) for length in chunk.lengths]
    often = [length for chunk in chunks(in_blocks(content, block), quoted_ends, size) for length in chunk.lengths]
    assert often == once


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bzip2", "xz"])
def test_a_truncated_stream_gives_all_a_careful_reader_gets(pack: object, tmp_path: Path) -> None:
    content = b"".join(b"%d %d\n" % (n, n * n * 7919 % 1_000_003) for n in range(200_000))
    packed = pack(content)  # type: ignore[operator]
    path = tmp_path / "cut"
    path.write_bytes(packed[: len(packed) * 2 // 3])
    stream = Content(path)
    got = b"".join(stream)
    assert not stream.complete
    assert content.startswith(got)
    assert len(got) > len(content) // 3
    assert Content(path).sha256 != stream.sha256
    again = Content(path)
    assert (b"".join(again), again.sha256) == (got, stream.sha256)
