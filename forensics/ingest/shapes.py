"""Where the records of a JSON document stand, as a scan of its brackets and commas shows; see `documents.py`."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from forensics.ingest.brackets import Scan, scan
from forensics.ingest.reader import Positions

OTLP = "otlp"  # the records of OTLP documents: lists in lists in lists, whose resource and scope are theirs, too
_PATHS = {OTLP: (("resourceSpans", "scopeSpans", "spans"), ("resourceLogs", "scopeLogs", "logRecords"))}
_BLANK = np.zeros(256, np.bool_)
_BLANK[[9, 10, 13, 32]] = True
_LOOSE = _BLANK.copy()
_LOOSE[[44, 0xEF, 0xBB, 0xBF]] = True  # commas between documents, a byte order mark in front
_OPEN_LIST = 91


class Layout(StrEnum):
    """How documents stand in a stream."""

    ARRAY = "array"  # elements of top-level arrays
    MEMBER = "member"  # elements of an array that is a member of a top-level object
    LINES = "lines"  # the same, one document per line; without a member the documents themselves
    OBJECTS = "objects"  # top-level objects, each over any number of lines


@dataclass(frozen=True)
class Shape:
    """Where the records of a stream stand."""

    layout: Layout
    member: str = ""

    def __str__(self) -> str:
        if self.member == OTLP:
            return ""  # a document of OTLP is one of one format, which names it
        return f"json_{self.layout}" + (f"[{self.member}]" if self.member else "")

    @property
    def depth(self) -> int:
        """Return how many brackets are open around a record."""
        fixed = {Layout.ARRAY: 1, Layout.OBJECTS: 0}.get(self.layout)
        return fixed if fixed is not None else 2 * len(self.paths[0])

    @property
    def paths(self) -> tuple[tuple[str, ...], ...]:
        """Return the members that lead to a list of records, from the top; there may be several ways."""
        return _PATHS.get(self.member, ((self.member,) if self.member else (),))

    @property
    def uncut(self) -> "Shape":
        """Return the shape of what a chunk must not cut: a record, or the document whose parts it is read with."""
        if self.member != OTLP:
            return self
        return Shape(Layout.LINES if self.layout == Layout.LINES else Layout.OBJECTS)


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
        opens = opens[led_to(found, opens, shape)]
    starts = np.concatenate([[-1], opens]) if inside else opens
    closes = np.append(found.closes(level), len(found.view))
    return _Lists(starts, closes[np.searchsorted(closes, starts)])


def led_to(found: Scan, opens: Positions, shape: Shape) -> npt.NDArray[np.bool_]:
    """Tell which lists stand where one of the paths of a shape leads."""
    fits = np.zeros(len(opens), np.bool_)
    for path in shape.paths:
        led = found.is_member(opens, path[-1])
        for depth, name in enumerate(path[:-1], 1):
            outer = found.opens(2 * depth)
            around = np.append(outer, -1)[np.searchsorted(outer, opens) - 1]  # the last one, at -1: there is none
            led &= (around >= 0) & found.is_member(np.maximum(around, 0), name)
        fits |= led
    return fits


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
