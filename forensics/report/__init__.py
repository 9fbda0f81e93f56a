"""STAGE 3: tables in, a document out, for one kind of reader, in renderings that say the same.

`report` reads analysis/ and tables/ and writes report/AUDIENCE/report.{html,md,json,pdf,xlsx}. It judges nothing:
every statement was made by analyze, every number is a row of a table, and both name their exhibit. What a reader may
not see is replaced in the model, before anything is rendered.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from forensics.audience import AUDIENCES, Disclosure, disclose, pseudonyms, report_folder, withheld_names
from forensics.case import Case
from forensics.decisions import standing
from forensics.engine import Engine, Resources
from forensics.errors import UsageError
from forensics.model import Report, silent
from forensics.parquet import write_aside
from forensics.report import html, json, markdown, pdf, xlsx
from forensics.report.blocks import Chart, Document
from forensics.report.document import compose
from forensics.report.editions import EDITIONS, TABLES, Edition, for_organization, opened, tables_seen
from forensics.report.leaks import check_leaks
from forensics.report.lines import cited_lines
from forensics.report.material import read
from forensics.report.redaction import redactor
from forensics.schema import REQUESTS

FORMATS: Mapping[str, Callable[[Document], bytes]] = {
    "html": html.render,
    "md": markdown.render,
    "json": json.render,
    "pdf": pdf.render,
    "xlsx": xlsx.render,
}
LOG = "redaction-log.csv"


def report(
    case: Case,
    *,
    formats: Sequence[str] = ("html", "md", "json"),
    audience: str = "analyst",
    organization: str | None = None,
    resources: Resources | None = None,
    report: Report = silent,
) -> dict[str, Path]:
    """Write the report of a case for one kind of reader and return where each format lies; the caller records it.

    `organization` says whose accounts a counterparty hears of. Raise `UsageError` for an audience or a format this
    version does not have, `IntegrityError` if a rendering would show what its reader may not see: then nothing is
    written.
    """
    if audience not in AUDIENCES:
        _refuse("audience", audience, AUDIENCES)
    for name in formats:
        if name not in FORMATS:
            _refuse("format", name, tuple(FORMATS))
    edition = EDITIONS[audience] if organization is None else for_organization(organization)
    disclosure = disclose(case, audience, organization, withheld_names(case), resources)
    hidden = redactor(case, edition, disclosure)
    decided = () if edition.leaves_the_house else standing(case)
    lines = cited_lines(case, disclosure, resources) if edition.shows_lines else ()
    with opened(case, edition, disclosure, resources) as engine:
        engine.register("disclosed", pseudonyms(case, disclosure))
        document = hidden.document(compose(read(case, engine, hidden.table, decided, lines), edition, report))
    renderings = {name: FORMATS[name](document) for name in formats}
    check_leaks(renderings, disclosure.hidden, hidden, lambda: Engine.over(case, REQUESTS, resources=resources))
    folder = report_folder(case, audience, organization)
    write_aside(folder / LOG, hidden.log(_left_out(case, edition, disclosure)).encode())
    for name, content in renderings.items():
        write_aside(folder / f"report.{name}", content)
    if organization is not None:
        _show_last(folder)
    return {name: folder / f"report.{name}" for name in renderings}


def drawn(case: Case, resources: Resources | None = None) -> tuple[Chart, ...]:
    """Return the charts of the analyst's report, in reading order."""
    edition, disclosure = EDITIONS["analyst"], disclose(case, "analyst", None, withheld_names(case), resources)
    hidden = redactor(case, edition, disclosure)
    with opened(case, edition, disclosure, resources) as engine:
        engine.register("disclosed", pseudonyms(case, disclosure))
        document = hidden.document(compose(read(case, engine, hidden.table), edition, silent))
    return tuple(block for section in document.sections for block in section.blocks if isinstance(block, Chart))


def _show_last(folder: Path) -> None:
    """Put the report of one organization also where the last one for a counterparty is looked for, and no other's."""
    for old in folder.parent.glob("report.*"):
        old.unlink()
    for path in sorted((*folder.glob("report.*"), folder / LOG)):
        write_aside(folder.parent / path.name, path.read_bytes())


def _left_out(case: Case, edition: Edition, disclosure: Disclosure) -> Iterator[tuple[str, str, int | None]]:
    """Yield the tables of the case that an edition does not see, or sees only in part."""
    seen = tables_seen(edition)
    for table in TABLES:
        if table not in seen and case.has(table):
            yield table.name, "left_out", None
        elif seen is not TABLES and case.has(table):
            yield table.name, "narrowed", None
    if disclosure.withheld:
        yield "accounts", "on_request", len(disclosure.withheld)


def _refuse(what: str, name: str, known: tuple[str, ...]) -> None:
    raise UsageError(f"{what} {name!r} is not available in this version", hint=f"available: {', '.join(known)}")
