"""When two accounts sleep: apart it is told, alike it is told with how many others do, and too little tells nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pytest

from forensics.ask.contrary import _rests
from forensics.engine import Engine

START = datetime(2026, 1, 5, tzinfo=UTC)
QUERY = files("forensics.ask") / "pair" / "rests.sql"


def life(account: str, wakes: int, *, days: int = 8, awake: int = 16) -> Iterator[dict[str, object]]:
    """A request in every hour awake."""
    for day in range(days):
        for hour in range(awake):
            yield {"user_id": account, "timestamp": START + timedelta(days=day, hours=wakes + hour, minutes=7)}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    people = [*life("a", 6), *life("b", 7), *life("far", 18), *life("week", 6, days=6), *life("never", 0, awake=24)]
    for number in range(20):
        people += life(f"p-{number:02}", 6)
    with Engine(Path(tmp_path_factory.mktemp("rests"))) as opened:
        opened.register("requests", pa.Table.from_pylist(people))
        yield opened


def told(engine: Engine, a: str, b: str) -> list[str]:
    return [remark.text for remark in _rests(engine.rows(QUERY, {"a": a, "b": b}).to_pylist())]


def test_people_of_one_zone_sleep_alike_and_that_has_no_weight(engine: Engine) -> None:
    (said,) = told(engine, "a", "b")
    assert said == (
        "Neither asks for anything in 7 hours of the day; nor do 22 of 24 accounts that can be judged. "
        "People of one zone sleep alike: it has no weight."
    )


def test_who_sleeps_at_other_hours_is_told(engine: Engine) -> None:
    (said,) = told(engine, "a", "far")
    assert said == (
        "They rest at different hours of the day (UTC): the one from 22:00 for 8 hours, "
        "the other from 10:00 for 8 hours."
    )


@pytest.mark.parametrize("other", ["week", "never"])
def test_too_few_days_or_no_rest_say_nothing(engine: Engine, other: str) -> None:
    assert told(engine, "a", other) == []
