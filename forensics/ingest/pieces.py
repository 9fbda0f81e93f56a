"""A stream cut into pieces of whole records: by lines, by cells in quotes, by elements of documents, in UTF-16, too.

The one place that knows which splitter a source needs. Pieces depend on the content alone, and the bytes of a source
are those of its records plus those between them.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypedDict

import polars as pl

from forensics.ingest import documents, encoding, reader
from forensics.ingest.acquire import Acquired
from forensics.ingest.documents import Shape
from forensics.ingest.envelopes.base import Envelope
from forensics.ingest.envelopes.fragments import ends_of
from forensics.ingest.formats import Family, LineFormat
from forensics.ingest.reader import Place, Positions


class _Asked(TypedDict):
    complete: bool
    total: int


@dataclass(frozen=True)
class Piece:
    """Whole records of a stream.

    Attributes:
        index: number of the piece in its source.
        starts: byte of the decompressed stream at which each record begins.
        lengths: bytes of each record.
        rows: returns the records as `reader.records` does.
        between: bytes of the piece that belong to no record.
        behind: where the next piece begins; null where a stream can be cut from its beginning only.
    """

    index: int
    starts: Positions
    lengths: Positions
    rows: Callable[[], pl.DataFrame]
    between: int
    behind: Place | None = None


def pieces(
    acquired: Acquired,
    blocks: Iterable[bytes],
    form: LineFormat,
    shape: Shape | None,
    size: int,
    place: Place,
    envelopes: Sequence[Envelope] = (),
) -> Iterator[Piece]:
    """Cut a stream from `place` on as its format and shape demand. Raise `SourceError` where a record is too long."""
    lines = ends_of(envelopes) or reader.line_ends
    ends = reader.quoted_ends if form.family == Family.DELIMITED else lines
    asked: _Asked = {"complete": acquired.complete, "total": acquired.bytes_content}
    if acquired.encoding:  # counted in code units, so read from its beginning
        text = encoding.transcoded(blocks, acquired.encoding)
        wide = documents.chunks(text, shape, size) if shape else reader.chunks(text, ends, size)
        for chunk, begin in encoding.located(wide):
            places = encoding.places(chunk, begin, acquired.bytes_content)
            utf8 = partial(documents.records, chunk, shape) if shape else partial(reader.records, chunk)
            rows = partial(encoding.records, utf8, places, **asked)
            yield Piece(chunk.index, *places, rows, encoding.between(chunk, begin, places, acquired.bytes_content))
    elif shape:
        for chunk in documents.chunks(blocks, shape, size, place):
            yield _piece(chunk, partial(documents.records, chunk, shape, **asked))
    else:
        for chunk in reader.chunks(blocks, ends, size, place):
            yield _piece(chunk, partial(reader.records, chunk, **asked))


def _piece(chunk: reader.Chunk, rows: Callable[[], pl.DataFrame]) -> Piece:
    return Piece(chunk.index, chunk.starts + chunk.offset, chunk.lengths, rows, chunk.newlines, chunk.behind)
