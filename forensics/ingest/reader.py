r"""Bytes of a source in, chunks of whole records out; every byte belongs to exactly one record or line end.

A chunk holds the records whose first byte lies in `[k * CHUNK, (k + 1) * CHUNK)` of the decompressed stream, so
chunk boundaries depend on the content alone: never on threads, memory or block sizes of a codec. Records end at
`\n` and nowhere else (not at `\r`, U+2028 or form feeds, as `str.splitlines` would have it): line numbers agree with
`grep -n`, and offset and length name the bytes that `tail -c +OFFSET | head -c LENGTH` prints.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.ingest.layout import lines
from forensics.ingest.layout.lines import MARGIN, Bytes, column, places, views
from forensics.sources import BLOCK

CHUNK = 48 << 20
LONGEST = 1 << 20  # bytes: a longer record is a reject, so that one hostile line cannot fill the memory
BOM = b"\xef\xbb\xbf"
_PIECE = 256 << 10  # bytes
_NEWLINE, _RETURN, _QUOTE, _ASCII = 10, 13, 34, 127

Positions: TypeAlias = npt.NDArray[np.int64]
Ends = Callable[[Bytes, bool], Positions]


class Place(NamedTuple):
    """Where a stream is read on: the next chunk, the byte and line it begins at, the brackets open there."""

    number: int = 0
    offset: int = 0
    line: int = 1
    depth: int = 0


START = Place()


def line_ends(content: Bytes, _: bool) -> Positions:
    """Return where each record ends: at every newline."""
    return places(content, _NEWLINE)


def quoted_ends(content: Bytes, final: bool) -> Positions:
    """Return where each delimited record ends: at a newline outside quotes.

    A stray quote would swallow the rest of the file. So a record that grows past `LONGEST`, or is never closed,
    ends at its first newline instead, and counting starts afresh behind it.
    """
    newlines = np.flatnonzero(content == _NEWLINE)
    marks = np.flatnonzero(content == _QUOTE)
    quotes_before = np.searchsorted(marks, newlines)
    found: list[Positions] = []
    start, first, quotes = 0, 0, 0
    while True:
        ends = newlines[first:][(quotes_before[first:] - quotes) % 2 == 0]
        starts = np.concatenate([[start], ends + 1])
        sizes = np.diff(np.append(starts, len(content)))
        if final and (len(marks) - np.searchsorted(marks, starts[-1])) % 2:
            sizes[-1] = LONGEST + 1  # never closed
        run_away = np.flatnonzero(sizes > LONGEST)
        if not len(run_away) or (cut := int(np.searchsorted(newlines, starts[run_away[0]]))) == len(newlines):
            return np.concatenate([*found, ends])
        found.append(np.append(ends[: run_away[0]], newlines[cut]))
        start, first, quotes = int(newlines[cut]) + 1, cut + 1, int(quotes_before[cut])


@dataclass(frozen=True)
class Chunk:
    """Whole records, back to back. Starts are relative to `offset`; lengths exclude the newline.

    `held` is the content of the chunk, and may be read `MARGIN` bytes beyond its end where the chunk is of lines.
    """

    index: int
    offset: int
    first_line: int
    held: Bytes
    used: int
    starts: Positions
    lengths: Positions
    newlines: int  # line ends that belong to no record
    size: int  # bytes of the stream it stands for, more than `content` where a record was too long to hold
    behind: Place = START
    plain: bool = False  # that its bytes are known to be ASCII without NULs and returns

    @property
    def content(self) -> Bytes:
        """Return the bytes of the chunk."""
        return self.held[: self.used]


def chunks(blocks: Iterable[bytes], ends: Ends = line_ends, size: int = CHUNK, place: Place = START) -> Iterator[Chunk]:
    """Cut a stream into chunks. Holds at most `size` plus two longest records at a time.

    `blocks` begin where the stream is read on, at `place`.
    """
    source = iter(blocks)
    rest, ended, offset, line = b"", False, place.offset, place.line
    while True:
        wanted = size - offset % size
        held, count, ended = _fill(source, rest, wanted + LONGEST, ended)
        if not count:
            return
        content = held[:count]
        stops, plain = lines.line_ends(content) if ends is line_ends else (ends(content, ended), False)
        number = int(np.searchsorted(stops, wanted - 1)) + 1  # the record that reaches past the chunk belongs to it
        skipped, rest = 0, b""
        if number <= len(stops):
            stops = stops[:number]
            used, open_end = int(stops[-1]) + 1, False
        else:
            begin = int(stops[-1]) + 1 if len(stops) else 0
            used, open_end = count, begin < count
            if not ended:
                used = min(used, begin + LONGEST + 1)
                skipped, rest, open_end, ended = _skip(source, count - used)
                stops = np.append(stops, used + skipped - 1) if not open_end else stops
        within = len(stops)  # but a record in quotes, or of several pieces, has newlines of its own
        if ends is not line_ends:
            within = int(np.count_nonzero(content[:used] == _NEWLINE)) + bool(skipped)
        end = offset + used + skipped
        behind = Place(end // size, end, line + within)
        rest = rest if skipped else content[used:].tobytes()
        yield replace(_chunk(offset, line, held, used, stops, size, behind), plain=plain)
        _, offset, line, _ = behind


def _fill(source: Iterator[bytes], rest: bytes, enough: int, ended: bool) -> tuple[Bytes, int, bool]:
    """Read on until `enough` bytes are held or the stream ends; return them with a margin behind, and their number."""
    held = np.empty(max(enough, len(rest)) + BLOCK + MARGIN, np.uint8)  # all texts of the chunk are views of it
    held[: len(rest)] = np.frombuffer(rest, np.uint8)
    total = len(rest)
    while total < enough and not ended:
        block = next(source, b"")
        ended = not block
        if total + len(block) + MARGIN > len(held):  # a codec returns what it likes
            held = np.concatenate([held[:total], np.empty(len(block) + MARGIN, np.uint8)])
        held[total : total + len(block)] = np.frombuffer(block, np.uint8)  # the only copy, while it is in the cache
        total += len(block)
    held[total : total + MARGIN] = 0
    return held[: total + MARGIN], total, ended


def _skip(source: Iterator[bytes], dropped: int) -> tuple[int, bytes, bool, bool]:
    """Read past the end of a record too long to hold.

    Return how many bytes were skipped (line end included), what follows, whether the record had no line end,
    and whether the stream ended.
    """
    for block in source:
        cut = block.find(b"\n")
        if cut >= 0:
            return dropped + cut + 1, block[cut + 1 :], False, False
        dropped += len(block)
    return dropped, b"", True, True


def _chunk(offset: int, line: int, held: Bytes, used: int, stops: Positions, chunk_size: int, behind: Place) -> Chunk:
    size = behind.offset - offset
    starts = np.concatenate([np.zeros(1, np.int64), stops + 1])
    ends = np.append(stops, size)
    if starts[-1] >= size:  # the last record ended with a newline: nothing is left open
        starts, ends = starts[:-1], ends[:-1]
    return Chunk(offset // chunk_size, offset, line, held, used, starts, ends - starts, len(stops), size, behind)


def records(chunk: Chunk, *, complete: bool = True, total: int | None = None) -> pl.DataFrame:
    """Return one row per record: `log_line`, `log_offset`, `log_length`, `text`, and what is odd about its bytes.

    Bytes that are no UTF-8 become U+FFFD in `text` only. `cut` marks the last record of a stream that broke off
    (`complete` false) before its line end at byte `total`.
    """
    ends = chunk.starts + chunk.lengths
    text, invalid = _text(chunk)
    broken = not complete and total == chunk.offset + chunk.size and chunk.newlines < len(chunk.starts)
    frame = pl.DataFrame(
        {
            "log_line": chunk.first_line + _lines_before(chunk),
            "log_offset": chunk.starts + chunk.offset,
            "log_length": chunk.lengths,
            "text": text,
            "invalid_utf8": invalid,
            "too_long": chunk.lengths > LONGEST,
            "cut": (ends == chunk.size) & broken,
            "nul": _none(text) if chunk.plain else nuls(chunk.content, text),
        }
    )
    if chunk.offset or chunk.content[: len(BOM)].tobytes() != BOM:
        return frame.with_columns(pl.lit(value=False).alias("bom"))
    first = pl.int_range(pl.len()) == 0
    return frame.with_columns(
        pl.when(first).then(pl.col("text").str.strip_prefix("\ufeff")).otherwise("text").alias("text"),
        first.alias("bom"),
    )


def nuls(content: Bytes, text: pl.Series) -> pl.Series:
    """Return which texts of a content hold a NUL byte. One look at its lowest byte mostly tells."""
    if all(piece.min() for piece in _in_cache(content)):
        return _none(text)
    return text.str.contains("\0", literal=True)


def _none(text: pl.Series) -> pl.Series:
    return pl.repeat(value=False, n=len(text), eager=True)


def _in_cache(content: Bytes) -> Iterator[Bytes]:
    """Yield pieces of a content that are looked at sooner one by one."""
    return (content[begin : begin + _PIECE] for begin in range(0, len(content), _PIECE))


def _lines_before(chunk: Chunk) -> Positions:
    """Return how many lines of the chunk end before each record begins: where records are lines, its number."""
    if chunk.behind.line - chunk.first_line == chunk.newlines:
        return np.arange(len(chunk.starts))
    return np.searchsorted(places(chunk.content, _NEWLINE), chunk.starts)


def _text(chunk: Chunk) -> tuple[pl.Series, pl.Series]:
    """Return the records as text without line ends, and which of them are no UTF-8."""
    content = chunk.content
    try:
        if not chunk.plain and any(piece.max() > _ASCII for piece in _in_cache(content)):
            _column(content, chunk.starts).cast(pl.String)
        text = _bare(chunk)
        return text, _none(text)
    except pl.exceptions.ComputeError:  # decoded in one piece: a newline ends any broken sequence, so lines stay lines
        valid = np.frombuffer(content.tobytes().decode("utf-8", "replace").encode(), np.uint8)
        newline_before = np.searchsorted(places(content, _NEWLINE), chunk.starts) - 1
        line_starts = np.append(places(valid, _NEWLINE), -1) + 1  # the last one, at -1, stands for the beginning
        cleaned = _column(valid, line_starts[newline_before])
        invalid = cleaned != _column(content, chunk.starts)
        return cleaned.cast(pl.String).str.strip_chars_end("\r\n"), invalid


def _bare(chunk: Chunk) -> pl.Series:
    """Return the records of a chunk of valid UTF-8 without line ends: views of its bytes."""
    content = chunk.held
    ends = np.minimum(chunk.starts + chunk.lengths, chunk.used)  # one too long to hold is there in part
    if chunk.plain:
        return column("text", pa.py_buffer(content), views(content, chunk.starts, ends))
    ends -= (ends > chunk.starts) & (content[ends - 1] == _RETURN)
    last = content[np.maximum(ends, 1) - 1]
    text = column("text", pa.py_buffer(content), views(content, chunk.starts, ends))
    if ((ends > chunk.starts) & ((last == _RETURN) | (last == _NEWLINE))).any():  # several line ends
        return text.str.strip_chars_end("\r\n")
    return text


def _column(content: Bytes, starts: Positions) -> pl.Series:
    """Return the pieces of `content` that begin at `starts` as a binary column, without copying them one by one."""
    offsets = np.append(starts, len(content)).astype(np.int64)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(content)]
    return pl.Series("text", pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(starts), buffers))
