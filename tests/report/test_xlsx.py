"""The workbook: every cell is text, every table has its sheet, and the same report gives the same bytes."""

import io
import json
from dataclasses import replace

import openpyxl
import pytest

from forensics.report import report, xlsx
from tests.report.conftest import Rendered
from tests.report.test_pdf import with_table


@pytest.fixture(scope="module")
def content(told: Rendered) -> bytes:
    return report(told.case, formats=("xlsx",))["xlsx"].read_bytes()


def test_every_cell_is_text_and_none_links(content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}
    assert not any(cell.hyperlink for sheet in book for row in sheet.iter_rows() for cell in row)


def test_every_table_and_every_twin_of_a_chart_has_a_sheet_with_exact_values(told: Rendered, content: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content))
    blocks = [block for section in json.loads(told.json)["sections"] for block in section["blocks"]]
    tables = [f"Table {block['number']}" for block in blocks if block["block"] == "table"]
    figures = [f"Figure {block['number']}" for block in blocks if block["block"] == "chart"]
    assert sorted(book.sheetnames) == sorted(["About", "Findings", "Lines", *tables, *figures])
    exhibits = next(sheet for sheet in book if str(sheet["A1"].value).startswith("Exhibits"))
    rows = {row[0]: row for row in exhibits.iter_rows(min_row=3, values_only=True)}
    assert rows["E-0007"][3:6] == ("edge/access.log.gz", "90", "89")


def test_two_workbooks_are_equal(told: Rendered, content: bytes) -> None:
    assert report(told.case, formats=("xlsx",))["xlsx"].read_bytes() == content


def test_a_value_that_no_cell_holds_is_cut_and_says_so() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.render(replace(with_table(1), title="x" * 40_000))))
    cell = book["About"]["B3"].value
    assert len(cell) == 32_767
    assert cell.endswith(" … (cut: the whole value is in the JSON report)")
