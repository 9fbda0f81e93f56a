"""What a package holds, and what it never holds."""

import csv
import hashlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import bagit
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forensics.case import Case, check_custody, write_parquet
from forensics.custody import Anchor
from forensics.errors import IntegrityError, UsageError
from forensics.evidence import Exported, export, verify
from forensics.evidence.tables import guard_column
from forensics.schema import EXHIBITS, LOG_FILES, REJECTS
from forensics.text import guard_cell

Pack = Callable[[Path], Exported]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def index(package: Path) -> dict[str, dict[str, str]]:
    with (package / "data/evidence/evidence-index.csv").open(encoding="utf-8", newline="") as stream:
        return {row["exhibit_id"]: row for row in csv.DictReader(stream)}


def test_the_reference_implementation_of_bagit_accepts_the_package(package: Path) -> None:
    bag = bagit.Bag(str(package))
    bag.validate()
    assert set(bag.algorithms) == {"sha256", "sha512"}


def test_package_has_the_agreed_layout(package: Path) -> None:
    assert sorted(contents(package)) == [
        "bag-info.txt",
        "bagit.txt",
        "data/00-READ-ME-FIRST.txt",
        "data/custody/custody-hashes.csv",
        "data/custody/custody.jsonl",
        "data/evidence/evidence-index.csv",
        "data/evidence/raw/S0001.lines",
        "data/evidence/raw/S0002.lines",
        "data/evidence/raw/S0003.lines",
        "data/evidence/raw/S0004.lines",
        "data/evidence/sources.csv",
        "data/exchange/bundle.stix.json",
        "data/exchange/event.misp.json",
        "data/loadfile/IMAGES/slip-sheet.tif",
        *(f"data/loadfile/NATIVE/EVD-00000{number:02d}.log" for number in range(1, 12)),
        *(f"data/loadfile/TEXT/EVD-00000{number:02d}.txt" for number in range(1, 12)),
        "data/loadfile/VOL001-cp1252.dat",
        "data/loadfile/VOL001.csv",
        "data/loadfile/VOL001.dat",
        "data/loadfile/VOL001.opt",
        *(f"data/proofs/S000{n}.{kind}" for n in (1, 2, 3, 4) for kind in ("leaves.csv", "merkle.json", "proof")),
        "data/proofs/verify_merkle.py",
        "data/queries/clusters.sql",
        "data/queries/findings/harvest.sql",
        "data/redaction/profile.json",
        "data/redaction/redaction-log.csv",
        "data/report/report.html",
        "data/repro.sh",
        *(
            f"data/tables/{table}.{kind}"
            for table in ("cited_events", "clusters", "exhibits", "findings", "incidents", "log_files", "rejects")
            for kind in ("csv", "parquet")
        ),
        "data/verify.sh",
        "manifest-sha256.txt",
        "manifest-sha512.txt",
        "seal/manifest-sha256.txt",
        "seal/tagmanifest-sha512.txt.tsq",
        "tagmanifest-sha256.txt",
        "tagmanifest-sha512.txt",
    ]


def test_two_exports_are_equal_byte_for_byte(pack: Pack, tmp_path: Path) -> None:
    first, second = pack(tmp_path / "one"), pack(tmp_path / "else" / "two")
    assert first == second
    assert contents(tmp_path / "one") == contents(tmp_path / "else" / "two")


def test_export_reports_what_it_sealed(pack: Pack, case: Case, tmp_path: Path) -> None:
    exported = pack(tmp_path / "package")
    payload = {name: file for name, file in contents(tmp_path / "package").items() if name.startswith("data/")}
    seal = hashlib.sha256((tmp_path / "package" / "tagmanifest-sha512.txt").read_bytes()).hexdigest()
    size = sum(map(len, payload.values()))
    chain = Anchor(*check_custody(case.folder / "custody.jsonl"))
    assert exported == Exported(len(payload), size, exhibits=15, lines=11, unavailable=3, seal=seal, chain=chain)


