"""What may become a link or an anchor: only ids that this tool makes and that the evidence index lists."""

import re

from forensics.report.blocks import Document, Kind, Line, Table

_EXHIBIT = re.compile(r"(?:E-\d{4,9}|TAB-[a-z_]{1,40})", re.ASCII)
CELL_WIDTH = 600  # characters of one cell that are shown; exact values are in the tables of the case


def listed_exhibits(document: Document) -> frozenset[str]:
    """Return the well-formed exhibit ids of the evidence index: the only targets a citation links to."""
    index = (section for section in document.sections if section.section_id == "evidence_index")
    tables = (block for section in index for block in section.blocks if isinstance(block, Table))
    return frozenset(
        str(row[0])
        for table in tables
        if table.columns[0].kind is Kind.EXHIBIT
        for row in table.rows
        if _EXHIBIT.fullmatch(str(row[0]))
    )


def shown_lines(document: Document) -> dict[str, str]:
    """Return for each listed exhibit that is a raw line shown in the document the exhibit its block is named after."""
    listed = listed_exhibits(document)
    blocks = (block for section in document.sections for block in section.blocks if isinstance(block, Line))
    found = ([name for name in block.exhibits if name in listed] for block in blocks)
    return {name: names[0] for names in found for name in names}
