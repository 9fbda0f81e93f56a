"""What became of records, and how the clock of a source behaved: sums over chunks that must balance.

Counts of chunks are added in the order of the file, so that a step back in time is seen across the border of two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl

from forensics.ingest.hours import Hour, Hours, added

_MINUTE = 60_000_000  # µs
_MINUTES = {"minute": pl.Int64, "first": pl.Int64, "last": pl.Int64}


@dataclass(frozen=True)
class Clock:
    """When the events of a chunk or source happened.

    Attributes:
        opened: time of the first event in the order of the file, µs since 1970.
        closed: time of the last one.
        out_of_order: events earlier than the event before them.
        minutes: minutes with events, each with its first and last time: all it takes to find the longest silence.
    """

    opened: int | None = None
    closed: int | None = None
    out_of_order: int = 0
    minutes: tuple[tuple[int, int, int], ...] = ()

    @classmethod
    def of(cls, times: pl.Series) -> "Clock":
        """Return what the plausible times of a chunk, in the order of the file, say."""
        if times.is_empty():
            return cls()
        micro = times.cast(pl.Int64).to_numpy()
        begins = np.append(0, np.flatnonzero(np.diff(micro // _MINUTE)) + 1)  # of runs of neighbors in one minute
        runs = {"first": np.minimum.reduceat(micro, begins), "last": np.maximum.reduceat(micro, begins)}
        backward = int((micro[1:] < micro[:-1]).sum())
        return cls(int(micro[0]), int(micro[-1]), backward, _minutes(pl.DataFrame(runs)))

    def __add__(self, other: "Clock") -> "Clock":
        if self.closed is None or other.opened is None:
            return other if self.closed is None else self
        backward = self.out_of_order + other.out_of_order + (other.opened < self.closed)
        both = pl.DataFrame([*self.minutes, *other.minutes], schema=_MINUTES, orient="row")
        return Clock(self.opened, other.closed, backward, _minutes(both))

    def largest_gap_s(self) -> int | None:
        """Return the longest time without an event in whole seconds; null for none. Shorter than a minute is 0.

        Silence is looked for between minutes that have events, whatever the order of the file.
        """
        if not self.minutes:
            return None
        gaps = (after[1] - before[2] for before, after in pairwise(self.minutes))
        longest = max(gaps, default=0)
        return longest // 1_000_000 if longest >= _MINUTE else 0


def _minutes(times: pl.DataFrame) -> tuple[tuple[int, int, int], ...]:
    """Return the first and the last time of every minute."""
    grouped = times.group_by((pl.col("first") // _MINUTE).alias("minute"))
    return tuple(grouped.agg(pl.col("first").min(), pl.col("last").max()).sort("minute").iter_rows())


@dataclass(frozen=True)
class Counts:
    """What became of the records of a chunk or a source."""

    records: int = 0
    events: int = 0
    rejects: int = 0
    comments: int = 0
    blanks: int = 0
    duplicates: int = 0
    newlines: int = 0
    bytes_content: int = 0
    assumed_zone: int = 0
    first: datetime | None = None
    last: datetime | None = None
    formats: Mapping[str, int] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    hours: Hours = ()

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            records=self.records + other.records,
            events=self.events + other.events,
            rejects=self.rejects + other.rejects,
            comments=self.comments + other.comments,
            blanks=self.blanks + other.blanks,
            duplicates=self.duplicates + other.duplicates,
            newlines=self.newlines + other.newlines,
            bytes_content=self.bytes_content + other.bytes_content,
            assumed_zone=self.assumed_zone + other.assumed_zone,
            first=min(filter(None, (self.first, other.first)), default=None),
            last=max(filter(None, (self.last, other.last)), default=None),
            formats=_added(self.formats, other.formats),
            reasons=_added(self.reasons, other.reasons),
            clock=self.clock + other.clock,
            hours=added(self.hours, other.hours, self.clock.closed, other.clock.opened),
        )

    def record(self) -> dict[str, Any]:
        """Return the counts as JSON keeps them."""
        times = {name: value and value.isoformat() for name, value in (("first", self.first), ("last", self.last))}
        return vars(self) | {"clock": vars(self.clock)} | times

    @classmethod
    def of_record(cls, held: Mapping[str, Any]) -> "Counts":
        """Return the counts that `record` gave."""
        times = {name: held[name] and datetime.fromisoformat(held[name]) for name in ("first", "last")}
        minutes = tuple(tuple(minute) for minute in held["clock"]["minutes"])
        clock = Clock(**(held["clock"] | {"minutes": minutes}))
        return cls(**(dict(held) | times | {"clock": clock, "hours": tuple(Hour(*each) for each in held["hours"])}))


def _added(one: Mapping[str, int], two: Mapping[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + two.get(name, 0) for name in sorted({*one, *two})}