def test_information_speaks_of_the_custody_chain_and_never_of_the_clock(package: Path, case: Case) -> None:
    length, head = check_custody(case.folder / "custody.jsonl")
    info = dict(line.split(": ", 1) for line in (package / "bag-info.txt").read_text().splitlines())
    last = (case.folder / "custody.jsonl").read_text().splitlines()[-1]
    assert (info["Custody-Chain-Length"], info["Custody-Chain-Head"]) == (str(length), head)
    assert f'"time":"{info["Bagging-Date"]}T' in last
    assert info["External-Identifier"] == case.run_id()


def test_every_cited_line_lies_in_the_package_byte_for_byte(package: Path, cited: dict[str, bytes]) -> None:
    rows = index(package)
    assert set(rows) == {*cited, "E-9000"}
    for exhibit_id, line in cited.items():
        row = rows[exhibit_id]
        assert (row["length"], row["line_sha256"]) == (str(len(line)), hashlib.sha256(line).hexdigest())
        if row["path"] != "lost.log":
            start = int(row["extract_offset"])
            extract = (package / "data/evidence" / row["extract"]).read_bytes()
            assert extract[start : start + len(line) + 1] == line + b"\n"


def test_index_names_source_hashes_compression_and_place(package: Path, logs: Path) -> None:
    row = index(package)["E-0008"]
    stored = (logs / "edge/access.log.1.gz").read_bytes()
    assert row | {"content_sha256": "", "event_id": ""} == {
        "exhibit_id": "E-0008",
        "finding_id": "F-12345678",
        "source": "S0002",
        "extract": "raw/S0002.lines",
        "extract_offset": "7",
        "length": "18",
        "line_sha256": hashlib.sha256(b"gz two, with comma").hexdigest(),
        "offset": "7",
        "log_line": "1",
        "compression": "gzip",
        "log_file_sha256": hashlib.sha256(stored).hexdigest(),
        "content_sha256": "",
        "event_id": "",
        "bates": "EVD-0000007",
        "withheld": "",
        "path": "edge/access.log.1.gz",
        "title": '\'=cmd|"/C calc"!A0, a title',
    }


def test_line_whose_source_is_gone_is_listed_without_an_extract(package: Path) -> None:
    lost = [row for row in index(package).values() if row["path"] == "lost.log"]
    assert [row["exhibit_id"] for row in lost] == ["E-0016", "E-0017", "E-0018"]
    assert {(row["extract"], row["extract_offset"]) for row in lost} == {("", "")}
    assert {row["withheld"] for row in lost} == {"unavailable"}
    assert "  3 are not: the source was out of reach" in (package / "data/00-READ-ME-FIRST.txt").read_text()


def test_row_of_a_parquet_source_is_listed_but_has_no_bytes(package: Path) -> None:
    row = index(package)["E-9000"]
    assert (row["compression"], row["extract"], row["line_sha256"]) == ("parquet", "", "")


def test_damaged_source_gives_up_its_lines_and_never_the_export(pack: Pack, case: Case, tmp_path: Path) -> None:
    """A file that was damaged when it was ingested still hashes to what was recorded."""
    rows = case.read(LOG_FILES).to_pylist()
    place = Path(case.locations()[next(row["log_file_sha256"] for row in rows if row["path"].endswith(".xz"))])
    place.write_bytes(place.read_bytes()[:-20])
    damaged = hashlib.sha256(place.read_bytes()).hexdigest()
    for row in rows:
        row["log_file_sha256"] = damaged if row["path"].endswith(".xz") else row["log_file_sha256"]
    case.write(LOG_FILES, case.read(LOG_FILES).from_pylist(rows, schema=LOG_FILES.arrow()))
    case.locate({damaged: str(place)})
    exported = pack(tmp_path / "package")
    assert exported.exhibits + exported.unavailable == 18
    assert index(tmp_path / "package")["E-0012"]["extract"] == "raw/S0003.lines"


def test_changed_source_stops_the_export_and_leaves_no_package(pack: Pack, logs: Path, tmp_path: Path) -> None:
    (logs / "edge/access.log.1.gz").write_bytes(b"somebody was here")
    with pytest.raises(IntegrityError, match=r"access\.log\.1\.gz changed since it was ingested"):
        pack(tmp_path / "package")
    assert not (tmp_path / "package").exists()


