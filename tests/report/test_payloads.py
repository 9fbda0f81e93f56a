"""A thousand hostile texts through every output: none acts, none vanishes."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pypdf import PdfReader

from forensics import schema
from forensics.case import Case
from forensics.renderings import decoded
from forensics.report import FORMATS, report
from forensics.report.pdf import printable
from forensics.text import visible
from tests.report.page import Page
from tests.report.payloads import PAYLOADS
from tests.report.sample_case import START, finding, story, tables, write
from tests.report.test_hostile import ATTRIBUTES, TAGS

FINDINGS, EXHIBITS, HUBS, INCIDENTS = PAYLOADS[:230], PAYLOADS[230:610], PAYLOADS[610:800], PAYLOADS[800:900]
STATEMENTS, TITLE = PAYLOADS[900:999], PAYLOADS[999]
Renderings = dict[str, bytes]


def planted(folder: Path) -> Case:
    """Return the story with a payload in the title, and one in every finding, exhibit, hub, incident and statement."""
    case = story(folder, title=TITLE)
    content = tables()
    said = [finding(f"F-{number:08x}", "scope", text, None) for number, text in enumerate(FINDINGS)]
    write(case, schema.FINDINGS, said)
    cited = [{"exhibit_id": f"E-{number:04d}", "title": text} for number, text in enumerate(EXHIBITS, start=1)]
    whole = [row for row in content[schema.EXHIBITS] if row["exhibit_id"].startswith("TAB-")]
    write(case, schema.EXHIBITS, [*cited, *whole])
    hubs = [{"attribute": "user_agent", "value": text, "accounts": 60, "action": "context_only"} for text in HUBS]
    write(case, schema.HUBS, hubs)
    incidents = [{"incident_id": f"I-{number}", "kind": "other", "title": text, "started_at": START}
                 for number, text in enumerate(INCIDENTS)]  # fmt: skip
    write(case, schema.INCIDENTS, incidents)
    statements = [{"statement_id": f"S-{number}", "made_at": START, "verbatim": text, "claim": "other"}
                  for number, text in enumerate(STATEMENTS)]  # fmt: skip
    write(case, schema.STATEMENTS, statements)
    return case


@pytest.fixture(scope="module")
def renderings(tmp_path_factory: pytest.TempPathFactory) -> Renderings:
    case = planted(tmp_path_factory.mktemp("payloads") / "case")
    return {name: path.read_bytes() for name, path in report(case, formats=tuple(FORMATS)).items()}


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_there_are_a_thousand_and_all_differ() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 1000
    assert len({re.sub(r"p\d{4}q", "", text) for text in PAYLOADS}) > 70


def test_none_vanishes_from_html_markdown_json_and_the_workbook(renderings: Renderings) -> None:
    book = openpyxl.load_workbook(io.BytesIO(renderings["xlsx"]))
    cells = "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
    shown = {
        "html": Page(renderings["html"].decode()).text(),
        "md": "\n".join(decoded("md", renderings["md"])),
        "json": "\n".join(decoded("json", renderings["json"])),
        "xlsx": cells,
    }
    for name, text in shown.items():
        assert [payload for payload in PAYLOADS if visible(payload) not in text] == [], name


def test_none_vanishes_from_the_pdf(renderings: Renderings) -> None:
    text = squeezed("".join(decoded("pdf", renderings["pdf"])))
    assert [payload for payload in PAYLOADS if squeezed(printable(payload)) not in text] == []


def test_none_becomes_markup_of_the_page(renderings: Renderings) -> None:
    page = Page(renderings["html"].decode())
    assert {tag for tag, _ in page.tags} <= TAGS
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert page.comments == []
    assert page.open == []
    assert all(value.startswith("#") for value in page.attribute("href"))
    assert sum(tag == "script" for tag, _ in page.tags) == 1, "ours"


def test_none_becomes_markup_of_markdown(renderings: Renderings) -> None:
    text = renderings["md"].decode()
    bare = re.sub(r"\\.", "", text)
    assert "<" not in bare
    assert "`" not in bare
    assert not re.search(r"\]\(|https?:", bare)
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert all(re.match(r"# #read|#{2,3} [A-Z\d]", re.sub(r"\\", "", line)) for line in titles), titles


def test_none_is_a_control_character_of_any_output(renderings: Renderings) -> None:
    for name in ("html", "md", "json"):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]",
                             renderings[name].decode()), name  # fmt: skip
    assert renderings["json"].isascii()
    json.loads(renderings["json"])


def test_none_is_a_formula_or_a_link_of_the_workbook(renderings: Renderings) -> None:
    book = openpyxl.load_workbook(io.BytesIO(renderings["xlsx"]))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds == {"s"}
    with zipfile.ZipFile(io.BytesIO(renderings["xlsx"])) as parts:
        for name in parts.namelist():
            content = parts.read(name).decode()
            assert "<f>" not in content, name
            assert "<hyperlink" not in content, name
            assert "TargetMode" not in content, name


def test_none_acts_in_the_pdf(renderings: Renderings) -> None:
    reader = PdfReader(io.BytesIO(renderings["pdf"]))
    for number in range(1, len(reader.xref[0]) + 1):
        part: Any = reader.get_object(number)
        if isinstance(part, dict):
            assert not {"/JS", "/JavaScript", "/URI", "/Launch", "/AA", "/OpenAction", "/EF"} & set(part), part
            assert part.get("/S") not in {"/URI", "/Launch", "/JavaScript", "/SubmitForm", "/GoToR"}
    text = "".join(decoded("pdf", renderings["pdf"]))
    assert "root:x:0" not in text
