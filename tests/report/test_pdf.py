"""The PDF: tagged and archival, the same bytes twice, capped, and nothing in it was ever read as source."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from forensics.renderings import decoded
from forensics.report import pdf, report
from forensics.report.blocks import Column, Document, Section, Table
from forensics.report.sections import SECTIONS
from tests.report.conftest import Rendered
from tests.report.test_deterministic import RENDER, ROOT


def with_table(rows: int) -> Document:
    cells = tuple((f"E-{number:04d}",) for number in range(rows))
    table = Table("Exhibits", (Column("Exhibit"),), cells, total=rows, full="analysis/exhibits.parquet", number=1)
    section = Section("summary", 1, "Summary", "What?", (table,))
    return Document("A title", False, "Draft", (), (section,), "UTC")  # noqa: FBT003 - no synthetic data


@pytest.fixture(scope="module")
def content(told: Rendered) -> bytes:
    return report(told.case, formats=("pdf",))["pdf"].read_bytes()


def test_a_pdf_is_tagged_archival_and_in_english(content: bytes) -> None:
    catalog: Any = PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    about = catalog["/Metadata"].get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in about
    assert "<pdfuaid:part>1</pdfuaid:part>" in about


def test_a_pdf_says_what_the_page_says(content: bytes) -> None:
    whole = " ".join("\n".join(decoded("pdf", content)).split())
    assert "Lumen Gallery: harvest before the March outage (synthetic)" in whole
    assert "Synthetic data. Every firm, person and address in this report is fictional." in whole
    assert "C-3f1d09a2b7c4, that its accounts act as one operator: very likely." in whole
    assert all(f"{number} {title}" in whole for number, title in ((1, "Summary"), (len(SECTIONS), "Evidence index")))
    assert "E-0007" in whole


def test_every_drawing_of_a_pdf_has_its_description(content: bytes) -> None:
    reader = PdfReader(io.BytesIO(content))
    parts: Iterator[Any] = (reader.get_object(number) for number in range(1, len(reader.xref[0]) + 1))
    described = [str(part["/Alt"]) for part in parts if isinstance(part, dict) and "/Alt" in part]
    assert any(alt.startswith("Requests per hour, accounts of coordinated clusters") for alt in described)
    assert len(described) >= 5


def test_two_pdfs_are_equal_in_another_time_zone_and_folder(told: Rendered, content: bytes, tmp_path: Path) -> None:
    code = RENDER.replace("Path(sys.argv[1]))", 'Path(sys.argv[1])), formats=("pdf",)')
    subprocess.run(
        [sys.executable, "-c", code, str(told.case.folder)],
        env={**os.environ, "TZ": "Asia/Tokyo", "PYTHONPATH": str(ROOT)}, cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    assert (told.case.folder / "report" / "analyst" / "report.pdf").read_bytes() == content


def test_rows_beyond_the_cap_are_counted_and_the_full_table_is_named() -> None:
    text = " ".join("\n".join(decoded("pdf", pdf.render(with_table(620)))).split())
    assert "E-0499" in text
    assert "E-0500" not in text
    assert "120 more rows are not printed; all of them: analysis/exhibits.parquet." in text


def test_a_character_without_a_glyph_is_named_and_does_not_stop_the_report() -> None:
    document = replace(with_table(1), title="\u4e2d \U0001f600 caf\u00e9 \u0416\u2028 \x1b \u05d0")
    text = " ".join("\n".join(decoded("pdf", pdf.render(document))).split())
    assert "<U+4E2D> <U+1F600> caf\u00e9 \u0416<U+2028> <U+001B> <U+05D0>" in text


def test_the_executive_edition_is_one_page(told: Rendered) -> None:
    content = report(told.case, formats=("pdf",), audience="executive")["pdf"].read_bytes()
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
