"""Members of archives are sources; what could do harm is refused with a reason; bombs are not unpacked."""

import gzip
import io
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from forensics import sources
from forensics.case import Case
from forensics.errors import SourceError, UsageError
from forensics.ingest import Options, archives, plan
from forensics.schema import EVENTS, LOG_FILES, Table
from forensics.sources import ByteRange

Rows = Callable[[Case, Table], list[dict[str, Any]]]
Read = Callable[..., Any]
Lines = Callable[[int], bytes]


def packed_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def packed_tar(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


PACKS: dict[str, Callable[[Path, dict[str, bytes]], Path]] = {
    "a.zip": packed_zip,
    "a.tar": packed_tar,
    "a.tar.gz": lambda path, files: packed_tar(path, files, "w:gz"),
    "a.tgz": lambda path, files: packed_tar(path, files, "w:gz"),
    "a.tar.xz": lambda path, files: packed_tar(path, files, "w:xz"),
    "a.tar.bz2": lambda path, files: packed_tar(path, files, "w:bz2"),
}


@pytest.mark.parametrize(("name", "pack"), PACKS.items(), ids=PACKS)
def test_each_member_is_a_source_that_can_be_read_again(
    name: str, pack: Callable[[Path, dict[str, bytes]], Path],
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path,
) -> None:  # fmt: skip
    content = combined(40)
    one, two = content[: content.index(b"\n", 900) + 1], content[content.index(b"\n", 900) + 1 :]
    read(case, pack(tmp_path / name, {"logs/one.log": one, "two.log.gz": gzip.compress(two, mtime=0)}))
    files = rows(case, LOG_FILES)
    assert [row["path"] for row in files] == [f"{name}!logs/one.log", f"{name}!two.log.gz"]
    assert [row["bytes_content"] for row in files] == [len(one), len(two)]
    places = case.locations()
    whole = {row["content_sha256"]: (row["log_file_sha256"], part) for row, part in zip(files, (one, two), strict=True)}
    for event in rows(case, EVENTS)[::9]:
        sha256, part = whole[event["content_sha256"]]
        place = Path(places[sha256])
        sources.check(place, sha256)
        ((_, exact),) = sources.read_ranges(place, [ByteRange(event["log_offset"], event["log_length"])])
        assert exact == part[event["log_offset"] : event["log_offset"] + event["log_length"]]
        assert exact.startswith(b"198.18.0.")


def test_a_member_and_the_same_file_outside_are_one_source(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    read(case, packed_zip(tmp_path / "b.zip", {"x.log": combined(5)}))
    (tmp_path / "a.log").write_bytes(combined(5))
    outcome = read(case, tmp_path / "a.log")
    assert outcome.known == ("a.log",)
    assert [row["path"] for row in rows(case, LOG_FILES)] == ["a.log"]
    assert len(rows(case, EVENTS)) == 5


HOSTILE = ("../evil.log", "/etc/evil.log", "a/../../evil.log", "..\\evil.log")


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("pack", [packed_zip, packed_tar])
def test_a_name_that_leads_out_of_the_archive_is_refused(
    name: str, pack: Callable[[Path, dict[str, bytes]], Path], case: Case, combined: Lines, read: Read, tmp_path: Path
) -> None:
    outcome = read(case, pack(tmp_path / "a.arc", {name: combined(3), "good.log": combined(4)}))
    assert [warning for warning in outcome.warnings if "leads out of the archive" in warning] == list(outcome.warnings)
    assert outcome.partial
    assert outcome.files["events"].to_pylist() == [4]


def test_links_and_devices_are_refused_with_a_reason(case: Case, combined: Lines, read: Read, tmp_path: Path) -> None:
    path = packed_tar(tmp_path / "a.tar", {"good.log": combined(3)})
    with tarfile.open(path, "a") as archive:
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("fifo", tarfile.FIFOTYPE)):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    refused = {member.name: member.refused for member in archives.members(path) or [] if member.refused}
    assert refused == {"soft": "it is a link", "hard": "it is a link", "fifo": "it is no regular file"}
    assert read(case, path).files["events"].to_pylist() == [3]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("l.log")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert [(each.name, each.refused) for each in archives.members(path) or []] == [("l.log", "it is a link")]


def test_control_characters_in_a_name_are_shown_not_obeyed(
    case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    read(case, packed_zip(tmp_path / "a.zip", {"\x1b[31mred.log": combined(3)}))
    assert [row["path"] for row in rows(case, LOG_FILES)] == ["a.zip!<U+001B>[31mred.log"]


def test_the_second_of_two_members_with_one_name_is_refused(tmp_path: Path, combined: Lines) -> None:
    path = packed_tar(tmp_path / "a.tar", {"./x.log": combined(1), "x.log": combined(2)})
    found = archives.members(path) or []
    assert [each.refused for each in found] == [None, "its name occurs before in the archive"]


def test_what_operating_systems_leave_in_archives_is_no_source(tmp_path: Path, combined: Lines) -> None:
    path = packed_zip(tmp_path / "a.zip", {"__MACOSX/._x": b"1", ".DS_Store": b"2", "x.log": combined(1)})
    assert [each.name for each in archives.members(path) or []] == ["x.log"]


NESTED = [(outer, inner) for outer in ("a.zip", "a.tar", "a.tar.gz") for inner in ("i.zip", "i.tar", "i.tgz")]
INNER = {**PACKS, "i.zip": packed_zip, "i.tar": packed_tar, "i.tgz": PACKS["a.tgz"]}


def _parted(content: bytes, first: int) -> tuple[bytes, bytes]:
    """Return the first lines of a log and the others: two logs that share nothing, so that neither is a copy."""
    lines = content.splitlines(keepends=True)
    return b"".join(lines[:first]), b"".join(lines[first:])


@pytest.mark.parametrize(("outer", "inner"), NESTED, ids=map("-".join, NESTED))
def test_the_members_of_an_archive_in_an_archive_are_sources_that_can_be_read_again(
    outer: str, inner: str, case: Case, combined: Lines, read: Read, rows: Rows, tmp_path: Path
) -> None:
    content, other = _parted(combined(23), 20)
    packed = INNER[inner](tmp_path / inner, {"x/one.log.1.gz": gzip.compress(content, mtime=0)}).read_bytes()
    read(case, PACKS[outer](tmp_path / outer, {f"day/{inner}": packed, "y.log": other}))
    files = rows(case, LOG_FILES)
    assert [(row["path"], row["events"]) for row in files] == [
        (f"{outer}!day/{inner}!x/one.log.1.gz", 20),
        (f"{outer}!y.log", 3),
    ]
    place = Path(case.locations()[files[0]["log_file_sha256"]])
    assert place == tmp_path / outer / "day" / inner / "x" / "one.log.1.gz"
    sources.check(place, files[0]["log_file_sha256"])
    wanted = ByteRange(0, content.index(b"\n"))
    assert list(sources.read_ranges(place, [wanted])) == [(wanted, content[: wanted.length])]


def test_an_archive_two_levels_down_is_refused(case: Case, combined: Lines, read: Read, tmp_path: Path) -> None:
    deep = packed_zip(tmp_path / "c.zip", {"x.log": combined(2)}).read_bytes()
    one, other = _parted(combined(7), 4)
    inner = packed_tar(tmp_path / "b.tar", {"c.zip": deep, "z.log": one}).read_bytes()
    outcome = read(case, packed_zip(tmp_path / "a.zip", {"b.tar": inner, "y.log": other}))
    assert sorted(outcome.files["events"].to_pylist()) == [3, 4]
    assert "a.zip!b.tar!c.zip: it is an archive" in outcome.warnings[0]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_leads_out_of_an_inner_archive_is_refused(name: str, tmp_path: Path, combined: Lines) -> None:
    inner = packed_tar(tmp_path / "b.tar", {name: combined(1), "\x1b[31mgood.log": combined(1)}).read_bytes()
    found = archives.members(packed_zip(tmp_path / "a.zip", {"b.tar": inner})) or []
    refused = [each for each in found if each.refused]
    assert [each.refused for each in refused] == ["its name leads out of the archive"]
    assert refused[0].name == f"b.tar!{name}"
    assert [each.name for each in found if each.path] == ["b.tar!<U+001B>[31mgood.log"]


def test_an_inner_office_document_and_an_empty_or_broken_inner_archive_say_what_they_are(
    case: Case, combined: Lines, read: Read, tmp_path: Path
) -> None:
    office = packed_zip(tmp_path / "o.zip", {"[Content_Types].xml": b"<x/>"}).read_bytes()
    empty = packed_zip(tmp_path / "e.zip", {}).read_bytes()
    path = packed_zip(
        tmp_path / "a.zip", {"o.xlsx": office, "e.zip": empty, "broken.zip": office[:60], "y.log": combined(3)}
    )
    outcome = read(case, path)
    assert outcome.files["path"].to_pylist() == ["a.zip!y.log"]
    shown = sorted(warning.partition(" (")[0] for warning in outcome.warnings)
    assert shown[1:] == [
        *("a.zip!e.zip: the archive holds no files", "a.zip!o.xlsx: it is an office document, not a log"),
    ]
    assert shown[0].startswith("a.zip!broken.zip: ")


def test_archives_in_an_archive_share_one_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGE", 1 << 20)
    bomb = packed_zip(tmp_path / "b.zip", {"x.log": bytes(700_000)}).read_bytes()
    path = packed_zip(tmp_path / "a.zip", {f"{n}.zip": bomb for n in range(3)})
    found = archives.members(path, most_expansion=1) or []
    assert [each.name for each in found] == ["0.zip!x.log", "1.zip", "2.zip"]
    assert all("it unpacks to more than" in str(each.refused) for each in found[1:])
    monkeypatch.setattr(archives, "_MOST_MEMBERS", 4)
    assert [bool(each.refused) for each in archives.members(path, most_expansion=1_000) or []] == [False, True, True]


def test_an_inner_zip_too_large_to_hold_is_refused(
    case: Case, combined: Lines, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = packed_zip(tmp_path / "b.zip", {"x.log": combined(50)}).read_bytes()
    path = packed_tar(tmp_path / "a.tar", {"b.zip": inner, "y.log": combined(3)})
    monkeypatch.setattr(sources, "HELD", 100)
    outcome = read(case, path)
    assert outcome.files["path"].to_pylist() == ["a.tar!y.log"]
    assert "a.tar!b.zip: the archive is damaged: a zip of more than" in outcome.warnings[0]


def test_an_office_document_is_one_refusal(case: Case, read: Read, tmp_path: Path) -> None:
    path = packed_zip(tmp_path / "a.xlsx", {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"})
    with pytest.raises(SourceError, match=r"a.xlsx: it is an office document") as caught:
        read(case, path)
    assert caught.value.hint == "export it as CSV"


def test_a_damaged_archive_gives_what_stands_before_the_damage(
    case: Case, combined: Lines, read: Read, tmp_path: Path
) -> None:
    path = packed_tar(tmp_path / "a.tar", {"x.log": combined(5), "y.log": combined(400)})
    path.write_bytes(path.read_bytes()[: 512 + 1024 + 512 + 2000])
    outcome = read(case, path)
    assert outcome.partial
    assert "a.tar!x.log" in outcome.files["path"].to_pylist()


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGE", 1 << 20)
    path = packed_zip(tmp_path / "a.zip", {"x.log": bytes(3 << 20)})
    (refused,) = archives.members(path, most_expansion=10) or []
    assert str(refused.refused).startswith("it unpacks to more than")
    assert "--max-expansion" in str(refused.hint)


def test_a_file_that_unpacks_to_too_much_is_refused_unless_allowed(
    case: Case, combined: Lines, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGE", 1 << 10)
    (tmp_path / "a.gz").write_bytes(gzip.compress(combined(1) * 20_000))
    with pytest.raises(SourceError, match="it unpacks to more than"):
        read(case, tmp_path / "a.gz", max_expansion=2)
    assert read(case, tmp_path / "a.gz", max_expansion=1_000).files["events"].to_pylist() == [20_000]


def test_a_bound_below_one_is_a_usage_error(case: Case, read: Read, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--max-expansion"):
        read(case, tmp_path, max_expansion=0)


def test_a_dry_run_lists_the_members(tmp_path: Path, combined: Lines) -> None:
    path = packed_zip(tmp_path / "a.zip", {"x.log": combined(3), "../y.log": combined(2)})
    rows = plan(None, [str(path)], Options())
    assert [(row.path, row.state, row.format) for row in rows] == [
        ("a.zip!../y.log", "refused", None),
        ("a.zip!x.log", "new", "combined"),
    ]
