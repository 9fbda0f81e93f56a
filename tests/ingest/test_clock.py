"""How the clock of a source behaved, whatever the chunks."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.case import Case
from forensics.ingest import hours, source
from forensics.ingest.counts import Clock, Counts
from forensics.schema import LOG_FILES, LOG_HOURS

SECOND = 1_000_000
HOUR = 3_600 * SECOND
TIMES = st.lists(st.integers(0, 500).map(lambda second: second * SECOND))


def clock(times: list[int]) -> Clock:
    return Clock.of(pl.Series(times, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")))


@given(TIMES, st.lists(st.integers(0, 40)))
def test_the_clock_of_chunks_added_is_the_clock_of_the_whole(times: list[int], cuts: list[int]) -> None:
    total, begin = Clock(), 0
    for end in [*sorted(cuts), len(times)]:
        total += clock(times[begin:end])
        begin = max(begin, end)
    assert total == clock(times)


@given(TIMES)
def test_the_clock_says_what_sorting_says(times: list[int]) -> None:
    read = clock(times)
    assert read.out_of_order == sum(after < before for before, after in pairwise(times))
    ordered = sorted(times)
    longest = max((after - before for before, after in pairwise(ordered)), default=0) // SECOND
    if not times:
        assert read.largest_gap_s() is None
    elif longest >= 60:
        assert read.largest_gap_s() == longest
    else:
        assert read.largest_gap_s() == 0


def test_counts_survive_a_note() -> None:
    counts = Counts(records=3, events=2, formats={"combined": 2}, clock=clock([5, 2, 90 * SECOND]))
    assert Counts.of_record(counts.record()) == counts


def test_a_log_says_how_its_clock_behaved(
    case: Case, read: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source.read, "__kwdefaults__", {**(source.read.__kwdefaults__ or {}), "chunk_size": 100})
    times = ["00:00:00", "00:00:09", "00:00:08", "00:20:00", "00:19:59", "02:00:00"]
    text = "".join(f'{{"time":"2026-03-02T{time}Z","user_id":"u"}}\n' for time in times)
    (tmp_path / "a.ndjson").write_text(text)
    read(case, tmp_path / "a.ndjson", threads=2)
    (row,) = case.read(LOG_FILES).to_pylist()
    assert (row["out_of_order"], row["largest_gap_s"]) == (2, 6000)


def by_hour(times: list[int], flags: list[list[str]]) -> hours.Hours:
    micro = pl.Series(times, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    return hours.of(micro, pl.Series(flags, dtype=pl.List(pl.String)))


MINUTES = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from([[], ["timezone_assumed"], ["ambiguous_time", "timezone_assumed"]]))
)


@given(MINUTES, st.lists(st.integers(0, 40)))
def test_the_hours_of_chunks_added_are_what_the_definition_says(
    events: list[tuple[int, list[str]]], cuts: list[int]
) -> None:
    times, flags = [minute * 60 * SECOND for minute, _ in events], [flag for _, flag in events]
    total, begin = Counts(), 0
    for end in [*sorted(cuts), len(times)]:
        piece = times[begin:end]
        total += Counts(clock=clock(piece), hours=by_hour(piece, flags[begin:end]))
        begin = max(begin, end)
    steps = [(after // HOUR, before - after) for before, after in pairwise(times) if after < before]
    assert total.hours == tuple(
        hours.Hour(
            hour,
            sum(time // HOUR == hour for time in times),
            sum(at == hour for at, _ in steps),
            max((step for at, step in steps if at == hour), default=0),
            sum("timezone_assumed" in flag for time, flag in zip(times, flags, strict=True) if time // HOUR == hour),
            sum("ambiguous_time" in flag for time, flag in zip(times, flags, strict=True) if time // HOUR == hour),
        )
        for hour in sorted({time // HOUR for time in times})
    )
    gaps = [(before // HOUR, (after - before) // SECOND) for before, after in pairwise(sorted(times))]
    rows = hours.rows("c", total.hours, total.clock.minutes)
    assert [row["largest_gap_s"] for row in rows] == [
        max((gap for at, gap in gaps if at == hour.hour), default=0) for hour in total.hours
    ]
    assert Counts.of_record(json.loads(json.dumps(total.record(), default=str))) == total


def test_the_register_holds_every_hour_and_the_run_says_what_is_odd(
    case: Case, read: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source.read, "__kwdefaults__", {**(source.read.__kwdefaults__ or {}), "chunk_size": 100})
    times = ["00:00:00", "00:10:00", "00:08:00.5", "00:59:59", "02:00:00", "02:00:00"]
    text = "".join(f'{{"time":"2026-03-02T{time}","user_id":"u"}}\n' for time in times)
    (tmp_path / "a.ndjson").write_text(text)
    (tmp_path / "b.ndjson").write_text(text[: text.index("00:10:00") - 20].replace("03-02T00", "03-02T07"))
    outcome = read(case, tmp_path / "a.ndjson")
    assert outcome.clock == (
        "1 hour with clock steps back over 60 s in a.ndjson",
        "1 silence of an hour or more in a.ndjson",
    )
    assert read(case, tmp_path / "b.ndjson").clock == ()
    names = {row["content_sha256"]: row["path"] for row in case.read(LOG_FILES).to_pylist()}
    rows = [(names[row.pop("content_sha256")], *row.values()) for row in case.read(LOG_HOURS).to_pylist()]
    assert sorted(rows) == [
        ("a.ndjson", datetime(2026, 3, 2, 0, tzinfo=UTC), 4, 1, 120, 3601, 4, 0),
        ("a.ndjson", datetime(2026, 3, 2, 2, tzinfo=UTC), 2, 0, 0, 0, 2, 0),
        ("b.ndjson", datetime(2026, 3, 2, 7, tzinfo=UTC), 1, 0, 0, 0, 1, 0),
    ]
