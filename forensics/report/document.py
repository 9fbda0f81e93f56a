"""Tables of a case → one document: the cover, then every section in reading order."""

from collections.abc import Iterator

from forensics import __version__
from forensics.model import Progress, Report
from forensics.report.blocks import Cell, Document, Section, numbered
from forensics.report.editions import Edition
from forensics.report.gathered import gathered
from forensics.report.material import Material
from forensics.report.wording import counted

STATUS = "Draft for human review"
UNTITLED = "Untitled case"
_MARK = "(synthetic)"


def compose(material: Material, edition: Edition, report: Report) -> Document:
    """Write every section and count tables and figures through the document."""
    written = []
    for number, chapter in enumerate(edition.chapters, start=1):
        report(Progress("report", number - 1, len(edition.chapters), "sections"))
        blocks = gathered(tuple(chapter.write(material)))
        written.append(Section(chapter.id, number, chapter.title, chapter.question, blocks))
    report(Progress("report", len(edition.chapters), len(edition.chapters), "sections"))
    case = material.settings.case
    return Document(
        title=edition.title or case.title or UNTITLED,
        synthetic=_MARK in case.title.lower(),
        status=STATUS,
        facts=tuple(_cover(material, edition)),
        sections=numbered(tuple(written)),
        display_timezone=case.display_timezone,
        audience=edition.name,
        as_of=material.rows("sections/as_of")[0]["as_of"],
        is_interactive=edition.is_interactive,
        is_brief=edition.is_brief,
    )


def _cover(material: Material, edition: Edition) -> Iterator[tuple[str, Cell]]:
    """Yield the lines of the cover, none of them from the clock. What leaves the house says nothing of sources."""
    yield "Status", STATUS
    yield "Edition", edition.label
    if not edition.leaves_the_house:
        sources = material.rows("sections/scope")
        first = min((row["first_timestamp"] for row in sources if row["first_timestamp"]), default=None)
        last = max((row["last_timestamp"] for row in sources if row["last_timestamp"]), default=None)
        events = sum(row["events"] or 0 for row in sources)
        yield "Period of the records", material.clock.period(first, last)
        yield "Records", f"{counted(len(sources), 'source')}, {counted(events, 'event')}"
    yield "Run ID", material.run_id
    yield "Made with", f"forensics {__version__}"
    yield "Reviewed by (name, date)", "not yet reviewed"
