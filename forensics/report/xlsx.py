"""The exhibits as a workbook: every table of the document, and the twin of every chart, each on a sheet of its own.

Every cell is text: no formula, no link, no number that a spreadsheet could reshape. Exact values stand as JSON has
them; what a cell cannot hold is cut and says so.
"""

import io
from collections.abc import Iterator
from datetime import UTC, datetime

import xlsxwriter
from xlsxwriter.workbook import Workbook

from forensics.report.blocks import Cell, Chart, Document, Finding, Line, Table
from forensics.report.wording import words
from forensics.text import visible

_CELL = 32_767  # characters a cell can hold
_CUT = " … (cut: the whole value is in the JSON report)"
_ROWS = 1_048_000
_WIDEST = 60
_MADE = datetime(1980, 1, 1)  # noqa: DTZ001 - the format knows no time zone; no file tells when it was made
_TEXT_ONLY = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def render(document: Document) -> bytes:
    """Return the workbook; the same document gives the same bytes."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, _TEXT_ONLY)
    book.set_properties({"created": _MADE, "title": visible(document.title)[:255]})
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    facts = [("Title", document.title), *document.facts]
    if document.synthetic:
        facts.append(("Data", "Synthetic: every firm, person and address is fictional"))
    _sheet(book, "About", ("What", "Entry"), [tuple(fact) for fact in facts], head, "About this report")
    listed = list(_findings(document))
    if listed:
        _sheet(book, "Findings", _FINDING, listed, head, "Findings as stated")
    if lines := list(_lines(document)):
        _sheet(book, "Lines", _LINE, lines, head, "Cited lines as text, and how to check each by hand")
    for name, table in _tables(document):
        _sheet(book, name, tuple(column.name for column in table.columns), table.rows, head, _caption(table))
    book.close()
    return stream.getvalue()


_FINDING = ("Finding", "Kind", "Cluster", "Statement", "Likelihood", "Confidence", "Severity",
            "Best innocent explanation", "Exhibits")  # fmt: skip


def _findings(document: Document) -> Iterator[tuple[Cell, ...]]:
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Finding):
                cites = " ".join((*block.cites, *block.lines))
                yield (block.finding_id, words(block.kind), block.cluster, block.statement, block.likelihood,
                       block.confidence, block.severity, block.alternative, cites)  # fmt: skip


_LINE = ("Exhibits", "Source", "Offset", "Length", "SHA-256 of the line", "SHA-256 of the source", "Text", "Remark",
         "Command")  # fmt: skip


def _lines(document: Document) -> Iterator[tuple[Cell, ...]]:
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Line):
                yield (" ".join(block.exhibits), block.source, block.offset, block.length, block.line_sha256,
                       block.content_sha256, block.text, block.remark, block.command)  # fmt: skip


def _tables(document: Document) -> Iterator[tuple[str, Table]]:
    """Yield sheets in reading order; their names are ours."""
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield f"Table {block.number}", block
            elif isinstance(block, Chart):
                yield f"Figure {block.number}", block.twin


def _caption(table: Table) -> str:
    cites = f" [{', '.join(table.cites)}]" if table.cites else ""
    where = f": {table.full}" if table.full else ""
    more = f" ({table.left_out:,} of {table.total:,} rows are not here{where})" if table.left_out else ""
    return f"{table.caption}{cites}{more}"


def _sheet(book: Workbook, name: str, columns: tuple[str, ...], rows: object, head: object, caption: str) -> None:
    """Write one sheet: what it is, the heads, the rows; a filter over the heads and both stay in view."""
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, _text(caption))
    for at, column in enumerate(columns):
        sheet.write_string(1, at, _text(column), head)
    widths = [len(column) for column in columns]
    count = 0
    for count, row in enumerate(list(rows)[:_ROWS], start=1):  # type: ignore[call-overload]
        for at, value in enumerate(row):
            shown = _text(value)
            widths[at] = max(widths[at], len(shown))
            if shown:
                sheet.write_string(count + 1, at, shown)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, min(_WIDEST, width + 2))
    sheet.freeze_panes(2, 0)
    sheet.autofilter(1, 0, max(1, count + 1), len(columns) - 1)


def _text(value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case _:
            shown = visible(str(value))
            return shown if len(shown) <= _CELL else shown[: _CELL - len(_CUT)] + _CUT
