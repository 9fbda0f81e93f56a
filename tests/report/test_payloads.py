"""A thousand hostile texts through every output: none acts, none vanishes."""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from forensics import schema
from forensics.case import Case
from forensics.renderings import decoded
from forensics.report import FORMATS, report
from forensics.report.pdf import printable
from forensics.schema.base import LIST, TEXT
from forensics.text import visible
from tests.report.page import Page
from tests.report.payloads import PAYLOADS
from tests.report.sample_case import START, Rows, finding, hostile_case, poisoned, tables, write
from tests.report.sample_case import TITLE as TITLE_OF_STORY
from tests.report.test_hostile import ATTRIBUTES, TAGS
from tests.terminal import screen

FINDINGS, EXHIBITS, HUBS, INCIDENTS = PAYLOADS[:230], PAYLOADS[230:610], PAYLOADS[610:800], PAYLOADS[800:900]
STATEMENTS, TITLE = PAYLOADS[900:999], PAYLOADS[999]
Renderings = dict[str, bytes]


def marked(text: str) -> str:
    """Return a text with one of the payloads after it, always the same: names must still be found."""
    return text + PAYLOADS[int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % len(PAYLOADS)]


def planted(folder: Path) -> Case:
    """Return the story with payloads in every text of every table, and each alone in a text that reports show.

    These are the title, and one finding, exhibit, hub, incident or statement each.
    """
    case = hostile_case(folder, "", marked)
    path = folder / "case.toml"
    path.write_text(path.read_text().replace(json.dumps(TITLE_OF_STORY), json.dumps(TITLE)))
    case = Case.open(folder)
    shown: dict[schema.Table, Rows] = {
        schema.FINDINGS: [finding(f"F-{number:08x}", "scope", text, None) for number, text in enumerate(FINDINGS)],
        schema.EXHIBITS: [
            {"exhibit_id": f"E-{number:04d}", "title": text} for number, text in enumerate(EXHIBITS, start=5000)
        ],
        schema.HUBS: [
            {"attribute": "user_agent", "value": text, "accounts": 60, "action": "context_only"} for text in HUBS
        ],
        schema.INCIDENTS: [
            {"incident_id": f"I-{number}", "kind": "other", "title": text, "started_at": START}
            for number, text in enumerate(INCIDENTS)
        ],
        schema.STATEMENTS: [
            {"statement_id": f"S-{number}", "made_at": START, "verbatim": text, "claim": "other"}
            for number, text in enumerate(STATEMENTS)
        ],
    }
    for table, rows in shown.items():
        write(case, table, [*(poisoned(table, row, marked) for row in tables()[table]), *rows])
    return case


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return planted(tmp_path_factory.mktemp("payloads") / "case")


@pytest.fixture(scope="module")
def renderings(hostile: Case) -> Renderings:
    return {name: path.read_bytes() for name, path in report(hostile, formats=tuple(FORMATS)).items()}


def test_they_reach_every_text_of_every_table(hostile: Case) -> None:
    case, clean = hostile, tables()
    ours = {"verdict", "tier", "kind", "query_id", "exhibit_id"}
    for table, rows in clean.items():
        filled = {name for row in rows for name, value in row.items() if value} - ours
        for column in (one.name for one in table.columns if one.type in {TEXT, LIST} and one.name in filled):
            parts = [pq.read_table(path)[column].to_pylist() for path in sorted(case.folder.glob(table.path))]
            held = json.dumps(parts, ensure_ascii=False)
            assert re.search(r"p\d{4}q", held), (table.name, column)


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


@pytest.mark.parametrize("audience", ["executive", "public"])
def test_none_becomes_markup_of_a_shorter_edition(hostile: Case, audience: str) -> None:
    paths = report(hostile, formats=("html", "md", "pdf"), audience=audience)
    page = Page(paths["html"].read_text(encoding="utf-8"))
    assert {tag for tag, _ in page.tags} <= TAGS - {"script"}
    assert {name for _, attributes in page.tags for name in attributes} <= ATTRIBUTES
    assert not re.search(
        r"<|`|\]\(", re.sub(r"\\.|^>", "", paths["md"].read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    assert "root:x:0" not in "".join(decoded("pdf", paths["pdf"].read_bytes()))


@pytest.mark.parametrize("command", ["clusters", "timeline", "overview", "statements", "chart"])
def test_none_acts_on_a_terminal(hostile: Case, command: str) -> None:
    shown = "\n".join(screen(command, "-C", hostile.folder))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", shown)


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
    content = renderings["pdf"]
    objects = re.sub(rb"stream\r?\n.*?endstream", b"", content, flags=re.DOTALL)
    assert b"/ObjStm" not in content, "no object is packed: what follows sees them all"
    assert objects.count(b"/StructElem") > 1000
    assert not re.search(rb"/(?:JS|JavaScript|URI|Launch|AA|OpenAction|EF|SubmitForm|GoToR)\b", objects)
    text = "".join(decoded("pdf", content))
    assert "root:x:0" not in text
