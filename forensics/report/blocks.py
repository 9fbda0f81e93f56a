"""The report as plain values: a document is sections, a section is blocks, and there are seven kinds of block.

Sections say *what*; renderers decide *how*. Cells hold raw values (numbers, times, text); a column's `kind` says
how to show them, so that HTML, Markdown and JSON can never disagree about a number.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Cell: TypeAlias = str | int | float | bool | datetime | None
Row: TypeAlias = tuple[Cell, ...]


class Kind(StrEnum):
    """How the cells of a column are shown."""

    TEXT = "text"
    CODE = "code"  # text a machine wrote: ids, addresses, hashes, paths
    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"  # 0 to 1, shown as a percentage
    BYTES = "bytes"
    DURATION = "duration"  # microseconds
    TIME = "time"
    FLAG = "flag"
    EXHIBIT = "exhibit"  # exhibit ids separated by blanks, shown as links


NUMERIC = frozenset({Kind.COUNT, Kind.NUMBER, Kind.SHARE, Kind.BYTES, Kind.DURATION})


@dataclass(frozen=True)
class Column:
    """One column of a table: what its head says and how its cells are shown."""

    name: str
    kind: Kind = Kind.TEXT

    @property
    def numeric(self) -> bool:
        """Tell whether cells line up at the right."""
        return self.kind in NUMERIC


@dataclass(frozen=True)
class Sentence:
    """One statement and the exhibits it rests on."""

    text: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """The title of a part of a section."""

    text: str


@dataclass(frozen=True)
class Text:
    """Sentences: a paragraph, or points of a list; `label` is what they answer, `lead` marks the line to read first."""

    sentences: tuple[Sentence, ...]
    label: str = ""
    lead: bool = False
    points: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a caption. `total` counts the rows there are, `full` names the table that has them all."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cites: tuple[str, ...] = ()
    total: int = 0
    full: str = ""
    number: int = 0

    @property
    def left_out(self) -> int:
        """Return how many rows are not shown."""
        return max(0, self.total - len(self.rows))


@dataclass(frozen=True)
class Chart:
    """A drawing and its twin: a table that says the same in text."""

    name: str
    title: str
    description: str
    svg: str
    twin: Table
    number: int = 0


@dataclass(frozen=True)
class Finding:
    """One finding as analyze wrote it; likelihood and confidence stay apart in every rendering."""

    finding_id: str
    kind: str
    cluster: str  # the group it is about; empty where it is about the whole service
    statement: str
    likelihood: str | None
    confidence: str
    basis: str  # what the confidence rests on, where that is known
    severity: str
    alternative: str
    cites: tuple[str, ...]
    lines: tuple[str, ...]  # exhibits that are raw lines
    numbers: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class Note:
    """What was not assessed, and what is needed for it."""

    text: str
    cites: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One cited line of a source as text that cannot act, with what it takes to check it by hand."""

    exhibits: tuple[str, ...]
    text: str  # empty where it may not be shown or could not be read
    source: str
    offset: int  # bytes in the decompressed stream
    length: int
    content_sha256: str
    line_sha256: str | None
    command: str
    remark: str = ""  # that it is masked, or why it is not shown


Block: TypeAlias = Heading | Text | Table | Chart | Finding | Note | Line


@dataclass(frozen=True)
class Section:
    """One numbered chapter: the question it answers and its blocks in reading order."""

    section_id: str
    number: int
    title: str
    question: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """The whole report for one kind of reader. `facts` are the lines of the cover."""

    title: str
    synthetic: bool
    status: str
    facts: tuple[tuple[str, Cell], ...]
    sections: tuple[Section, ...]
    display_timezone: str
    audience: str = "analyst"
    as_of: datetime | None = None  # the last dated request this edition may see; never the clock
    is_interactive: bool = False  # HTML sorts and filters its tables; it can be read without
    is_brief: bool = False  # one page: no contents


def numbered(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """Return the sections with tables and figures counted through the whole document."""
    tables, figures = iter(range(1, 1 << 20)), iter(range(1, 1 << 20))
    return tuple(
        replace(section, blocks=tuple(_count(block, tables, figures) for block in section.blocks))
        for section in sections
    )


def _count(block: Block, tables: Iterator[int], figures: Iterator[int]) -> Block:
    match block:
        case Table():
            return replace(block, number=next(tables))
        case Chart():
            return replace(block, number=next(figures))
        case _:
            return block
