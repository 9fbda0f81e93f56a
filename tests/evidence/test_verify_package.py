"""A package that is not as sealed: every file that differs is named."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forensics.case import Case
from forensics.errors import UsageError
from forensics.evidence import Exported, Verified, attach, export, verify
from tests.evidence.authority import Authority
from tests.evidence.conftest import build, with_people

Pack = Callable[[Path], Exported]


def names(package: Path) -> list[str]:
    return sorted(path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file())


def test_untouched_package_has_no_problems_and_says_what_is_not_in_it(
    package: Path, pack: Pack, tmp_path: Path
) -> None:
    seal = pack(tmp_path / "again").seal
    assert verify(package) == Verified(
        "package",
        files=78,
        lines=15,
        problems=(),
        notes=(
            "the package is not signed: nothing in it says who sealed it",
            "no time stamp: only the clock of whoever made the package says when",
            "3 citations show no line: the source was out of reach at export, or is damaged before the line",
            "1 citations show no line: the source has rows, not bytes",
            (
                "10 lines shown and 0 hidden are lines of 4 files, by their sealed roots: "
                "compare a root with another package of the case"
            ),
            f"the seal is {seal}: compare it with the one noted at export",
        ),
    )


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a signed package with a time stamp, for tests that leave it as it was."""
    folder = tmp_path_factory.mktemp("signed")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"], check=True)
    case = with_people(build(folder / "story")).case
    export(
        case, folder / "package", queries={"a": "SELECT 1\n"}, report_files={}, sign=folder / "key", audience="legal"
    )
    authority = Authority(folder / "tsa")
    attach(folder / "package", authority.answer(folder / "package/seal/tagmanifest-sha512.txt.tsq"), authority.root)
    return folder / "package"


UNTIMED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


def located(package: Path, name: str, at: int, mask: int) -> bool:
    """Change one byte, tell whether the first words of a problem are the name of its file, and change it back."""
    path = package / name
    whole = path.read_bytes()
    path.write_bytes(whole[:at] + bytes([whole[at] ^ mask]) + whole[at + 1 :])
    try:
        return any(problem.startswith(f"{name} changed") for problem in verify(package).problems)
    finally:
        path.write_bytes(whole)


@settings(max_examples=40, deadline=None, suppress_health_check=UNTIMED)
@given(data=st.data())
def test_every_changed_byte_of_every_file_names_its_file(signed: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([name for name in names(signed) if (signed / name).stat().st_size]))
    size = (signed / name).stat().st_size
    at = data.draw(st.integers(0, size - 1) | st.just(0) | st.just(size - 1))
    assert located(signed, name, at, data.draw(st.integers(1, 255)))


def test_no_file_is_left_out_of_the_seal(signed: Path) -> None:
    files = [name for name in names(signed) if (signed / name).stat().st_size]
    assert len(files) > 80
    for number, name in enumerate(files):
        at, mask = ((signed / name).stat().st_size - 1, 0x01) if number % 2 else (0, 0x20)
        assert located(signed, name, at, mask), name
    assert verify(signed).problems == ()


def test_removed_file_is_named(package: Path) -> None:
    for name in names(package):
        whole = (package / name).read_bytes()
        (package / name).unlink()
        assert f"{name} is missing" in verify(package).problems
        (package / name).write_bytes(whole)


@pytest.mark.parametrize("name", ["data/added.txt", "added.txt", "other/added.txt", "data/tables/.hidden"])
def test_added_file_is_named(package: Path, name: str) -> None:
    (package / name).parent.mkdir(exist_ok=True)
    (package / name).write_text("new")
    assert f"{name} was added" in verify(package).problems


def test_renamed_file_is_named_under_both_names(package: Path) -> None:
    (package / "data/verify.sh").rename(package / "data/check.sh")
    problems = verify(package).problems
    assert {"data/verify.sh is missing", "data/check.sh was added"} <= set(problems)


def test_folder_replaced_by_a_link_is_named_and_not_followed(package: Path, tmp_path: Path) -> None:
    shutil.move(package / "data/report", tmp_path / "elsewhere")
    (package / "data/report").symlink_to(tmp_path / "elsewhere")
    problems = verify(package).problems
    assert {"data/report is a symbolic link", "data/report/report.html is missing"} <= set(problems)


@pytest.mark.parametrize(
    "name", ["seal/allowed_signers", "bag-info.txt", "data/proofs", "data/evidence/raw/S0002.lines"]
)
def test_no_link_is_followed_anywhere(package: Path, tmp_path: Path, name: str) -> None:
    if (package / name).exists():
        shutil.move(package / name, tmp_path / "elsewhere")
    (package / name).symlink_to(tmp_path / "elsewhere")
    found = verify(package)
    assert f"{name} is a symbolic link" in found.problems
    assert found.notes == ("nothing else was checked: a package has no links, and one could lead anywhere",)


def test_untouched_files_are_not_accused(package: Path) -> None:
    (package / "data/verify.sh").write_text("exit 0\n")
    assert verify(package).problems[0] == "data/verify.sh changed"
    assert [problem.split()[0] for problem in verify(package).problems] == ["data/verify.sh", "bag-info.txt:"]


def test_forged_payload_manifests_are_named_by_the_tag_manifests(package: Path) -> None:
    for algorithm in ("sha256", "sha512"):
        path = package / f"manifest-{algorithm}.txt"
        path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if "verify.sh" not in line))
    (package / "data/verify.sh").unlink()
    problems = verify(package).problems
    assert {"manifest-sha256.txt changed", "manifest-sha512.txt changed"} <= set(problems)


