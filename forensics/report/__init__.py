"""STAGE 3: tables in, a document out, in three renderings that say the same.

`report` reads analysis/ and tables/ and writes report/AUDIENCE/report.{html,md,json}. It judges nothing: every
statement was made by analyze, every number is a row of a table, and both name their exhibit.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.errors import BusyError, UsageError
from forensics.model import Report, silent
from forensics.report import html, json, markdown
from forensics.report.blocks import Document
from forensics.report.document import compose
from forensics.report.material import TABLES, read

AUDIENCES = ("analyst",)
FORMATS: Mapping[str, Callable[[Document], str]] = {
    "html": html.render,
    "md": markdown.render,
    "json": json.render,
}


def report(
    case: Case,
    *,
    formats: Sequence[str] = ("html", "md", "json"),
    audience: str = "analyst",
    resources: Resources | None = None,
    report: Report = silent,
) -> dict[str, Path]:
    """Write the report of a case and return where each format lies; the caller records that it was rendered.

    Raise `UsageError` for an audience or a format this version does not have.
    """
    if audience not in AUDIENCES:
        _refuse("audience", audience, AUDIENCES)
    for name in formats:
        if name not in FORMATS:
            _refuse("format", name, tuple(FORMATS))
    with Engine.over(case, *TABLES, resources=resources) as engine:
        document = compose(read(case, engine), audience, report)
    folder = case.folder / "report" / audience
    return {name: _write(folder / f"report.{name}", FORMATS[name](document)) for name in formats}


def _refuse(what: str, name: str, known: tuple[str, ...]) -> None:
    raise UsageError(f"{what} {name!r} is not available in this version", hint=f"available: {', '.join(known)}")


def _write(path: Path, text: str) -> Path:
    """Write a file aside and rename it: a reader sees the old report or the new one, never half of one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(text, encoding="utf-8", newline="\n")
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise BusyError(f"cannot write {path.name}: {error.strerror}", hint="free some space and run again") from None
    return path
