"""The same tables give the same bytes, whatever the time zone, the locale, the hash seed or the threads."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from forensics.engine import Resources
from forensics.report import report
from tests.report.conftest import Rendered

ROOT = Path(__file__).resolve().parents[2]
RENDER = (
    "import sys; from pathlib import Path; from forensics.case import Case; from forensics.report import report;"
    "report(Case.open(Path(sys.argv[1])))"
)


def texts(case: Rendered) -> tuple[str, str, str]:
    folder = case.case.folder / "report" / "analyst"
    html, md, json = ((folder / f"report.{name}").read_text(encoding="utf-8") for name in ("html", "md", "json"))
    return html, md, json


@pytest.mark.parametrize("threads", [1, 2])
def test_two_renders_are_equal(told: Rendered, threads: int) -> None:
    report(told.case, resources=Resources(threads=threads))
    assert texts(told) == (told.html, told.md, told.json)


@pytest.mark.parametrize(
    "environment",
    [{"TZ": "Asia/Tokyo"}, {"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}, {"PYTHONHASHSEED": "7"}],
    ids=["time zone", "locale", "hash seed"],
)
def test_another_environment_changes_nothing(told: Rendered, environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-c", RENDER, str(told.case.folder)],
        env={**os.environ, **environment}, cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    assert texts(told) == (told.html, told.md, told.json)
