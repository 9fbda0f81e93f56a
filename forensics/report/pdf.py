"""The document as PDF through Typst: tagged, archival, the same bytes from the same tables on one platform.

The template is ours and constant; everything else reaches it as one JSON text that it reads as values, so nothing of
the case is ever Typst source. Standards PDF/A-3a and PDF/UA-1 are asked for: Typst refuses to write a file that breaks
a rule it checks. "Produced with these checks" is not "certified by an outside validator".
"""

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from itertools import zip_longest
from typing import Any, Literal

from forensics.errors import UsageError
from forensics.renderings import BREAK
from forensics.report.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Document,
    Finding,
    Heading,
    Kind,
    Line,
    Note,
    Sentence,
    Table,
    Text,
)
from forensics.report.safety import CELL_WIDTH
from forensics.report.wording import Clock, words
from forensics.settings import timezone
from forensics.text import shorten, visible

ROWS = 500  # of one table on paper; the rest is counted, and stands in the other formats
STANDARDS: tuple[Literal["a-3a"], Literal["ua-1"]] = ("a-3a", "ua-1")
_LONG_WORD = re.compile(r"\S{25,}")
_LONG_CODE = re.compile(r"(?=\S*[\d/_.:=&?-])\S{9,}|\S{20,}")  # in a cell: ids, paths, hashes; a plain word stays whole
_PIECE = 8
_UNDATED = datetime(1980, 1, 1, tzinfo=UTC)
# What the built-in fonts hold: Latin, Greek, Cyrillic, common punctuation, arrows and signs. The rest is named.
_UNPRINTABLE = re.compile(
    "[^\x20-\x7e\u00a1-\u017f\u0391-\u03a9\u03b1-\u03c9\u0410-\u044f\u2010-\u2027\u20ac\u2212\u2264\u2265]"
)
# The style sheet of the page, as far as paper needs it; a drawing on its own knows neither variables nor dark mode.
_STYLE = (
    "text{font-family:'Libertinus Serif';font-size:12px;fill:#1b1f24}.end{text-anchor:end}.mid{text-anchor:middle}"
    ".cluster{fill:#b84a00}.others{fill:#dbe8f3;stroke:#0072b2;stroke-width:.8}"
    ".curve{fill:none;stroke:#0072b2;stroke-width:1.6}.grid{stroke:#d3d8dd}.axis{stroke:#1b1f24}.band{fill:#ececec}"
    ".link{stroke:#565e68}.more{stroke-width:1.6}.strong{stroke:#1b1f24;stroke-width:2}"
    ".edge{stroke:#5a5a5a;stroke-dasharray:4 3;fill:none}"
)
_SVG = '<svg class="chart"'


def render(document: Document) -> bytes:
    """Return the PDF. Raise `UsageError` where the package that writes it is not installed."""
    try:
        import typst  # noqa: PLC0415 - an optional package of 80 MB
    except ImportError:
        raise UsageError(
            "PDF needs the package typst, which is not installed", hint="pip install 'forensics[pdf]'"
        ) from None
    template = (files("forensics.report") / "templates" / "report.typ").read_bytes()
    content = json.dumps(_Writer(Clock(timezone(document.display_timezone))).model(document))
    with tempfile.TemporaryDirectory() as nowhere:  # no file, no font and no package can be reached from here
        pdf = typst.Compiler(
            template,
            root=nowhere,
            ignore_system_fonts=True,
            sys_inputs={"model": content},
            package_path=nowhere,
            package_cache_path=nowhere,
        ).compile(
            format="pdf", pdf_standards=list(STANDARDS), timestamp=(document.as_of or _UNDATED).replace(microsecond=0)
        )
    if not isinstance(pdf, bytes):
        raise TypeError("Typst returned pages, not a document")
    return pdf


def printable(value: str) -> str:
    r"""Return text in which every character that the built-in fonts lack is named by its code point.

    >>> printable("caf\u00e9 \u4e2d\x1b")
    'café <U+4E2D><U+001B>'
    """
    return _UNPRINTABLE.sub(lambda match: f"<U+{ord(match[0]):04X}>", visible(value))


def _in_markup(svg: str) -> str:
    """Return a drawing, its texts escaped already, with what the fonts lack named: as text, never as a tag."""
    return _UNPRINTABLE.sub(lambda match: f"&lt;U+{ord(match[0]):04X}&gt;", svg)


def _broken(value: str) -> str:
    """Return text whose long words may be broken, so that no cell runs out of its column."""
    return _LONG_WORD.sub(_pieces, printable(value))


def _celled(value: str) -> str:
    """Return text of a cell, which is narrow: ids and paths may be broken sooner."""
    return _LONG_CODE.sub(_pieces, printable(value))


def _pieces(match: re.Match[str]) -> str:
    return BREAK.join(match[0][at : at + _PIECE] for at in range(0, len(match[0]), _PIECE))


