"""Every exhibit: what it is, where its bytes lie, and how to check one without this tool."""

from collections.abc import Iterator, Mapping
from typing import Any

from forensics.report.blocks import Block, Cell, Column, Heading, Kind, Note, Sentence, Table, Text
from forensics.report.material import PATHS, Material, code, integer, text
from forensics.report.sections.base import Chapter

_COLUMNS = (
    Column("Exhibit", Kind.EXHIBIT), code("Finding"), text("What it shows"), code("Source"), integer("Offset"),
    integer("Length"), code("SHA-256 of the line"),
)  # fmt: skip
_RULE = (
    "A raw line is cited by source, offset and length in bytes of the decompressed stream, and by the SHA-256 of "
    "exactly these bytes. An exhibit whose source ends in .sql is the result of that query over the tables of the "
    "case; TAB- exhibits are whole tables of the case folder."
)
_CUT = "dd iflag=skip_bytes,count_bytes,fullblock skip=OFFSET count=LENGTH status=none | sha256sum"
_MOST = 1000  # exhibits that are listed; whole tables of the case stand after them in any case
_SHOWN = (
    "Each cited line as text, read again from its source while this report was written: what could act is named, a "
    "secret is its keyed id. The command prints the SHA-256 of its bytes; without the last part it prints the line. "
    "The other editions cite these lines and do not show them."
)
_COMMANDS = (
    ("plain", f"cat SOURCE | {_CUT}"),
    ("gzip", f"gzip -dc SOURCE | {_CUT}"),
    ("zstd", f"zstd -dc SOURCE | {_CUT}"),
)


def _write(material: Material) -> Iterator[Block]:
    yield Text((Sentence(_RULE),))
    how = "How to check a raw line by hand: the command prints the SHA-256 of the index"
    yield Table(how, (text("Source is"), code("Command")), _COMMANDS, total=len(_COMMANDS))
    told = {finding["finding_id"] for finding in material.findings}
    rows = [row for row in material.exhibits.rows if not row["finding_id"] or row["finding_id"] in told]
    if not rows:
        yield Note("No exhibit: no finding was made and no table was listed (forensics analyze).")
        return
    whole = [row for row in rows if not row["finding_id"]]
    shown = [row for row in rows if row["finding_id"]][:_MOST]
    cells = tuple(map(_row, (*shown, *whole)))
    yield Table("Exhibits", _COLUMNS, cells, total=len(material.exhibits.rows), full="analysis/exhibits.parquet")
    unread = sum(1 for row in rows if row["log_offset"] is not None and not row["line_sha256"])
    if unread:
        yield Note(f"{unread:,} cited line(s) could not be read again from their source, so they have no hash here.")
    if material.raw:
        yield Heading("The lines themselves")
        yield Text((Sentence(_SHOWN),))
        yield from material.raw


def _row(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    return (
        row["exhibit_id"],
        row["finding_id"],
        row["title"],
        _source(row),
        row["log_offset"],
        row["log_length"],
        row["line_sha256"],
    )


def _source(row: Mapping[str, Any]) -> str | None:
    """Return the source of a line, the query of rows, or the file of a whole table."""
    if row["log_offset"] is not None:
        return str(row["path"] or row["content_sha256"])
    query = str(row["query_id"] or "")
    return PATHS.get(query.removeprefix("table:"), query) if query.startswith("table:") else query or None


CHAPTER = Chapter("evidence_index", "Evidence index", "Where are the rows and lines behind each statement?", _write)
