"""The promise that SQL can follow every step back: queries run unchanged where only DuckDB is."""

import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from forensics.analyze.scoring import OF_PAIRS
from forensics.analyze.signals import SIGNALS
from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.model import Signal
from forensics.schema import CANDIDATES, DECOY_PAIRS, SIGHTINGS, TABLES

FOLDER = files("forensics.analyze")
FEW = 20  # pairs in one part


@pytest.fixture(scope="module")
def case(
    world_in: Callable[..., Case],
    strangers: Callable[..., list[dict[str, Any]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Case:
    """One world for every query: nothing here writes to it."""
    rows = strangers(60, "shell")
    for number, account in enumerate(("x-1", "x-2")):
        rows += [
            {"user_id": account, "second": 90000 + 4 * step + number, "url_path": f"/items/{2000 + step}",
             "source_ip": "240.0.0.1"}
            for step in range(200)
        ]  # fmt: skip
    return world_in(tmp_path_factory.mktemp("shell"), rows)


@pytest.fixture
def shell(case: Case, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A plain DuckDB in the case folder that ran `views.sql`, and nothing of ours."""
    monkeypatch.chdir(case.folder)
    connection = duckdb.connect()
    for statement in Path("views.sql").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            connection.execute(statement)
    return lambda text: connection.execute(text).fetchall()


def test_every_table_is_visible_with_its_columns(shell: Callable[[str], Any]) -> None:
    for table in TABLES:
        columns = [row[0] for row in shell(f"DESCRIBE {table.name}")]
        assert columns == table.names()


def test_pairs_told_in_parts_are_those_told_at_once(case: Case, tmp_path: Path) -> None:
    copy = Case.open(Path(shutil.copytree(case.folder, tmp_path / "copy")))
    written = copy.outputs(*OF_PAIRS)
    assert all(copy.count(table) for table in (CANDIDATES, *OF_PAIRS))
    for table in OF_PAIRS:
        copy.forget(table.path)
    with Engine.over(copy, *TABLES, resources=Resources(threads=1)) as engine:
        for table, told in OF_PAIRS.items():
            engine.save_by_pairs(copy, table, FOLDER / f"{table.name}.sql", told, FEW)
            assert engine.one("SELECT count(*) AS pairs FROM candidates")["pairs"] == copy.count(CANDIDATES)
    assert copy.outputs(*OF_PAIRS) == written


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.id)
def test_signal_gives_the_same_links(shell: Callable[[str], Any], signal: Signal) -> None:
    text = (FOLDER / "signals" / f"{signal.id}.sql").read_text(encoding="utf-8")
    fired = {(a, b): bits for a, b, bits, _ in shell(text) if bits > 0}
    stored = shell(f"SELECT a, b, bits FROM {SIGHTINGS.name} WHERE signal = '{signal.id}'")  # noqa: S608 - our own names
    assert fired == {(a, b): bits for a, b, bits in stored}


@pytest.mark.parametrize(
    "name", ["requests", "account_features", "enumerations", "account_values", "units", "hubs", "rarity", "pairs"]
)
def test_step_gives_as_many_rows_as_its_table(shell: Callable[[str], Any], name: str) -> None:
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    assert shell(f"SELECT count(*) FROM ({text})") == shell(f"SELECT count(*) FROM {name}")  # noqa: S608 - our own


def test_a_permuted_world_gives_as_many_rows_by_its_number(shell: Callable[[str], Any]) -> None:
    text = (FOLDER / "decoy_pairs.sql").read_text(encoding="utf-8").replace("$replicate", "7")
    stored = shell(f"SELECT count(*) FROM {DECOY_PAIRS.name} WHERE replicate = 7")  # noqa: S608 - our own names
    assert shell(f"SELECT count(*) FROM ({text})") == stored  # noqa: S608 - our own
