"""Small worlds for the analysis: a case made from columns, and populations of people who do not know each other."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from forensics.analyze import analyze
from forensics.analyze.focus import Focus
from forensics.case import Case, write_parquet
from forensics.engine import Resources
from forensics.schema import CONTEXT, EVENTS, LOG_FILES

START = datetime(2026, 1, 5, tzinfo=UTC)
CONTENT = hashlib.sha256(b"a world that has no file").hexdigest()

Row = Mapping[str, Any]
World = Callable[..., Case]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture(scope="session")
def world_in() -> World:
    """Make a case in a folder from rows of events and context, analyze it, and return it."""

    def make(
        folder: Path,
        events: Sequence[Row],
        name: str = "case",
        settings: str = "",
        focus: Focus | None = None,
        **context: Sequence[Row],
    ) -> Case:
        key = folder / "key"
        key.write_text("ab" * 32)
        case = Case.create(folder / name, key)
        if settings:
            (case.folder / "case.toml").write_text(settings)
            case = Case.open(case.folder)
        rows = [event(number, row) for number, row in enumerate(events)]
        write_parquet(pa.Table.from_pylist(rows, schema=EVENTS.arrow()), case.folder / "tables/events/world/0.parquet")
        case.write(LOG_FILES, pa.Table.from_pylist([log_file(len(rows))], schema=LOG_FILES.arrow()))
        for kind, entries in context.items():
            table = CONTEXT[kind.replace("_", "-")]
            case.write(table, pa.Table.from_pylist([dict(entry) for entry in entries], schema=table.arrow()))
        analyze(case, Resources(threads=2), focus=focus)
        return case

    return make


@pytest.fixture
def world(tmp_path: Path, world_in: World) -> World:
    """Do the same in the folder of the test."""
    return partial(world_in, tmp_path)


def event(number: int, row: Row) -> dict[str, Any]:
    """One event with everything a log would say, overridden by `row`; `second` is seconds after the start."""
    given = dict(row)
    return {
        "event_id": f"{CONTENT[:16]}-{number:015d}",
        "timestamp": at(given.pop("second", number)),
        "timestamp_kind": "unknown",
        "user_id_kind": "user",
        "source_ip": "198.18.0.1",
        "source_range": ".".join(given.get("source_ip", "198.18.0.1").split(".")[:3]) + ".0/24",
        "http_request_method": "GET",
        "url_path": "/",
        "http_response_status_code": 200,
        "http_response_body_bytes": 1000,
        "user_agent_original": "Mozilla/5.0",
        "log_file_sha256": CONTENT,
        "content_sha256": CONTENT,
        "log_line": number + 1,
        "log_offset": number,
        "log_length": 1,
        **given,
    }


def log_file(events: int) -> dict[str, Any]:
    return {
        "log_file_sha256": CONTENT, "content_sha256": CONTENT, "path": "world.log", "log_format": "combined",
        "lines": events, "records": events, "events": events, "rejects": 0, "comments": 0, "blanks": 0,
        "duplicates": 0, "bytes_on_disk": events, "bytes_content": events, "complete": True, "timezone": "explicit",
    }  # fmt: skip


def draw(*key: object) -> float:
    """A number in [0, 1) that depends on its key only."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


@pytest.fixture(scope="session")
def strangers() -> Callable[..., list[dict[str, Any]]]:
    """People with their own address, client and hours, who look at popular things."""

    def make(people: int, seed: object, *, days: int = 4, prefix: str = "p") -> list[dict[str, Any]]:
        rows = []
        for person in range(people):
            habit = int(24 * draw(seed, person, "habit"))
            for visit in range(8 + int(25 * draw(seed, person, "visits"))):
                day = int(days * draw(seed, person, visit, "day"))
                hour = (habit + int(6 * draw(seed, person, visit, "hour"))) % 24
                rows.append(
                    {
                        "second": 86400 * day + 3600 * hour + 3600 * draw(seed, person, visit, "second"),
                        "user_id": f"{prefix}-{person:04d}",
                        "source_ip": f"198.18.{person // 250}.{person % 250 + 1}"
                        if draw(seed, person, "home") < 0.9
                        else f"198.19.0.{int(40 * draw(seed, person, 'cafe')) + 1}",
                        "source_range": f"198.{18 + person % 2}.{person % 240}.0/24",
                        "url_path": f"/items/{1000 + int(5000 * draw(seed, person, visit, 'item') ** 3)}",
                        "user_agent_original": f"Mozilla/5.0 ({int(30 * draw(seed, person, 'client') ** 2)})",
                    }
                )
        return rows

    return make
