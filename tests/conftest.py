"""What all tests share: no network, the real samples by option, golden files, and a way to run the program."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# No test asserts how long something takes: a loaded machine is not a defect.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--samples", metavar="DIR", default=None, help="folder of real log lines; adds the tests of them")
    parser.addoption("--update", action="store_true", help="rewrite the expected files instead of comparing")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "samples: needs real log lines, collected only with --samples=DIR")
    config.addinivalue_line("markers", "browser: needs chromium, collected where it is installed or in CI")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, never skip: a skipped test would read as one that ran."""
    if config.getoption("--samples") is None:
        items[:] = [item for item in items if "samples" not in item.keywords]
    if not os.environ.get("CI") and not Path("/usr/bin/chromium").exists():
        items[:] = [item for item in items if "browser" not in item.keywords]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection a test's own process opens is a failure of the test."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("this program works offline: nothing may open a connection")

    import socket  # noqa: PLC0415 - only here: to refuse it

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.fixture
def samples(request: pytest.FixtureRequest) -> Path:
    return Path(request.config.getoption("--samples")).resolve()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a committed file, or rewrite the file with --update."""

    def compare(name: str, actual: str) -> None:
        path = ROOT / name
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(actual, encoding="utf-8")
        assert actual == path.read_text(encoding="utf-8"), f"{name} is stale: pytest --update"

    return compare


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def forensics(tmp_path: Path) -> Run:
    """Run the program as a user does: its own process, an empty home, no case in the environment."""
    home = tmp_path / "home"
    home.mkdir()

    def run(
        *args: object, env: dict[str, str] | None = None, cwd: Path | None = None, stdin: bytes = b""
    ) -> "subprocess.CompletedProcess[str]":
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", **(env or {})}
        done = subprocess.run(
            [sys.executable, "-m", "forensics", *map(str, args)],
            env=environment, cwd=cwd or ROOT, input=stdin, capture_output=True, check=False,
        )  # fmt: skip
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run
