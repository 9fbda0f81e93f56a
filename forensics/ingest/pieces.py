"""A stream cut into pieces of whole records: by lines, by cells in quotes, by elements of documents, by UTF-16 lines.

The one place that knows which splitter a source needs. Pieces depend on the content alone, and the bytes of a source
are those of its records plus those between them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypedDict

import polars as pl

from forensics.errors import SourceError
from forensics.ingest import documents, encoding, reader
from forensics.ingest.acquire import Acquired
from forensics.ingest.documents import Shape
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
    acquired: Acquired, blocks: Iterable[bytes], form: LineFormat, shape: Shape | None, size: int, place: Place
) -> Iterator[Piece]:
    """Cut a stream from `place` on as its format and shape demand. Raise `SourceError` where it cannot be cut."""
    ends = reader.quoted_ends if form.family == Family.DELIMITED else reader.line_ends
    asked: _Asked = {"complete": acquired.complete, "total": acquired.bytes_content}
    if acquired.encoding:
        if shape:
            raise SourceError(
                "it is a JSON document in UTF-16",
                hint="convert it: iconv -f UTF-16 -t UTF-8 FILE | forensics ingest -",
            )
        wide = reader.chunks(encoding.transcoded(blocks, acquired.encoding), ends, size)
        for chunk, begin in encoding.located(wide):
            places = encoding.places(chunk, begin, acquired.bytes_content)
            rows = partial(encoding.records, chunk, places, **asked)
            yield Piece(chunk.index, *places, rows, encoding.line_end_bytes(chunk))
    elif shape:
        for chunk in documents.chunks(blocks, shape, size, place):
            yield _piece(chunk, partial(documents.records, chunk, **asked))
    else:
        for chunk in reader.chunks(blocks, ends, size, place):
            yield _piece(chunk, partial(reader.records, chunk, **asked))


def _piece(chunk: reader.Chunk, rows: Callable[[], pl.DataFrame]) -> Piece:
    return Piece(chunk.index, chunk.starts + chunk.offset, chunk.lengths, rows, chunk.newlines, chunk.behind)
