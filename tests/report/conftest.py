"""Rendered reports, each made once: the story, the case with nothing in it, and the hostile one."""

from pathlib import Path
from typing import NamedTuple

import pytest

from forensics.case import Case
from forensics.report import report
from tests.report.sample_case import hostile_case, silent_case, story

POISON = (
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}{% raw %}${7*7}[x](javascript:alert(1))|`c`"
    "\n# h\x1b[31m\u202ehttps://evil.example/</svg></style></title><!--]]>&lt;"
)


class Rendered(NamedTuple):
    """One case and its report in three formats."""

    case: Case
    html: str
    md: str
    json: str


def rendered(case: Case) -> Rendered:
    paths = report(case)
    return Rendered(case, *(paths[name].read_text(encoding="utf-8") for name in ("html", "md", "json")))


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return rendered(story(tmp_path_factory.mktemp("story") / "case"))


@pytest.fixture(scope="session")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return rendered(silent_case(tmp_path_factory.mktemp("quiet") / "case"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    return rendered(hostile_case(tmp_path_factory.mktemp("hostile") / "case", POISON))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "case"
