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
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from forensics.errors import SourceError
from forensics.ingest.brackets import Scan, scan
from forensics.ingest.reader import CHUNK, LONGEST, START, Chunk, Place, Positions

MEMBERS = ("records", "Records", "logEvents", "events", "entries", "logs", "data", "items", "value")
_LARGEST = 64 << 20  # bytes: a record or a gap between records that is longer stops the reading of its source
_BLANK = np.zeros(256, np.bool_)
_BLANK[[9, 10, 13, 32]] = True
_LOOSE = _BLANK.copy()
_LOOSE[[44, 0xEF, 0xBB, 0xBF]] = True  # commas between documents, a byte order mark in front
_OPEN_LIST, _OPEN_OBJECT = 91, 123


class Layout(StrEnum):
    """How documents stand in a stream."""

    ARRAY = "array"  # elements of top-level arrays
    MEMBER = "member"  # elements of an array that is a member of a top-level object
    LINES = "lines"  # the same, one document per line
    OBJECTS = "objects"  # top-level objects, each over any number of lines


@dataclass(frozen=True)
class Shape:
    """Where the records of a stream stand."""

    layout: Layout
    member: str = ""

    def __str__(self) -> str:
        return f"json_{self.layout}" + (f"[{self.member}]" if self.member else "")

    @property
    def depth(self) -> int:
        """Return how many brackets are open around a record."""
        return {Layout.ARRAY: 1, Layout.OBJECTS: 0}.get(self.layout, 2)


@dataclass(frozen=True)
class Spans:
    """Records of a piece of a stream in order, ends exclusive, and whether each stands in a list."""

    starts: Positions
    ends: Positions
    listed: npt.NDArray[np.bool_]
    pending: int  # where a record begins that the piece does not finish; its size if there is none


def spans(content: bytes, shape: Shape, *, depth: int = 0, final: bool = True) -> Spans:
    """Return the records of a piece that begins with so many brackets open; `final`: nothing follows it."""
    view = np.frombuffer(content, np.uint8)
    found = scan(view, depth, lines=shape.layout == Layout.LINES)
    lists = _lists(found, shape, inside=bool(shape.depth) and depth == shape.depth)
    elements, open_element = _elements(found, shape, lists)
    tops, open_top = _tops(found, lists, inside=depth > 0)
    pieces = [_trimmed(view, *elements, _BLANK), _trimmed(view, *tops, _LOOSE)]
    size, pending = len(content), len(content)
    for number, begin in enumerate((open_element, open_top)):
        if begin is None:
            continue
        rest = _trimmed(view, np.array([begin]), np.array([size]), (_BLANK, _LOOSE)[number])
        if final:
            pieces[number] = (np.append(pieces[number][0], rest[0]), np.append(pieces[number][1], rest[1]))
        elif len(rest[0]):
            pending = min(pending, int(rest[0][0]))
    starts, ends = (np.concatenate([pieces[0][side], pieces[1][side]]) for side in (0, 1))
    order = np.argsort(starts, kind="stable")
    listed = np.repeat([True, False], [len(pieces[0][0]), len(pieces[1][0])])
    return Spans(starts[order], ends[order], listed[order], pending)


@dataclass(frozen=True)
class _Lists:
    """The lists that hold records: position and end of each, the end one past the piece where it is still open."""

    starts: Positions
    ends: Positions


def _lists(found: Scan, shape: Shape, *, inside: bool) -> _Lists:
    """Return the lists whose elements are records; -1 is the start of one that an earlier piece opened."""
    level = shape.depth
    if not level:
        return _Lists(np.zeros(0, np.int64), np.zeros(0, np.int64))
    opens = found.opens(level)
    opens = opens[found.view[opens] == _OPEN_LIST]
    if shape.member:
        opens = opens[found.is_member(opens, shape.member)]
    starts = np.concatenate([[-1], opens]) if inside else opens
    closes = np.append(found.closes(level), len(found.view))
    return _Lists(starts, closes[np.searchsorted(closes, starts)])


def _elements(found: Scan, shape: Shape, lists: _Lists) -> tuple[tuple[Positions, Positions], int | None]:
    """Return the stretches between the commas of the lists, and where the last one begins if its list is open."""
    if not len(lists.starts):
        return (np.zeros(0, np.int64), np.zeros(0, np.int64)), None
    commas = found.commas(shape.depth)
    within = np.searchsorted(lists.starts, commas, side="right") - 1
    commas = commas[(within >= 0) & (commas < lists.ends[np.maximum(within, 0)])]
    starts = np.sort(np.concatenate([lists.starts, commas])) + 1
    is_open = lists.ends[-1] == len(found.view)
    ends = np.sort(np.concatenate([commas, lists.ends]))
    return ((starts[:-1], ends[:-1]), int(starts[-1])) if is_open else ((starts, ends), None)


def _tops(found: Scan, lists: _Lists, *, inside: bool) -> tuple[tuple[Positions, Positions], int | None]:
    """Return what stands at the top and holds no list: whole values, and stretches of text that are none.

    Also where the last one begins, if it is not finished. `inside`: an earlier piece opened a value with a list.
    """
    opens, closes, breaks = found.opens(1), found.closes(1) + 1, found.breaks()
    edges = np.unique(np.concatenate([opens, closes, breaks, np.zeros(0 if inside else 1, np.int64)]))
    bounds = np.append(edges, len(found.view))
    holding = np.searchsorted(lists.starts, bounds[1:]) > np.searchsorted(lists.starts, edges)
    starts, ends = edges[~holding], bounds[1:][~holding]
    if not len(edges) or holding[-1]:
        return (starts, ends), None
    return (starts[:-1], ends[:-1]), int(starts[-1])


