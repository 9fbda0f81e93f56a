"""How the clock of a source behaved, hour by hour: made per chunk over whole columns, then added up in file order."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

_HOUR, _SECOND, _MINUTE = 3_600_000_000, 1_000_000, 60_000_000  # µs
_TOLERATED, _SILENT = 60, 3600  # s
_FEW = 48  # hours: more are grouped
_ASSUMED, _AMBIGUOUS = "timezone_assumed", "ambiguous_time"


class Hour(NamedTuple):
    """One hour of UTC with events.

    Attributes:
        hour: hours since 1970.
        events: events in it with a plausible time.
        out_of_order: those earlier than the event before them in the file.
        step_back_us: the largest such step, µs.
        assumed: events whose time had no offset.
        ambiguous: those whose local time a clock change made ambiguous, or skipped.
    """

    hour: int
    events: int = 0
    out_of_order: int = 0
    step_back_us: int = 0
    assumed: int = 0
    ambiguous: int = 0


Hours = tuple[Hour, ...]


def said(flags: pl.Series) -> set[str]:
    """Return which flags there are in a column of lists."""
    return set(flags.to_arrow().flatten().unique().to_pylist())


def of(times: pl.Series, flags: pl.Series) -> Hours:
    """Return the hours of the plausible times of a chunk, in the order of the file, and their parse flags."""
    if times.is_empty():
        return ()
    has_flags = not said(flags).isdisjoint((_ASSUMED, _AMBIGUOUS))
    if not has_flags and (found := _few(times)) is not None:
        return found
    micro = times.cast(pl.Int64).alias("time")
    none = pl.Series([0], dtype=pl.Int64).new_from_index(0, len(micro))
    assumed, ambiguous = (
        flags.list.contains(name).cast(pl.Int64) if has_flags else none for name in (_ASSUMED, _AMBIGUOUS)
    )
    back = -micro.diff().fill_null(0)
    frame = pl.DataFrame({"hour": micro // _HOUR, "back": back, "assumed": assumed, "ambiguous": ambiguous})
    step = pl.col("back").clip(lower_bound=0)
    grouped = frame.group_by("hour").agg(
        pl.len().cast(pl.Int64), (step > 0).sum().cast(pl.Int64).alias("late"), step.max(),
        pl.col("assumed").sum(), pl.col("ambiguous").sum(),
    )  # fmt: skip
    return tuple(Hour(*row) for row in grouped.sort("hour").iter_rows())


def _few(times: pl.Series) -> Hours | None:
    """Return the hours of times that have no flags and lie in a few of them; None where they do not."""
    micro = times.cast(pl.Int64).to_numpy()
    first, last = int(micro.min()) // _HOUR, int(micro.max()) // _HOUR
    if last - first >= _FEW:
        return None
    place, back = micro // _HOUR - first, np.diff(micro, prepend=micro[:1])
    late = back < 0
    events, lates = (np.bincount(place[rows], minlength=_FEW) for rows in (slice(None), late))
    steps = np.zeros(_FEW, np.int64)
    np.maximum.at(steps, place[late], -back[late])
    return tuple(
        Hour(first + number, int(events[number]), int(lates[number]), int(steps[number]))
        for number in range(_FEW)
        if events[number]
    )


def added(one: Hours, two: Hours, closed: int | None, opened: int | None) -> Hours:
    """Return the hours of two neighboring stretches, the first of which closed and the second opened at a time (µs)."""
    held = {each.hour: each for each in one}
    step = max(0, closed - opened) if closed is not None and opened is not None else 0
    border = (Hour(opened // _HOUR, 0, 1, step),) if step and opened is not None else ()
    for each in (*two, *border):
        before = held.get(each.hour, Hour(each.hour))
        held[each.hour] = Hour(
            each.hour,
            before.events + each.events,
            before.out_of_order + each.out_of_order,
            max(before.step_back_us, each.step_back_us),
            before.assumed + each.assumed,
            before.ambiguous + each.ambiguous,
        )
    return tuple(held[hour] for hour in sorted(held))


def rows(content_sha256: str, hours: Hours, minutes: Sequence[tuple[int, int, int]]) -> list[dict[str, Any]]:
    """Return rows of `log_hours`. `minutes` with events, each with its first and last time (µs), tell the silences."""
    gaps: dict[int, int] = {}
    for (_, _, last), (_, first, _) in pairwise(minutes):
        if first - last >= _MINUTE:
            gaps[last // _HOUR] = max(gaps.get(last // _HOUR, 0), first - last)
    return [
        {
            "content_sha256": content_sha256,
            "hour": each.hour * _HOUR,
            "events": each.events,
            "out_of_order": each.out_of_order,
            "largest_step_back_s": -(-each.step_back_us // _SECOND),
            "largest_gap_s": gaps.get(each.hour, 0) // _SECOND,
            "zone_assumed": each.assumed,
            "zone_ambiguous": each.ambiguous,
        }
        for each in hours
    ]


def odd(table: pa.Table, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return one sentence per thing that is odd about the clock of these contents, by the names of their files."""
    held = pl.DataFrame(pl.from_arrow(table)).filter(pl.col("content_sha256").is_in(list(names)))
    tests = {
        "hours with clock steps back over 60 s": pl.col("largest_step_back_s") > _TOLERATED,
        "silences of an hour or more": pl.col("largest_gap_s") >= _SILENT,
        "hours with local times that a clock change made ambiguous": pl.col("zone_ambiguous") > 0,
    }
    found = held.group_by("content_sha256").agg(test.sum().alias(name) for name, test in tests.items())
    told = [(names[row.pop("content_sha256")], row) for row in found.sort("content_sha256").to_dicts()]
    told.sort(key=itemgetter(0))
    return tuple(
        f"{count:,} {name.replace('s ', ' ', 1) if count == 1 else name} in {path}"
        for path, row in told
        for name, count in row.items()
        if count
    )