class _Writer:
    """Turns blocks into the values that the template lays out: every text printable, every number in words."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def model(self, document: Document) -> dict[str, Any]:
        return {
            "title": printable(document.title),
            "status": document.status,
            "synthetic": document.synthetic,
            "brief": document.is_brief,
            "facts": [[name, _broken(self._cell(value, Kind.NUMBER))] for name, value in document.facts],
            "sections": [
                {
                    "number": section.number,
                    "title": section.title,
                    "question": section.question,
                    "blocks": [one for block in section.blocks for one in self._block(block)],
                }
                for section in document.sections
            ],
        }

    def _block(self, block: Block) -> Iterator[dict[str, Any]]:
        match block:
            case Heading():
                yield {"kind": "heading", "text": _broken(block.text)}
            case Text():
                sentences = [self._said(said) for said in block.sentences]
                yield {"kind": "text", "label": block.label, "lead": block.lead, "points": block.points,
                       "sentences": sentences}  # fmt: skip
            case Note():
                yield {"kind": "note", "text": self._said(Sentence(block.text, block.cites))}
            case Table():
                yield self._table(block)
            case Chart():
                yield self._chart(block)
            case Line():
                yield self._line(block)
            case Finding():
                yield self._finding(block)
                if block.numbers:
                    yield self._table(_numbers(block))

    def _said(self, said: Sentence) -> str:
        return _broken(said.text) + _marks(said.cites)

    def _table(self, table: Table) -> dict[str, Any]:
        shown = table.rows[:ROWS]
        left_out = max(table.total, len(table.rows)) - len(shown)
        where = f"; all of them: {printable(table.full)}" if table.full else ""
        return {
            "kind": "table",
            "number": table.number,
            "caption": _broken(table.caption) + _marks(table.cites),
            "columns": [{"name": _broken(one.name), "numeric": one.numeric, "code": one.kind is Kind.CODE}
                        for one in table.columns],
            "rows": [[_celled(self._cell(value, column.kind)) for value, column in zip(row, table.columns, strict=True)]
                     for row in shown],
            "left_out": f"{left_out:,} more rows are not printed{where}." if left_out else "",
        }  # fmt: skip

    def _chart(self, chart: Chart) -> dict[str, Any]:
        svg = chart.svg.replace(_SVG, f'<svg xmlns="http://www.w3.org/2000/svg" {_SVG[5:]}', 1)
        head, end, rest = svg.partition(">")
        said = f"{printable(chart.title)}. {printable(chart.description)}"
        return {
            "kind": "chart",
            "number": chart.number,
            "svg": f"{head}{end}<style>{_STYLE}</style>{_in_markup(rest)}",
            "alt": said,
            "caption": _broken(f"{chart.title}. {chart.description}") + _marks(chart.twin.cites),
        }

    def _line(self, block: Line) -> dict[str, Any]:
        where = f"{block.source}, {block.length:,} bytes from byte {block.offset:,}"
        checked = f"{_celled(block.command)} prints {_celled(block.line_sha256 or '')}" if block.command else ""
        return {
            "kind": "line",
            "head": f"{', '.join(map(_broken, block.exhibits))} · {_broken(where)}",
            "text": _celled(block.text),
            "remark": _broken(block.remark),
            "command": checked,
        }

    def _finding(self, block: Finding) -> dict[str, Any]:
        because = f", because {_broken(block.basis)}" if block.basis else ""
        entries = [
            ["Likelihood", f"{_broken(block.likelihood)}."] if block.likelihood else None,
            ["Confidence", f"{_broken(block.confidence)}{because}."],
            ["Severity if right", f"{_broken(block.severity)}."],
            ["Best innocent explanation", _broken(block.alternative)] if block.alternative else None,
            ["Cited lines", _marks(block.lines).strip()] if block.lines else None,
        ]
        about = f" · {_broken(block.cluster)}" if block.cluster else ""
        return {
            "kind": "finding",
            "head": f"Finding {_broken(block.finding_id)} · {_broken(words(block.kind))}{about}",
            "statement": _broken(block.statement) + _marks(block.cites),
            "entries": [entry for entry in entries if entry],
        }

    def _cell(self, value: Cell, kind: Kind) -> str:
        return shorten(self.clock.shown(value, kind), CELL_WIDTH)


def _numbers(block: Finding) -> Table:
    """Return the numbers behind a finding side by side: the left half is to be read first."""
    named = [(words(name), value) for name, value in block.numbers]
    half = (len(named) + 1) // 2
    rows = tuple((*left, *right) for left, right in zip_longest(named[:half], named[half:], fillvalue=("", "")))
    return Table("", (Column("Number"), Column("Value")) * 2, rows, total=len(rows))


def _marks(cites: Sequence[str]) -> str:
    return f" [{', '.join(map(_broken, cites))}]" if cites else ""