def reseal(package: Path) -> None:
    """Make all manifests agree with what is there now: the work of a careful forger."""
    from forensics.evidence import seals  # noqa: PLC0415 - a forger's tools, used here only
    from forensics.evidence.bag import seal  # noqa: PLC0415 - the same

    text = (package / "bag-info.txt").read_text(encoding="utf-8", errors="replace")
    info = [line.split(": ", 1) for line in text.splitlines() if ": " in line]
    for path in package.glob("*.txt"):
        path.unlink()
    shutil.rmtree(package / "seal")
    seal(package, [(label, value) for label, value in info if label != "Payload-Oxum"])
    seals.write(package, None)


def test_removed_custody_line_is_found_even_in_a_resealed_package(package: Path) -> None:
    path = package / "data/custody/custody.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    reseal(package)
    assert verify(package).problems[0] == "data/custody/custody.jsonl line 1 was removed before line 1"


def test_reordered_custody_lines_are_found_even_in_a_resealed_package(package: Path) -> None:
    path = package / "data/custody/custody.jsonl"
    path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))
    reseal(package)
    assert verify(package).problems[0] == (
        "data/custody/custody.jsonl line 1 follows from line 2: lines were moved, or put in between"
    )


def test_custody_tail_cut_off_is_found_by_the_sealed_head(package: Path) -> None:
    path = package / "data/custody/custody.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    reseal(package)
    assert verify(package).problems == (
        "data/custody/custody.jsonl ends at line 1: it was sealed with 3 lines, the last are gone",
    )


def test_custody_line_added_after_sealing_is_found(package: Path, case: Case) -> None:
    case.record("analyze", {"note": "later"})
    (package / "data/custody/custody.jsonl").write_bytes((case.folder / "custody.jsonl").read_bytes())
    reseal(package)
    assert verify(package).problems == ("data/custody/custody.jsonl line 4 was added after the chain was sealed",)


def test_package_that_does_not_say_where_its_chain_ends_is_a_problem(package: Path) -> None:
    path = package / "bag-info.txt"
    path.write_text(path.read_text().replace("Custody-Chain-Length: 3", "Custody-Chain-Length: two"))
    reseal(package)
    assert verify(package).problems == ("bag-info.txt does not say length and head of the chain of custody",)


def test_changed_raw_line_is_named_with_its_exhibits_even_in_a_resealed_package(package: Path) -> None:
    path = package / "data/evidence/raw/S0002.lines"
    path.write_bytes(path.read_bytes().replace(b"gz two", b"gz owt"))
    reseal(package)
    assert verify(package).problems == (
        "exhibit E-0008: its line in data/evidence/raw/S0002.lines at byte 7 does not hash to line_sha256",
        (
            "data/proofs, S0002: its lines do not lead to the root: a line, its place, a salt or the proof is not "
            "from this file"
        ),
    )


@pytest.mark.parametrize(
    ("extract", "offset", "length"),
    [
        ("../../../../../etc/passwd", "0", "1"),
        ("/etc/passwd", "0", "1"),
        ("raw/S0001.lines", "0", "99999999999999999"),
        ("raw/S0001.lines", "-1", "4"),
        ("raw/S0001.lines", "$(id)", "4"),
        ("raw/S9999.lines", "0", "4"),
    ],
)
def test_hostile_index_reads_nothing_outside_the_extracts(
    package: Path, extract: str, offset: str, length: str
) -> None:
    path = package / "data/evidence/evidence-index.csv"
    header = path.read_text().splitlines()[0]
    path.write_text(f"{header}\nE-1,F-1,S0001,{extract},{offset},{length},{'0' * 64}\n")
    (problem,) = [problem for problem in verify(package).problems if problem.startswith("exhibit E-1")]
    assert "names no byte range" in problem or "ends before its line does" in problem or "is missing" in problem


HOSTILE = (
    "bag-info.txt",
    "data/custody/custody.jsonl",
    "data/custody/custody-hashes.csv",
    "data/evidence/evidence-index.csv",
    "data/evidence/sources.csv",
    "data/proofs/S0002.leaves.csv",
    "data/proofs/S0002.merkle.json",
    "data/proofs/S0002.proof",
)
JUNK = st.binary(max_size=6) | st.sampled_from(
    [b"\n", b",", b'"', b"-1", b"9" * 30, b"[" * 5000, b"\x00", b"\xe2\x80\xae"]
)


@settings(max_examples=100, deadline=None, suppress_health_check=UNTIMED)
@given(data=st.data())
def test_hostile_package_that_agrees_with_itself_never_stops_the_verifier(package: Path, data: st.DataObject) -> None:
    path = package / data.draw(st.sampled_from(HOSTILE))
    whole = path.read_bytes()
    at = len(whole) * data.draw(st.integers(0, 10_000)) // 10_000  # sealing again may change how long a file is
    path.write_bytes(whole[:at] + data.draw(JUNK) + whole[at + data.draw(st.integers(0, 40)) :])
    reseal(package)
    found = verify(package)
    assert all("\x1b" not in one and "\u202e" not in one for one in (*found.problems, *found.notes))
    path.write_bytes(whole)


def test_index_that_is_no_text_is_a_problem_and_no_crash(package: Path) -> None:
    (package / "data/evidence/evidence-index.csv").write_bytes(b"exhibit_id,extract\n\xff\xfe,\x00\n")
    assert any("evidence-index.csv cannot be read" in problem for problem in verify(package).problems)


def test_hostile_file_name_is_shown_and_does_not_act(package: Path) -> None:
    (package / "data" / "a\x1b[2J\u202eb").write_text("x")
    assert "data/a<U+001B>[2J<U+202E>b was added" in verify(package).problems


def test_other_folder_is_neither_package_nor_case(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is neither a package nor a case"):
        verify(tmp_path)
