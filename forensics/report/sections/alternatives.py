"""The innocent explanations, tested one by one, and what every finding has against it."""

from collections.abc import Iterator

from forensics.report.blocks import Block, Column, Heading, Kind, Note, Table
from forensics.report.material import ROWS_SHOWN, Material, code, text
from forensics.report.sections.base import Chapter, findings, told
from forensics.report.wording import words

_TOLD_ELSEWHERE = frozenset(
    {
        "scope", "channel", "attribution", "harvest", "distillation", "automation", "service_impact", "materiality",
        "statement", "terms", "action",
    }
)  # fmt: skip
_COLUMNS = (
    code("Finding"), text("Kind"), text("Best innocent explanation"), Column("Exhibit", Kind.EXHIBIT),
)  # fmt: skip


def _write(material: Material) -> Iterator[Block]:
    yield from findings(material, "alternative", needs="a cluster whose rival explanations can be tested")
    rivals = [finding for finding in material.findings if finding["assessed"] and finding["alternative"]]
    if rivals:
        cells = tuple(
            (
                finding["finding_id"],
                words(finding["kind"]),
                finding["alternative"],
                " ".join(material.exhibits.of(finding["finding_id"])),
            )
            for finding in rivals[:ROWS_SHOWN]
        )
        cites = material.exhibits.tables("findings")
        yield Table(
            "What speaks against each finding",
            _COLUMNS,
            cells,
            cites,
            total=len(rivals),
            full="analysis/findings.parquet",
        )
    others = [f for f in material.findings if f["kind"] not in _TOLD_ELSEWHERE and f["kind"] != "alternative"]
    if others:
        yield Heading("Further findings")
        for finding in others:
            yield from told(material, finding)
    if material.findings_left_out:
        yield Note(f"{material.findings_left_out:,} further finding(s) in analysis/findings.parquet are not told here.")


CHAPTER = Chapter(
    "alternatives", "Alternative explanations", "What else could explain it, and what would settle it?", _write
)
