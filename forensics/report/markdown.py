"""The document as GitHub Markdown: the same content, charts as the tables that say the same.

Exhibit ids that the evidence index lists are written plainly, so that they can be searched; every other text is
escaped for CommonMark and GitHub.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
    Section,
    Table,
    Text,
)
from forensics.report.safety import CELL_WIDTH, listed_exhibits
from forensics.report.wording import Clock, words
from forensics.settings import timezone
from forensics.text import markdown, shorten


def render(document: Document) -> bytes:
    """Return the page as Markdown with a final line end."""
    writer = _Writer(Clock(timezone(document.display_timezone)), listed_exhibits(document), document.is_brief)
    return ("\n".join(writer.page(document)) + "\n").encode()


@dataclass(frozen=True)
class _Writer:
    clock: Clock
    exhibits: frozenset[str]
    brief: bool = False  # one page: a figure is its description

    def page(self, document: Document) -> Iterator[str]:
        yield f"# {markdown(document.title)}\n"
        if document.synthetic:
            yield "> **Synthetic data.** Every firm, person and address in this report is fictional.\n"
        for name, value in document.facts:
            yield f"- **{markdown(name)}:** {self._cell(value, Kind.NUMBER)}"
        if not document.is_brief:
            yield "\n## Contents\n"
            yield from (f"{section.number}. {markdown(section.title)}" for section in document.sections)
        for section in document.sections:
            yield from self._section(section)
        mark = " Synthetic data." if document.synthetic else ""
        yield f"\n---\n\n{markdown(document.title)}. {markdown(document.status)}.{mark}"

    def _section(self, section: Section) -> Iterator[str]:
        yield f"\n## {section.number}. {markdown(section.title)}\n"
        yield f"*{markdown(section.question)}*\n"
        for block in section.blocks:
            yield from self._block(block)

    def _block(self, block: Block) -> Iterator[str]:
        match block:
            case Heading():
                yield f"### {markdown(block.text)}\n"
            case Text():
                yield self._text(block) + "\n"
            case Note():
                yield f"> {markdown(block.text)}{self._cites(block.cites)}\n"
            case Table():
                yield from self._table(block, f"Table {block.number}.")
            case Chart():
                yield f"**Figure {block.number}. {markdown(block.title)}.** {markdown(block.description)}\n"
                if block.twin.rows and not self.brief:
                    yield from self._table(block.twin, f"Figure {block.number} as text.")
            case Finding():
                yield from self._finding(block)
            case Line():
                yield from self._line(block)

    def _text(self, block: Text) -> str:
        if block.points:
            head = f"**{markdown(block.label)}.**\n\n" if block.label else ""
            return head + "\n".join(f"- {markdown(said.text)}{self._cites(said.cites)}" for said in block.sentences)
        said = " ".join(f"{markdown(sentence.text)}{self._cites(sentence.cites)}" for sentence in block.sentences)
        if block.lead:
            return f"**{said}**"
        return f"**{markdown(block.label)}.** {said}" if block.label else said

    def _finding(self, block: Finding) -> Iterator[str]:
        about = f", {markdown(block.cluster)}" if block.cluster else ""
        said = f"{markdown(block.statement)}{self._cites(block.cites)}"
        yield f"**Finding {markdown(block.finding_id)}{about}.** {said}\n"
        if block.likelihood:
            yield f"- Likelihood: {markdown(block.likelihood)}."
        because = f", because {markdown(block.basis)}" if block.basis else ""
        yield f"- Confidence: {markdown(block.confidence)}{because}."
        yield f"- Severity if right: {markdown(block.severity)}."
        if block.alternative:
            yield f"- Best innocent explanation: {markdown(block.alternative)}"
        if block.lines:
            yield f"- Cited lines:{self._cites(block.lines)}"
        yield ""
        if block.numbers:
            rows = tuple((words(name), value) for name, value in block.numbers)
            yield from self._grid((Column("Number"), Column("Value", Kind.NUMBER)), rows)

    def _line(self, block: Line) -> Iterator[str]:
        where = f"{markdown(block.source)}, {block.length:,} bytes from byte {block.offset:,}"
        yield f"**Line{self._cites(block.exhibits)}** {where}\n"
        for said in (block.text, block.remark, block.command, block.command and (block.line_sha256 or "")):
            if said:
                yield f"> {markdown(said)}\n"

    def _table(self, table: Table, name: str) -> Iterator[str]:
        yield f"**{name}** {markdown(table.caption)}{self._cites(table.cites)}\n"
        yield from self._grid(table.columns, table.rows)
        if table.left_out:
            where = f"; full table in {markdown(table.full)}" if table.full else ""
            yield f"{table.left_out:,} of {table.total:,} rows are not shown{where}.\n"

    def _grid(self, columns: Sequence[Column], rows: Sequence[tuple[Cell, ...]]) -> Iterator[str]:
        yield f"| {' | '.join(markdown(column.name) or ' ' for column in columns)} |"
        yield f"|{'|'.join(' ---: ' if column.numeric else ' --- ' for column in columns)}|"
        for row in rows:
            cells = (self._cell(value, column.kind) for value, column in zip(row, columns, strict=True))
            yield f"| {' | '.join(cells)} |"
        yield ""

    def _cell(self, value: Cell, kind: Kind) -> str:
        if kind is Kind.EXHIBIT:
            return ", ".join(map(self._exhibit, str(value or "").split()))
        return markdown(shorten(self.clock.shown(value, kind), CELL_WIDTH))

    def _cites(self, cites: Sequence[str]) -> str:
        return f" [{', '.join(map(self._exhibit, cites))}]" if cites else ""

    def _exhibit(self, exhibit: str) -> str:
        return exhibit if exhibit in self.exhibits else markdown(exhibit)
