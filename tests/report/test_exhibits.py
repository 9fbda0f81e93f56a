"""Every number names its exhibit, and every exhibit named is in the evidence index."""

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from forensics.report.sections import SECTIONS
from tests.report.conftest import Rendered
from tests.report.page import Page
from tests.report.sample_case import LINES

EXHIBIT = re.compile(r"(?<![\w-])(E-\d{4}|TAB-[a-z_]+)(?![\w-])")


def index_of(document: dict[str, Any]) -> dict[str, list[Any]]:
    blocks = document["sections"][-1]["blocks"]
    table = next(block for block in blocks if block.get("caption") == "Exhibits")
    return {row[0]: row for row in table["rows"]}


def test_every_exhibit_named_in_json_is_in_the_index(told: Rendered, quiet: Rendered) -> None:
    for case in (told, quiet):
        document = json.loads(case.json)
        index = index_of(document)
        assert set(EXHIBIT.findall(case.json)) <= set(index)
        assert len(index) > 20


def test_every_exhibit_named_in_markdown_is_in_the_index(told: Rendered) -> None:
    text, index = told.md.split(f"## {len(SECTIONS)}. ")
    listed = set(re.findall(r"^\| (E-\d{4}|TAB-[a-z_]+) \|", index, re.MULTILINE))
    named = set(EXHIBIT.findall(text))
    assert {"E-0005", "E-0006", "TAB-clusters"} <= named <= listed


def test_every_exhibit_named_in_html_links_to_its_row(told: Rendered) -> None:
    page = Page(told.html)
    links = [attributes["href"][1:] for tag, attributes in page.tags if tag == "a" and "class" not in attributes]
    exhibits = {link for link in links if EXHIBIT.fullmatch(link)}
    targets = {attributes["id"] for tag, attributes in page.tags if tag == "span" and "id" in attributes}
    assert {"E-0005", "E-0006", "TAB-clusters"} <= exhibits <= targets


def test_every_table_from_the_case_and_every_finding_cites_an_exhibit(told: Rendered) -> None:
    ours = {
        "Question and authority, from case.toml", "The four layers of attribution", "Words of likelihood (ICD 203)",
        "Verdicts on clusters", "Choices in case.toml", "Exhibits",
        "How to check a raw line by hand: the command prints the SHA-256 of the index",
    }  # fmt: skip
    document = json.loads(told.json)
    for section in document["sections"]:
        for block in section["blocks"]:
            if block["block"] == "table" and block["caption"] not in ours:
                assert block["cites"], block["caption"]
            if block["block"] == "chart":
                assert block["twin"]["cites"], block["title"]
            if block["block"] == "finding":
                assert block["cites"], block["statement"]


def test_a_sentence_with_a_number_of_the_case_cites_an_exhibit(told: Rendered) -> None:
    for section in json.loads(told.json)["sections"]:
        for block in section["blocks"]:
            if block["block"] == "text":
                for sentence in block["sentences"]:
                    bare = re.sub(r"L\d|section \d+|SHA-256|1,000 to 1", "", sentence["text"])
                    assert sentence["cites"] or not re.search(r"\d", bare), sentence["text"]


def test_index_tells_source_offset_length_and_hash_of_a_line(told: Rendered) -> None:
    row = index_of(json.loads(told.json))["E-0007"]
    assert row == [
        "E-0007", "F-00000005", "Cited request", "edge/access.log.gz", len(LINES[0]) + 1, len(LINES[1]),
        hashlib.sha256(LINES[1]).hexdigest(),
    ]  # fmt: skip


def test_the_command_of_the_index_prints_the_hash_of_a_line(told: Rendered, tmp_path: Path) -> None:
    source = tmp_path / "access.log"
    source.write_bytes(b"\n".join(LINES) + b"\n")
    blocks = json.loads(told.json)["sections"][-1]["blocks"]
    commands = dict(next(block for block in blocks if "by hand" in block.get("caption", ""))["rows"])
    row = index_of(json.loads(told.json))["E-0007"]
    command = (
        commands["plain"].replace("SOURCE", str(source)).replace("OFFSET", str(row[4])).replace("LENGTH", str(row[5]))
    )
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == row[6]
