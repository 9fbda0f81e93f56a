"""Files for other programs, read back by programs that are not ours."""

import csv
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stix2

from forensics.evidence import export
from tests.evidence.conftest import Story

Sent = Callable[..., Path]


@pytest.fixture
def sent(people: Story, tmp_path: Path) -> Sent:
    def packed(audience: str) -> Path:
        organization = "org-acme" if audience == "counterparty" else None
        folder = tmp_path / audience
        export(people.case, folder, queries={}, report_files={}, audience=audience, organization=organization)
        return folder

    return packed


@pytest.mark.parametrize("audience", ["legal", "counterparty", "public"])
def test_reference_implementation_of_stix_reads_the_bundle(sent: Sent, audience: str) -> None:
    text = (sent(audience) / "data/exchange/bundle.stix.json").read_text()
    bundle = stix2.parse(text, allow_custom=False)
    kinds = sorted({one.type for one in bundle.objects})
    assert kinds == ["grouping", "identity", "ipv4-addr", "marking-definition", "observed-data", "user-account"]
    for one in bundle.objects:
        if one.type in {"ipv4-addr", "user-account"}:
            contributing = {"value": one.value} if one.type == "ipv4-addr" else {"account_login": one.account_login}
            theirs = (stix2.IPv4Address if one.type == "ipv4-addr" else stix2.UserAccount)(**contributing)
            assert theirs.id == one.id, "ids of what can be observed follow from what it is"
        if one.type != "marking-definition":
            assert len(one.object_marking_refs) == 1
    marking = next(one for one in bundle.objects if one.type == "marking-definition")
    theirs = {"legal": stix2.TLP_RED, "counterparty": stix2.TLP_RED, "public": stix2.TLP_WHITE}[audience]
    assert marking.id == theirs.id


def places(package: Path) -> set[str]:
    bundle = json.loads((package / "data/exchange/bundle.stix.json").read_text())
    return {one["value"] for one in bundle["objects"] if one["type"] == "ipv4-addr"}


def test_each_reader_gets_the_networks_it_may_see(sent: Sent) -> None:
    assert places(sent("legal")) == {"198.18.7.1", "198.18.7.2", "203.0.113.9"}
    assert places(sent("counterparty")) == {"198.18.7.1", "198.18.7.2"}
    assert places(sent("public")) == {"198.18.7.0/24"}


def test_misp_event_marks_every_attribute_and_blocks_nothing(sent: Sent) -> None:
    event: dict[str, Any] = json.loads((sent("counterparty") / "data/exchange/event.misp.json").read_text())["Event"]
    attributes = event["Attribute"]
    assert {(one["type"], one["value"]) for one in attributes} == {
        ("ip-src", "198.18.7.1"), ("ip-src", "198.18.7.2"), ("target-user", "acme-1"), ("target-user", "acme-2"),
    }  # fmt: skip
    assert {one["to_ids"] for one in attributes} == {False}
    assert {one["Tag"][0]["name"] for one in attributes} == {"tlp:red"}
    assert len({one["uuid"] for one in attributes} | {event["uuid"]}) == 5
    assert (event["published"], event["distribution"]) == (False, "0")


def read_dat(path: Path) -> list[dict[str, str]]:
    """Read a Concordance DAT by its description alone: byte order mark, CRLF, U+0014 between thorns."""
    content = path.read_bytes()
    if "cp1252" in path.name:
        records = content.decode("cp1252").split("\r\n")
    else:
        assert content[:3] == b"\xef\xbb\xbf"
        records = content[3:].decode("utf-8").split("\r\n")
    assert records.pop() == ""
    table = []
    for record in records:
        fields = record.split("\x14")
        assert all(field[0] == field[-1] == "\u00fe" and len(field) > 1 for field in fields)
        table.append([field[1:-1].replace("\u00ae", "\n") for field in fields])
    header, *rows = table
    assert all(len(row) == len(header) for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_load_file_is_read_by_its_description_and_leads_to_the_lines(sent: Sent, people: Story) -> None:
    folder = sent("legal") / "data/loadfile"
    rows = read_dat(folder / "VOL001.dat")
    with (folder / "VOL001.csv").open(encoding="utf-8", newline="") as stream:
        as_csv = list(csv.DictReader(stream))
    assert [row["BEGBATES"] for row in rows] == [f"EVD-{number:07d}" for number in range(1, 14)]
    assert [row["BEGBATES"] for row in as_csv] == [row["BEGBATES"] for row in rows]
    natives = {
        row["BEGBATES"]: (folder / row["NATIVEPATH"].replace("\\", "/")).read_bytes()
        for row in rows
        if row["NATIVEPATH"]
    }
    assert natives["EVD-0000002"] == b"carriage return\r", "a native file is the line, byte for byte"
    assert set(natives.values()) <= set(people.cited.values())
    hidden = [row for row in rows if row["REDACTED"] == "Y"]
    assert {row["REDACTION_REASON"] for row in hidden} >= {"a key, token, cookie or password stands in the line"}
    assert all(not row["NATIVEPATH"] for row in hidden)
    assert read_dat(folder / "VOL001-cp1252.dat") == rows
    assert rows[0]["SOURCE_FILE"].startswith('a, "b"/access\'$(id).log')
    assert rows[0]["EXHIBITS"] == "E-0001; E-0006"
    text = folder / rows[1]["TEXTPATH"].replace("\\", "/")
    assert text.read_text() == "carriage return<U+000D>\n"


def test_opt_names_one_slip_sheet_per_document_and_it_is_a_picture(sent: Sent) -> None:
    folder = sent("legal") / "data/loadfile"
    lines = (folder / "VOL001.opt").read_bytes().decode("ascii").split("\r\n")
    assert lines.pop() == ""
    assert lines[0] == "EVD-0000001,VOL001,IMAGES\\slip-sheet.tif,Y,,,1"
    assert len(lines) == 13
    content = (folder / "IMAGES/slip-sheet.tif").read_bytes()
    assert content[:4] == b"II*\0"
    (at,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, at)
    tags = {tag: value for tag, _, _, value in struct.iter_unpack("<HHII", content[at + 2 : at + 2 + 12 * count])}
    width, height, pixels = tags[256], tags[257], content[tags[273] : tags[273] + tags[279]]
    assert (len(pixels), at) == (width // 8 * height, tags[273] + tags[279])
    assert 1000 < sum(byte.bit_count() for byte in pixels) < width * height // 20, "some words on a white page"


def test_no_csv_of_a_package_holds_a_cell_that_a_spreadsheet_runs(sent: Sent) -> None:
    package = sent("legal")
    files = sorted(package.rglob("*.csv"))
    assert len(files) > 10
    for path in files:
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.reader(stream):
                for cell in row:
                    runs = cell.lstrip()[:1] in {"=", "+", "-", "@", "\t", "\r"} and not cell.lstrip("-").isdigit()
                    assert not runs, (path, cell)
