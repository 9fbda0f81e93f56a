"""What sets the moments of two accounts, where it need not be one hand: clocks, and what others follow, too."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pytest

from forensics.ask.contrary import _told
from forensics.engine import Engine

QUERY = files("forensics.ask") / "pair" / "clocks.sql"
CLOCKS = [(10, 0, 617.0), (60, 0, 617.0), (10, 1, 431.0), (60, 1, 431.2), (300, 1, 431.2), (10, 2, 12.0)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    scale, person, period = zip(*CLOCKS, strict=True)
    with Engine(tmp_path) as opened:
        opened.register("people", pa.table({"person": [0, 1, 2, 3], "user_id": ["ann", "bob", "cy", "dee"]}))
        opened.register("clocks", pa.table({"scale": scale, "person": person, "period": period}))
        yield opened


def remarks(engine: Engine, a: str, b: str, bystanders: int | None) -> list[tuple[str, str]]:
    rows = engine.rows(QUERY, {"a": a, "b": b}).to_pylist()
    return [(remark.kind, remark.text) for remark in _told(rows, {"bystanders": bystanders})]


def test_two_clocks_are_told_by_the_widest_bins_of_both(engine: Engine) -> None:
    ((kind, text),) = remarks(engine, "ann", "bob", None)
    assert kind == "clocks"
    assert "every 617 and 431 seconds" in text


@pytest.mark.parametrize("pair", [("ann", "dee"), ("dee", "dee")])
def test_one_clock_says_nothing_of_two(engine: Engine, pair: tuple[str, str]) -> None:
    assert remarks(engine, *pair, None) == []


def test_bystanders_are_told_only_where_there_are_any(engine: Engine) -> None:
    assert [text.split()[0] for _, text in remarks(engine, "ann", "dee", 1200)] == ["1,200"]
    assert remarks(engine, "ann", "dee", 0) == []
