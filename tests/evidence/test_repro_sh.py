"""The lines of a package made again from the originals, with POSIX tools alone."""

import subprocess
from pathlib import Path

import pytest


def run(package: Path, *args: object, path: str = "/usr/bin:/bin") -> tuple[int, list[str]]:
    command = ["/bin/sh", "data/repro.sh", *map(str, args)]
    done = subprocess.run(
        command, cwd=package, capture_output=True, text=True, check=False, env={"PATH": path, "TZ": "Asia/Tokyo"}
    )
    assert done.stderr == "" or done.returncode == 2
    return done.returncode, done.stdout.splitlines()


def test_every_line_is_made_again_from_renamed_originals(package: Path, logs: Path, tmp_path: Path) -> None:
    (logs / "edge/access.log.1.gz").rename(logs / "edge/re named;$(touch x)'.bin")
    assert run(package, logs, tmp_path / "again") == (
        0, ["made again: 11 cited lines", "all lines are as in the originals"],
    )  # fmt: skip
    raw = package / "data/evidence/raw"
    for path in raw.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_changed_extract_and_missing_original_are_named(package: Path, logs: Path) -> None:
    path = package / "data/evidence/raw/S0002.lines"
    path.write_bytes(path.read_bytes().replace(b"gz two", b"gz owt"))
    (logs / "edge/access.log.2.bz2").write_bytes(b"somebody was here")
    code, lines = run(package, logs)
    assert code == 1
    assert "DIFFERS  data/evidence/raw/S0002.lines is not what the original gives" in lines
    assert any(line.startswith("DIFFERS  S0003 is not in ") for line in lines)
    assert lines[-1] == "DIFFERENCES: 2"


def test_index_that_leaves_a_line_out_is_named(package: Path, logs: Path) -> None:
    path = package / "data/evidence/evidence-index.csv"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(row for row in rows if not row.startswith("E-0008,")))
    code, lines = run(package, logs)
    assert code == 1
    assert "DIFFERS  S0002: the index places a line at 26, not 7" in lines


@pytest.mark.parametrize("args", [[], ["/does/not/exist"], [".", "x", "y"]])
def test_wrong_arguments_end_with_two(package: Path, args: list[str]) -> None:
    assert run(package, *args) == (2, [])
