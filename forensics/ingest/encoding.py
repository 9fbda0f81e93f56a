r"""UTF-16 text, read as if it were UTF-8, and its byte ranges as they are in the source.

Spreadsheets and PowerShell export it. The stream is brought into UTF-8 before it is cut into records; afterwards the
place of each record is counted back in UTF-16 code units, so that offset and length still name bytes of the
decompressed stream. Surrogates without a partner survive the way as what they are and count as broken text.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import polars as pl

from forensics.errors import SourceError
from forensics.ingest import compiled
from forensics.ingest.reader import Chunk, Positions

FLAG = "utf_16"
_MARKS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PIECE = 64 << 10  # bytes
_UNIT = 2  # bytes of a code unit
_NONE = np.zeros(0, np.int64)
_REPLACEMENT = "\ufffd".encode()


def encoding(head: bytes) -> str | None:
    """Return utf-16-le | utf-16-be by the byte order mark, None for text that holds bytes of its own."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def line_ends(block: bytes, name: str | None) -> int:
    """Return how many line ends a block holds, which begins at a code unit."""
    if name is None:
        held = np.frombuffer(block, np.uint8)
        if compiled.worthwhile(compiled.LOADED):
            from forensics.ingest.layout import coding

            return int(coding.find(held, ord("\n"), _NONE))
        # What is compared stays in the cache.
        pieces = (held[begin : begin + _PIECE] for begin in range(0, len(held), _PIECE))
        return sum(int(np.count_nonzero(piece == ord("\n"))) for piece in pieces)
    whole = block[: len(block) // _UNIT * _UNIT]
    return int(np.count_nonzero(np.frombuffer(whole, "<u2" if name == "utf-16-le" else ">u2") == ord("\n")))


def ends_line(tail: bytes, name: str | None) -> bool:
    """Tell whether a stream that ends like this ends with a line end."""
    return tail.endswith("\n".encode(name or "ascii")) and (name is None or len(tail) % _UNIT == 0)


def as_utf8(piece: bytes, name: str | None) -> bytes:
    """Return a piece that begins at a code unit as UTF-8."""
    return piece.decode(name, "replace").encode() if name else piece


def transcoded(blocks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Yield a UTF-16 stream as UTF-8; half a code unit at the end becomes one U+FFFD."""
    decoder = codecs.getincrementaldecoder(name)("surrogatepass")
    for block in blocks:
        if text := decoder.decode(block):
            yield text.encode("utf-8", "surrogatepass")
    left = decoder.getstate()[0]
    whole = left[: len(left) // _UNIT * _UNIT]
    if left:
        yield whole.decode(name, "surrogatepass").encode("utf-8", "surrogatepass") + _REPLACEMENT * (len(left) % _UNIT)


def located(pieces: Iterable[Chunk]) -> Iterator[tuple[Chunk, int]]:
    """Yield chunks of a transcoded stream, each with the byte of the source at which it begins.

    Raise `SourceError` for a line too long to hold, whose code units nobody counted.
    """
    begin = 0
    for chunk in pieces:
        if chunk.size != len(chunk.content):
            raise SourceError(
                "it is UTF-16 text with a line too long to hold",
                hint="convert it: iconv -f UTF-16 -t UTF-8 FILE | forensics ingest -",
            )
        yield chunk, begin
        begin += _UNIT * int(_units(chunk)[-1])


def places(chunk: Chunk, begin: int, total: int) -> tuple[Positions, Positions]:
    """Return where the records of a transcoded chunk that begins at a byte of the source stand, and their lengths."""
    before = _units(chunk)
    starts = begin + _UNIT * before[chunk.starts]
    ends = np.minimum(begin + _UNIT * before[chunk.starts + chunk.lengths], total)  # half a unit at the very end
    return starts, ends - starts


def records(
    utf8: Callable[[], pl.DataFrame], placed: tuple[Positions, Positions], *, complete: bool, total: int
) -> pl.DataFrame:
    """Return the records of a transcoded chunk, which `utf8` reads; ranges are of the source."""
    starts, lengths = placed
    open_end = bool(len(starts)) and int(starts[-1] + lengths[-1]) == total
    is_cut = (pl.int_range(pl.len()) == pl.len() - 1) & (open_end and not complete)
    return utf8().with_columns(pl.Series("log_offset", starts), pl.Series("log_length", lengths), is_cut.alias("cut"))


def between(chunk: Chunk, begin: int, placed: tuple[Positions, Positions], total: int) -> int:
    """Return how many bytes of the source belong to no record: line ends, or the structure of a document."""
    end = min(begin + _UNIT * int(_units(chunk)[-1]), total)
    return end - begin - int(placed[1].sum())


def _units(chunk: Chunk) -> Positions:
    """Return how many UTF-16 code units stand before each byte of UTF-8, and before its end."""
    view = chunk.content
    weight = ((view & 0xC0) != 0x80).astype(np.int8) + (view >= 0xF0)  # noqa: PLR2004 - lead bytes; four bytes are two units
    return np.concatenate([[0], np.cumsum(weight, dtype=np.int64)])