def _trimmed(
    view: npt.NDArray[np.uint8], starts: Positions, ends: Positions, blank: npt.NDArray[np.bool_]
) -> tuple[Positions, Positions]:
    """Return stretches without the blanks around them, those that hold nothing else left out."""
    if not len(starts):
        return starts, ends
    is_blank = blank[view]
    turns = np.flatnonzero(is_blank[1:] != is_blank[:-1]) + 1  # where blanks begin or end
    kept = starts < ends
    starts, ends = starts[kept], ends[kept]
    next_turn = np.append(turns, len(view))[np.searchsorted(turns, starts, side="right")]
    starts = np.where(is_blank[starts], next_turn, starts)
    last_turn = np.concatenate([[0], turns])[np.searchsorted(turns, ends - 1, side="right")]
    ends = np.where(is_blank[ends - 1], last_turn, ends)
    kept = starts < ends
    return starts[kept], ends[kept]


def chunks(blocks: Iterable[bytes], shape: Shape, size: int = CHUNK, place: Place = START) -> Iterator[Chunk]:
    """Cut a stream into chunks of whole records, each of `size` bytes or more, by its content alone.

    Raise `SourceError` where a record, or what stands between two, is too long to hold.
    """
    source = iter(blocks)
    held, ended = b"", False
    index, offset, line, depth = place
    while True:
        held, ended = _more(source, held, size + LONGEST, ended)
        if not held:
            return
        found = spans(held, shape, depth=depth, final=ended)
        while not ended and (found.pending < size or not len(found.starts)):
            if len(held) > size + _LARGEST:
                raise SourceError(
                    f"a JSON record near byte {offset + found.pending:,} is longer than {_LARGEST >> 20} MiB",
                    hint="split the document first: jq -c '.[]' FILE | forensics ingest -",
                )
            held, ended = _more(source, held, 2 * len(held), ended)
            found = spans(held, shape, depth=depth, final=ended)
        count = max(int(np.searchsorted(found.starts, size)), min(1, len(found.starts)))
        last = ended and count == len(found.starts)
        used = len(held) if last else int(found.ends[count - 1])
        starts, ends = found.starts[:count], found.ends[:count]
        between = used - int((ends - starts).sum())
        depth = shape.depth if count and found.listed[count - 1] else 0
        behind = Place(index + 1, offset + used, line + held[:used].count(b"\n"), depth)
        yield Chunk(index, offset, line, held[:used], starts, ends - starts, between, used, behind)
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


def records(chunk: Chunk, *, complete: bool = True, total: int | None = None) -> pl.DataFrame:
    """Return one row per record, as `reader.records` does; `log_line` is the line on which a record begins."""
    view = np.frombuffer(chunk.content, np.uint8)
    ends = chunk.starts + chunk.lengths
    text, invalid = _text(chunk)
    broken = not complete and total == chunk.offset + chunk.size
    return pl.DataFrame(
        {
            "log_line": chunk.first_line + np.searchsorted(np.flatnonzero(view == 10), chunk.starts),  # noqa: PLR2004 - \n
            "log_offset": chunk.starts + chunk.offset,
            "log_length": chunk.lengths,
            "text": text,
            "invalid_utf8": invalid,
            "too_long": chunk.lengths > LONGEST,
            "cut": (ends == chunk.size) & broken,
            "bom": np.zeros(len(ends), np.bool_),
        },
        schema_overrides={"log_line": pl.Int64, "log_offset": pl.Int64, "log_length": pl.Int64},
    )


def _text(chunk: Chunk) -> tuple[pl.Series, pl.Series]:
    """Return the records as text, and which of them are no UTF-8."""
    stops = np.column_stack([chunk.starts, chunk.starts + chunk.lengths]).ravel().astype(np.int64)
    offsets = np.append(
        stops, len(chunk.content)
    )  # records and the gaps between them in turns: every other one is a record
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(chunk.content)]
    both = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(stops), buffers)
    column = pl.Series("text", both).gather_every(2)
    try:
        return column.cast(pl.String), pl.repeat(value=False, n=len(column), eager=True)
    except pl.exceptions.ComputeError:
        return _replaced(column)


def _replaced(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Return records with U+FFFD for what is no UTF-8 in them (line ends there become blanks), and which these are."""
    flat = pc.replace_substring(column.to_arrow(), b"\n", b" ")
    lines: bytes = b"\n".join(flat.to_pylist())
    text = pl.Series("text", lines.decode("utf-8", "replace").split("\n"), dtype=pl.String)
    invalid = text.cast(pl.Binary) != pl.Series(pl.from_arrow(flat))
    sound = (~invalid).arg_true()
    return text.scatter(sound, column.gather(sound).cast(pl.String)), invalid


def texts(head: bytes, shape: Shape, *, whole: bool) -> list[str]:
    """Return the records at the beginning of a stream."""
    found = spans(head, shape, final=whole)
    pairs = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    return [head[start:end].decode("utf-8", "replace") for start, end in list(pairs)[:400]]


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
    return [Shape(layout, member) for member in sorted(first, key=lambda name: first[name])]
