"""Tables of a case → one document: the cover, then every section in reading order."""

from collections.abc import Iterator

from forensics import __version__
from forensics.model import Progress, Report
from forensics.report.blocks import Cell, Document, Section, numbered
from forensics.report.material import Material
from forensics.report.sections import SECTIONS
from forensics.report.wording import counted

STATUS = "Draft for human review"
UNTITLED = "Untitled case"
_MARK = "(synthetic)"


def compose(material: Material, audience: str, report: Report) -> Document:
    """Write every section and count tables and figures through the document."""
    written = []
    for number, chapter in enumerate(SECTIONS, start=1):
        report(Progress("report", number - 1, len(SECTIONS), "sections"))
        blocks = tuple(chapter.write(material))
        written.append(Section(chapter.id, number, chapter.title, chapter.question, blocks))
    report(Progress("report", len(SECTIONS), len(SECTIONS), "sections"))
    case = material.settings.case
    return Document(
        title=case.title or UNTITLED,
        synthetic=_MARK in case.title.lower(),
        status=STATUS,
        facts=tuple(_cover(material, audience)),
        sections=numbered(tuple(written)),
        display_timezone=case.display_timezone,
    )


def _cover(material: Material, audience: str) -> Iterator[tuple[str, Cell]]:
    """Yield the lines of the cover; none of them comes from the clock."""
    sources = material.rows("sections/scope")
    first = min((row["first_timestamp"] for row in sources if row["first_timestamp"]), default=None)
    last = max((row["last_timestamp"] for row in sources if row["last_timestamp"]), default=None)
    events = sum(row["events"] or 0 for row in sources)
    yield "Status", STATUS
    yield "Edition", f"{audience.capitalize()}: names and addresses in clear, for the investigating team only"
    yield "Period of the records", material.clock.period(first, last)
    yield "Records", f"{counted(len(sources), 'source')}, {counted(events, 'event')}"
    yield "Run ID", material.run_id
    yield "Made with", f"forensics {__version__}"
    yield "Reviewed by (name, date)", "not yet reviewed"
