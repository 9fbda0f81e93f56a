"""The script in the package: coreutils alone come to the same verdict."""

import subprocess
from pathlib import Path

import pytest

from forensics.case import Case


def check(package: Path, *args: object) -> tuple[int, list[str]]:
    done = subprocess.run(
        ["/bin/sh", "data/verify.sh", *map(str, args)],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_untouched_package_is_as_sealed(package: Path) -> None:
    assert check(package) == (
        0,
        [
            "checked: 76 files, 3 custody entries, 15 cited lines, 0 lines in their sources",
            "not in the package: 4 cited lines (why: the column withheld of data/evidence/evidence-index.csv)",
            "all as sealed",
        ],
    )


def test_changed_raw_line_is_named(package: Path) -> None:
    path = package / "data/evidence/raw/S0002.lines"
    path.write_bytes(path.read_bytes().replace(b"gz two", b"gz owt"))
    code, lines = check(package)
    sha256 = "07db1efdadb5b25ad4847b8ca9a9eeb05426e9109973c901d4629d1448753628"
    assert code == 1
    assert f"DIFFERS  exhibit E-0008: 18 bytes at 7 of data/evidence/raw/S0002.lines do not hash to {sha256}" in lines
    assert "DIFFERS  data/evidence/raw/S0002.lines: FAILED (manifest-sha256.txt)" in lines
    assert lines[-1].startswith("DIFFERENCES: ")


@pytest.mark.parametrize("name", ["data/tables/.more", "data/..more", "more.txt", ".more", "seal/more", "more/one"])
def test_added_file_is_named(package: Path, name: str) -> None:
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("x")
    code, lines = check(package)
    assert (code, lines[0]) == (1, f"DIFFERS  {name} was added")


def test_manifest_line_that_is_no_entry_is_counted(package: Path) -> None:
    path = package / "tagmanifest-sha256.txt"
    path.write_text("x" + path.read_text())
    code, lines = check(package)
    assert (code, lines[0]) == (1, "DIFFERS  tagmanifest-sha256.txt names 4 files, 3 of them as sealed")


def test_removed_custody_line_is_named(package: Path) -> None:
    path = package / "data/custody/custody.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[1])
    code, lines = check(package)
    assert code == 1
    assert "DIFFERS  data/custody/custody.jsonl line 1 does not follow from the line before it" in lines


def test_lines_are_found_in_the_originals_by_hash_whatever_they_are_called(package: Path, logs: Path) -> None:
    (logs / "edge/access.log.1.gz").rename(logs / "edge/re named;$(touch x)'.bin")
    (logs / "lost.log").write_bytes(b"never to be found\nnor this")
    assert check(package, "--sources", logs) == (
        0,
        [
            "checked: 76 files, 3 custody entries, 15 cited lines, 18 lines in their sources",
            "not in the package: 4 cited lines (why: the column withheld of data/evidence/evidence-index.csv)",
            "all as sealed",
        ],
    )


def test_changed_or_missing_original_is_named(package: Path, logs: Path) -> None:
    path = logs / "edge/access.log.2.bz2"
    path.write_bytes(path.read_bytes() + b"x")
    code, lines = check(package, "--sources", logs)
    assert code == 1
    missing = [line.split(" is not in ")[0] for line in lines if " is not in " in line]
    assert missing == ["DIFFERS  S0003", "DIFFERS  S0005"]


def test_index_that_names_another_place_in_the_original_is_found(package: Path, logs: Path) -> None:
    path = package / "data/evidence/evidence-index.csv"
    text = path.read_text()
    assert ",26,1,gzip," in text
    path.write_text(text.replace(",26,1,gzip,", ",25,1,gzip,"))
    code, lines = check(package, "--sources", logs)
    assert code == 1
    assert any(line.startswith("DIFFERS  exhibit E-0009 in its source: 8 bytes at 25 of ") for line in lines)


@pytest.mark.parametrize("args", [["--help"], ["--sources"], ["--sources", "/does/not/exist"]])
def test_wrong_arguments_end_with_two(package: Path, args: list[str]) -> None:
    done = subprocess.run(["/bin/sh", package / "data/verify.sh", *args], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_script_works_from_inside_its_own_folder(package: Path, case: Case) -> None:
    done = subprocess.run(["/bin/sh", "verify.sh"], cwd=package / "data", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "all as sealed")
    assert str(case.folder) not in done.stdout