def test_line_that_hashes_to_something_else_stops_the_export(pack: Pack, case: Case, tmp_path: Path) -> None:
    rows = case.read(EXHIBITS).to_pylist()
    rows[1]["line_sha256"] = "0" * 64
    case.write(EXHIBITS, case.read(EXHIBITS).from_pylist(rows, schema=EXHIBITS.arrow()))
    with pytest.raises(IntegrityError, match=f"the line of exhibit {rows[1]['exhibit_id']} does not hash"):
        pack(tmp_path / "package")


def test_killed_export_is_finished_by_the_next(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "package.partial" / "data").mkdir(parents=True)
    (tmp_path / "package.partial" / "data" / "half").write_text("half")
    pack(tmp_path / "package")
    assert not (tmp_path / "package.partial").exists()
    assert not (tmp_path / "package" / "data" / "half").exists()


def test_folder_beside_it_that_is_no_unfinished_package_is_not_touched(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "package.partial").mkdir()
    (tmp_path / "package.partial" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="is no unfinished package"):
        pack(tmp_path / "package")
    assert (tmp_path / "package.partial" / "thesis.txt").read_text() == "mine"


def test_folder_in_use_is_refused(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="exists and is not empty"):
        pack(tmp_path / "package")


def test_empty_folder_is_used(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    assert pack(tmp_path / "package").exhibits == 15


def test_package_inside_the_case_is_refused(pack: Pack, case: Case) -> None:
    with pytest.raises(UsageError, match="lies inside the case"):
        pack(case.folder / "tables" / "events" / "package")


def test_audience_nobody_knows_is_refused(case: Case, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="audience 'friends' is not known"):
        export(case, tmp_path / "package", queries={}, report_files={}, audience="friends")


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "Upper", "a b", "", "a//b", ".hidden", "a\nb"])
def test_name_that_could_leave_the_package_is_refused(case: Case, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a file name in a package"):
        export(case, tmp_path / "package", queries={name: "SELECT 1"}, report_files={})


def test_neither_key_nor_places_nor_settings_leave_the_case(package: Path, case: Case, logs: Path) -> None:
    key = case.key()
    for name, content in contents(package).items():
        for secret in (key, key.hex().encode(), str(logs).encode(), str(case.folder).encode()):
            assert secret not in content, name
    assert not [name for name in contents(package) if re.search(r"private|key|locations|requests", name)]


def test_first_export_gives_out_numbers_and_the_next_does_not_change_the_case(
    pack: Pack, case: Case, tmp_path: Path
) -> None:
    before = contents(case.folder)
    pack(tmp_path / "package")
    after = contents(case.folder)
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {"custody.jsonl", "tables/bates.parquet"}
    assert list(case.entries())[-1]["detail"] | {"outputs": {}} == {
        "first": "EVD-0000001", "last": "EVD-0000013", "outputs": {},
    }  # fmt: skip
    pack(tmp_path / "again")
    assert contents(case.folder) == after
    assert verify(case.folder).problems == ()


def test_line_keeps_its_number_when_others_are_cited_later(pack: Pack, case: Case, tmp_path: Path) -> None:
    everything = case.read(EXHIBITS)
    case.write(EXHIBITS, everything.slice(8))
    pack(tmp_path / "first")
    case.write(EXHIBITS, everything)
    pack(tmp_path / "second")
    first, second = index(tmp_path / "first"), index(tmp_path / "second")
    assert {name: row["bates"] for name, row in first.items()}.items() <= {
        name: row["bates"] for name, row in second.items()
    }.items()
    numbers = sorted({row["bates"] for row in second.values()} - {""})
    assert numbers == [f"EVD-{number:07d}" for number in range(1, len(numbers) + 1)]


def test_half_custody_line_left_by_a_crash_is_not_an_entry(pack: Pack, case: Case, tmp_path: Path) -> None:
    whole = (case.folder / "custody.jsonl").read_bytes()
    (case.folder / "custody.jsonl").write_bytes(whole + b'{"action":"ing')
    pack(tmp_path / "package")
    custody = (tmp_path / "package/data/custody/custody.jsonl").read_bytes()
    assert custody.startswith(whole)
    assert (custody.count(b"\n"), b'"ing' in custody) == (3, False)


def test_names_in_the_payload_need_no_escaping(package: Path) -> None:
    assert [name for name in contents(package) if not re.fullmatch(r"[A-Za-z0-9._/-]+", name)] == []


def test_table_in_parquet_is_the_table_of_the_case(package: Path, case: Case) -> None:
    assert (package / "data/tables/clusters.parquet").read_bytes() == (
        case.folder / "analysis/clusters.parquet"
    ).read_bytes()
    assert pq.read_table(package / "data/tables/cited_events.parquet").num_rows == 14


def test_table_of_many_files_is_joined_in_their_order(pack: Pack, case: Case, tmp_path: Path) -> None:
    for number, reason in ((1, "not_clf"), (2, "=too_long")):
        row = dict.fromkeys(REJECTS.names()) | {"reason": reason, "log_offset": number}
        part = case.folder / "tables" / "rejects" / f"{number:016d}" / "00000.parquet"
        write_parquet(pa.Table.from_pylist([row], schema=REJECTS.arrow()), part)
    pack(tmp_path / "package")
    tables = tmp_path / "package" / "data" / "tables"
    assert pq.read_table(tables / "rejects.parquet")["reason"].to_pylist() == ["not_clf", "=too_long"]
    assert (tables / "rejects.csv").read_text().splitlines()[1:] == [",,,1,,not_clf,", ",,,2,,'=too_long,"]


def test_folder_one_stands_in_is_used(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert pack(Path()).exhibits == 15
    assert (tmp_path / "here" / "bagit.txt").is_file()
    assert (tmp_path / "here").stat().st_mode & 0o777 == 0o700


def test_cells_in_csv_are_guarded_readable_and_one_value_each(package: Path) -> None:
    with (package / "data/tables/clusters.csv").open(encoding="utf-8", newline="") as stream:
        first, second = csv.DictReader(stream)
    assert (first["signals"], first["first_seen"]) == ("a; b", "2026-03-07T22:40:00.000000Z")
    assert second["reason"] == "'@SUM(1+1)*cmd<U+202E>|<U+001B>[31m"
    assert second["organization_id"] == "''quoted"
    assert second["size"] == "-2", "a number is not a formula"


def test_csv_holds_text_with_quotes_and_line_ends_in_one_record(package: Path) -> None:
    with (package / "data/tables/findings.csv").open(encoding="utf-8", newline="") as stream:
        (finding,) = csv.DictReader(stream)
    assert finding["statement"] == 'He said "a, b"<U+000A>and left'


def test_empty_table_is_a_header(package: Path) -> None:
    text = (package / "data/tables/rejects.csv").read_text()
    assert text == "log_file_sha256,content_sha256,log_line,log_offset,log_length,reason,raw_masked\n"


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.text() | st.sampled_from(["=1", " +2", "'x", "-", "\t@a", "plain", "a=b"])))
def test_guarding_a_column_is_guarding_every_cell(values: list[str]) -> None:
    assert guard_column(pl.Series(values, dtype=pl.String)).to_list() == [guard_cell(value) for value in values]


def test_read_me_warns_about_secrets_and_shows_a_command_that_works(package: Path) -> None:
    text = (package / "data/00-READ-ME-FIRST.txt").read_text()
    assert "A line with a secret in it (a key, token, cookie or password) is never shown" in " ".join(text.split())
    command = next(line.strip() for line in text.splitlines() if line.strip().startswith("dd if=data/evidence/raw"))
    done = subprocess.run(["/bin/sh", "-c", command], cwd=package, capture_output=True, text=True, check=True)
    sha256 = hashlib.sha256(b"first line").hexdigest()
    assert done.stdout.split()[0] == sha256
    assert f"must print\n       {sha256}\n" in text
