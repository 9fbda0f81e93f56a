"""Small cases, and what they hold afterwards."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from forensics.case import Case
from forensics.engine import Resources
from forensics.ingest import Options, Outcome, ingest
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

LINE = (
    '198.18.0.{host} - u-{user} [02/Mar/2026:04:05:{second:02d} +0000] "GET /jobs/{second} HTTP/1.1" 200 12 "-" "x/1"'
)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    key = tmp_path / "key"
    key.write_text("ab" * 32, encoding="ascii")
    return Case.create(tmp_path / "case", key)


@pytest.fixture
def another(tmp_path: Path) -> Callable[[str], Case]:
    """Make another case with the same key."""

    def make(name: str) -> Case:
        key = tmp_path / "key"
        key.write_text("ab" * 32, encoding="ascii")
        return Case.create(tmp_path / name, key)

    return make


@pytest.fixture
def combined() -> Callable[[int], bytes]:
    """Return so many combined lines, all different."""

    def lines(count: int) -> bytes:
        numbered = (LINE.format(host=n % 250, user=n % 7, second=n % 60) + f" {n}" for n in range(count))
        return "".join(f"{line}\n" for line in numbered).encode()

    return lines


Read = Callable[..., Outcome]


@pytest.fixture
def read() -> Read:
    """Ingest sources into a case with options by keyword."""

    def run(into: Case, *sources: Path | str, threads: int = 1, stdin: Any = None, **options: Any) -> Outcome:  # noqa: ANN401
        names = [str(each) for each in sources]
        return ingest(into, names, Options(**options), resources=Resources(threads=threads), stdin=stdin)

    return run


@pytest.fixture
def rows() -> Callable[[Case, Table], list[dict[str, Any]]]:
    """Return the rows of a table of a case, in order of content and offset."""

    def table(held: Case, which: Table) -> list[dict[str, Any]]:
        if which is LOG_FILES:
            return list(held.read(LOG_FILES).to_pylist())
        files: Sequence[Path] = sorted(held.folder.glob(which.path))
        if not files:
            return []
        found: pa.Table = ds.dataset([str(each) for each in files]).to_table()
        assert found.schema.equals(which.arrow())
        return list(found.sort_by([("content_sha256", "ascending"), ("log_offset", "ascending")]).to_pylist())

    assert {EVENTS.name, REJECTS.name} == {"events", "rejects"}
    return table
