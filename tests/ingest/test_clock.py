"""How the clock of a source behaved, whatever the chunks."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.case import Case
from forensics.ingest import source
from forensics.ingest.counts import Clock, Counts
from forensics.schema import LOG_FILES

SECOND = 1_000_000
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
