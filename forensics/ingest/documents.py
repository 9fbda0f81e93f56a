r"""JSON documents that hold many records: each record with its own byte range, found by scanning whole columns.

A *shape* says where the records stand: in a top-level array, in a member of an object (`{"records": [...]}`), or as
objects that span lines. Brackets and commas outside strings give the depth at every byte, and with it where each
record begins and ends; nothing is parsed here. What stands between records (brackets, commas, blanks, the members
around a list) is structure: it is counted, so that the bytes of the source balance, but it is no record. Text at the
top that is no JSON at all is a record of its own, one per line, so that it ends up among the rejects.

RFC 8259 allows no raw line end inside a string. So counting quotes starts afresh at every line, and where each line
is a document of its own, counting brackets does, too: a broken record costs what it breaks, not the rest of the file.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import polars as pl

from forensics.errors import SourceError
from forensics.ingest.batches import in_their_document, is_batch
from forensics.ingest.brackets import scan
from forensics.ingest.reader import CHUNK, LONGEST, START, Chunk, Place, Positions, nuls
from forensics.ingest.shapes import OTLP, Layout, Shape, Spans, spans
from forensics.ingest.stretches import cut_out

__all__ = ["Layout", "Shape", "Spans", "chunks", "records", "shapes", "spans", "texts"]

MEMBERS = ("records", "Records", "logEvents", "events", "entries", "logs", "data", "items", "value")
_LARGEST = 64 << 20  # bytes: a record or a gap between records that is longer stops the reading of its source
_SAMPLED = 400
_OPEN_LIST, _OPEN_OBJECT = 91, 123


def chunks(blocks: Iterable[bytes], shape: Shape, size: int = CHUNK, place: Place = START) -> Iterator[Chunk]:
    """Cut a stream into chunks of whole records, each of `size` bytes or more, by its content alone.

    Raise `SourceError` where a record, or what stands between two, is too long to hold.
    """
    source, whole = iter(blocks), shape.uncut
    held, ended = b"", False
    index, offset, line, depth = place
    while True:
        held, ended = _more(source, held, size + LONGEST, ended)
        if not held:
            return
        found = spans(held, whole, depth=depth, final=ended)
        while not ended and (found.pending < size or not len(found.starts)):
            if len(held) > size + _LARGEST:
                raise SourceError(
                    f"a JSON record near byte {offset + found.pending:,} is longer than {_LARGEST >> 20} MiB",
                    hint="split the document first: jq -c '.[]' FILE | forensics ingest -",
                )
            held, ended = _more(source, held, 2 * len(held), ended)
            found = spans(held, whole, depth=depth, final=ended)
        count = max(int(np.searchsorted(found.starts, size)), min(1, len(found.starts)))
        last = ended and count == len(found.starts)
        used = len(held) if last else int(found.ends[count - 1])
        starts, ends = found.starts[:count], found.ends[:count]
        if whole != shape:
            parts = spans(held[:used], shape)
            starts, ends = parts.starts, parts.ends
        between = used - int((ends - starts).sum())
        depth = whole.depth if count and found.listed[count - 1] else 0
        behind = Place(index + 1, offset + used, line + held[:used].count(b"\n"), depth)
        content = np.frombuffer(held[:used], np.uint8)
        yield Chunk(index, offset, line, content, used, starts, ends - starts, between, used, behind)
        (index, offset, line, depth), held = behind, held[used:]


def _more(source: Iterator[bytes], held: bytes, enough: int, ended: bool) -> tuple[bytes, bool]:
    """Read on until `enough` bytes are held or the stream ends."""
    pieces, total = [held], len(held)
    while total < enough and not ended:
        block = next(source, b"")
        ended = not block
        pieces.append(block)
        total += len(block)
    return b"".join(pieces), ended


def records(
    chunk: Chunk, shape: Shape | None = None, *, complete: bool = True, total: int | None = None
) -> pl.DataFrame:
    """Return one row per record, as `reader.records` does; `log_line` is the line on which a record begins.

    Text that is not at a record's own place, but says what it is part of, stands around it in `text`.
    """
    content = chunk.content.tobytes()
    ends = chunk.starts + chunk.lengths
    text, invalid = cut_out(content, chunk.starts, ends)
    broken = not complete and total == chunk.offset + chunk.size
    return pl.DataFrame(
        {
            "log_line": chunk.first_line + np.searchsorted(np.flatnonzero(chunk.content == 10), chunk.starts),  # noqa: PLR2004 - \n
            "log_offset": chunk.starts + chunk.offset,
            "log_length": chunk.lengths,
            "text": _whole(content, chunk.starts, text, shape),
            "invalid_utf8": invalid,
            "too_long": chunk.lengths > LONGEST,
            "cut": (ends == chunk.size) & broken,
            "bom": np.zeros(len(ends), np.bool_),
            "nul": nuls(chunk.content, text),
        },
        schema_overrides={"log_line": pl.Int64, "log_offset": pl.Int64, "log_length": pl.Int64},
    )


def texts(head: bytes, shape: Shape, *, whole: bool) -> list[str]:
    """Return the records at the beginning of a stream."""
    found = spans(head, shape, final=whole)
    starts, ends = found.starts[:_SAMPLED], found.ends[:_SAMPLED]
    text, _ = cut_out(head, starts, ends)
    return list(_whole(head, starts, text, shape))


def _whole(content: bytes, starts: Positions, text: pl.Series, shape: Shape | None) -> pl.Series:
    return in_their_document(content, starts, text, shape) if shape and shape.member == OTLP else text


def shapes(head: bytes, *, whole: bool) -> list[Shape]:
    """Return the shapes in which the beginning of a stream can be read, the best first."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"[":
        options = [Shape(Layout.ARRAY)]
    elif start == b"{":
        options = [*_member_shapes(head), Shape(Layout.OBJECTS)]
    else:
        return []
    return [shape for shape in options if len(spans(head, shape, final=whole).starts)]


def _member_shapes(head: bytes) -> list[Shape]:
    """Return a shape per member that may hold records, in the order in which they appear."""
    found = scan(np.frombuffer(head, np.uint8), 0, lines=False)
    opens = found.opens(2)
    opens = opens[found.view[opens] == _OPEN_LIST]
    first: dict[str, int] = {}
    for member in MEMBERS:
        if (at := opens[found.is_member(opens, member)]).size:
            first[member] = int(at[0])
    documents, line_ends = found.opens(1), found.breaks()
    begun = np.searchsorted(line_ends, documents[found.view[documents] == _OPEN_OBJECT])
    in_lines = len(documents) > 1 and len(np.unique(begun)) == len(begun) and len(line_ends) >= len(documents) - 1
    one_line = b"\n" not in head[: int(found.closes(1)[0])] if len(found.closes(1)) else False
    layout = Layout.LINES if in_lines and one_line else Layout.MEMBER
    if is_batch(head):
        first = {OTLP: 0, **first}
    return [Shape(layout, member) for member in sorted(first, key=lambda name: first[name])]
