"""The whole job on the sample stories: the same bytes every time, and a package that shows any change."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forensics.demo.embedded import story_folder

Run = Callable[..., "subprocess.CompletedProcess[str]"]
KINDS = ("accounts", "identities", "ip-ranges", "incidents", "statements", "terms")
ROOT = Path(__file__).resolve().parents[1]
TOLD: dict[str, Path] = {}  # cases of this process


def hashes(case: Path) -> dict[str, str]:
    """Every file that the promise of equal bytes covers: tables, analysis, reports."""
    return {
        str(path.relative_to(case)): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("tables", "analysis", "report")
        for path in sorted((case / folder).rglob("*"))
        if path.is_file()
    }


def arguments(story: Path) -> list[str]:
    found = []
    for kind in KINDS:
        path = story / "context" / f"{kind.replace('-', '_')}.csv"
        if path.exists():
            found += [f"--{kind}", str(path)]
    return found


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_text("5a" * 32)
    return path


@pytest.fixture
def told(forensics: Run, tmp_path_factory: pytest.TempPathFactory, key: Path) -> Callable[[str], Path]:
    """Return the case of a story, made once by one thread; whoever changes it takes a copy."""

    def case(story: str) -> Path:
        if story not in TOLD:
            source, folder = story_folder(story), tmp_path_factory.mktemp(story) / "case"
            logs = sorted((source / "logs").iterdir())
            done = forensics("run", *logs, "-C", folder, "--case-key", key, *arguments(source), "--threads", "1")
            assert done.returncode == 0, done.stderr
            TOLD[story] = folder
        return TOLD[story]

    return case


@pytest.mark.parametrize("story", ["gallery", "reseller", "campus"])
def test_threads_file_order_time_zone_and_place_change_no_byte(
    forensics: Run, told: Callable[[str], Path], tmp_path: Path, key: Path, story: str
) -> None:
    source = story_folder(story)
    logs = sorted((source / "logs").iterdir())
    elsewhere = tmp_path / "else where" / "løgs"
    shutil.copytree(source / "logs", elsewhere)
    runs = {
        "two": ([*reversed(logs)], ["--threads", "2"], {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"}),
        "three": ([elsewhere], ["--memory-limit", "1GB"], {"PYTHONHASHSEED": "7", "TZ": "America/New_York"}),
    }
    seen = {"one": hashes(told(story))}
    for name, (sources, flags, env) in runs.items():
        case = tmp_path / name
        done = forensics("run", *sources, "-C", case, "--case-key", key, *arguments(source), *flags, env=env)
        assert done.returncode == 0, done.stderr
        seen[name] = hashes(case)
    assert seen["one"] == seen["two"] == seen["three"]
    assert len(seen["one"]) > 25


def test_running_again_changes_nothing(forensics: Run, told: Callable[[str], Path], tmp_path: Path) -> None:
    source = story_folder("campus")
    case = shutil.copytree(told("campus"), tmp_path / "case")
    before = hashes(case)
    again = forensics("run", source / "logs", "-C", case, *arguments(source))
    assert again.returncode == 0, again.stderr
    assert hashes(case) == before


def test_a_package_verifies_and_names_the_file_that_was_changed(
    forensics: Run, told: Callable[[str], Path], tmp_path: Path
) -> None:
    case, package = shutil.copytree(told("gallery"), tmp_path / "case"), tmp_path / "package"
    assert forensics("export", package, "-C", case).returncode == 0
    assert forensics("verify", package).returncode == 0
    assert forensics("verify", case).returncode == 0
    script = subprocess.run(["sh", "data/verify.sh"], cwd=package, capture_output=True, text=True, check=False)
    assert script.returncode == 0, script.stdout + script.stderr
    raw = next((package / "data" / "evidence" / "raw").iterdir())
    content = bytearray(raw.read_bytes())
    content[10] ^= 1
    raw.write_bytes(bytes(content))
    done = forensics("verify", package)
    assert done.returncode == 5
    assert raw.name in done.stdout + done.stderr
    script = subprocess.run(["sh", "data/verify.sh"], cwd=package, capture_output=True, text=True, check=False)
    assert script.returncode != 0


@pytest.mark.parametrize("page", ["README.md", "docs/tutorial.md"])
def test_a_page_shows_what_is_printed_of_the_pair_today(forensics: Run, told: Callable[[str], Path], page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    done = forensics("why", "u-1376", "u-1988", "-C", told("gallery"), "--json")
    found = json.loads(done.stdout)["data"]
    steps = [(each["family"], each["adds"]) for each in found["families"]]
    for name, bits in (*steps, ("choice", found["choice_bits"]), ("volume", found["volume_bits"])):
        assert f"  {name:<10} {bits:>+5.1f}" in text
    assert f"VERDICT  linked: {found['bits']:.1f} bits; each account of its group" in text
    assert f"linked from {found['floors']['linked_floor_bits']:.1f} bits" in text


def test_demo_meets_the_planted_truth(forensics: Run, tmp_path: Path) -> None:
    done = forensics("demo", "all", "--keep", tmp_path / "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    for story in ("gallery", "reseller", "hydra", "campus"):
        assert (tmp_path / "demo" / story / "report" / "analyst" / "report.html").is_file()


@pytest.mark.samples
def test_a_real_log_with_users_gives_no_actionable_account(forensics: Run, tmp_path: Path, samples: Path) -> None:
    """Lines with remote users, written by people nobody here knows."""
    case = tmp_path / "case"
    done = forensics(
        "run", samples / "formats/apache/lnav__logfile_regexp_access_log.0",
        samples / "formats/apache/hub__apache2-logs__apache2-logs.log", "-C", case,
        "--max-reject-rate", "1",
    )  # fmt: skip
    assert done.returncode in {0, 4}, done.stderr
    counted = forensics("sql", "SELECT count(*) FROM cluster_members WHERE actionable", "-C", case)
    users = forensics("sql", "SELECT count(*) FROM account_features", "-C", case)
    assert counted.stdout.splitlines()[1] == "0"
    assert int(users.stdout.splitlines()[1]) >= 2
