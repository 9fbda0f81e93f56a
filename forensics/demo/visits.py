"""When ordinary customers come: sessions by their own daily rhythm, requests with irregular gaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forensics.demo.draws import Draws, Ints
from forensics.demo.people import Account

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

# Weight of each local hour 0..23, and of each weekday from Monday, in percent of a full day.
_HOURS = {
    "evening": (3, 1, 1, 0, 0, 0, 1, 2, 3, 3, 3, 4, 5, 4, 4, 4, 5, 7, 9, 11, 12, 12, 9, 6),
    "day": (1, 0, 0, 0, 0, 1, 2, 4, 7, 9, 9, 8, 7, 8, 8, 7, 6, 5, 4, 4, 4, 3, 2, 1),
    "night": (10, 9, 8, 6, 4, 2, 1, 0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 4, 5, 5, 6, 7, 9, 10),
    "office": (0, 0, 0, 0, 0, 0, 0, 1, 6, 10, 11, 10, 5, 9, 10, 10, 8, 4, 1, 0, 0, 0, 0, 0),
    "term": (0, 0, 0, 0, 0, 0, 0, 1, 5, 9, 10, 9, 7, 8, 10, 9, 8, 6, 4, 3, 2, 1, 0, 0),
}
_WEEKDAYS = {
    "evening": (100, 100, 100, 100, 110, 130, 130),
    "day": (100, 100, 100, 100, 100, 80, 80),
    "night": (90, 90, 90, 90, 120, 130, 110),
    "office": (100, 100, 100, 100, 90, 0, 0),
    "term": (100, 100, 100, 100, 80, 10, 10),
}


@dataclass(frozen=True, slots=True)
class Period:
    """The observed time: first instant in milliseconds since 1970, length in days, first weekday (Monday 0)."""

    start: int
    days: int
    weekday: int

    @property
    def end(self) -> int:
        """Return the first millisecond after the period."""
        return self.start + self.days * DAY_MS


def _hour_weights(profile: str, zone: int, period: Period) -> Ints:
    """Return how likely a session starts in each UTC hour of the period."""
    local = np.arange(period.days * 24, dtype=np.int64) + zone
    weekdays: Ints = np.array(_WEEKDAYS[profile], dtype=np.int64)[(local // 24 + period.weekday) % 7]
    hours: Ints = np.array(_HOURS[profile], dtype=np.int64)[local % 24]
    return hours * weekdays


def _start_hours(draws: Draws, rhythm: Ints, rhythms: Sequence[tuple[str, int]], period: Period) -> Ints:
    """Draw the UTC hour in which each session starts, `rhythm` being its row in `rhythms`."""
    upper = np.stack([np.cumsum(_hour_weights(profile, zone, period)) for profile, zone in rhythms])[rhythm]
    drawn = draws.below("session/hour", np.arange(rhythm.size, dtype=np.int64), upper[:, -1])
    hours: Ints = (upper <= drawn[:, None]).sum(axis=1).astype(np.int64)
    return hours


def visits(draws: Draws, accounts: Sequence[Account], period: Period) -> pl.DataFrame:
    """Return one row per request: owner (row of `accounts`), session, at (ms since 1970), address.

    A session keeps one address. Requests that would fall behind the end of the period are left out.
    """
    wanted = np.array([account.requests for account in accounts], dtype=np.int64)
    owner = np.repeat(np.arange(len(accounts), dtype=np.int64), wanted)
    nth = np.arange(owner.size, dtype=np.int64) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    length = draws.between("session/length", owner, 4, 14)
    is_first = nth % length == 0
    session = np.cumsum(is_first).astype(np.int64) - 1
    opener = np.flatnonzero(is_first)

    rhythms = sorted({(account.profile, account.zone) for account in accounts})
    rhythm = np.array([rhythms.index((account.profile, account.zone)) for account in accounts], dtype=np.int64)
    sessions = np.arange(opener.size, dtype=np.int64)
    hours = _start_hours(draws, rhythm[owner[opener]], rhythms, period)
    start = period.start + hours * HOUR_MS + draws.below("session/ms", sessions, HOUR_MS)

    pace = draws.between("session/pace", sessions, 6_000, 90_000)[session]
    waits = np.cumsum(
        700 + draws.exponential("session/gap", np.arange(owner.size, dtype=np.int64), 1000) * pace // 1000
    )
    at = start[session] + waits - waits[opener][session]
    address = _session_address(draws, accounts, owner[opener], sessions)
    rows = pl.DataFrame({"owner": owner, "session": session, "at": at})
    rows = rows.with_columns(address=address.gather(session))
    return rows.filter(pl.col("at") < period.end)


def _session_address(draws: Draws, accounts: Sequence[Account], owner: Ints, sessions: Ints) -> pl.Series:
    """Choose for each session one of its owner's addresses."""
    sizes = np.array([len(account.addresses) for account in accounts], dtype=np.int64)
    first = np.cumsum(sizes) - sizes
    addresses = pl.Series("address", [address for account in accounts for address in account.addresses])
    return addresses.gather(first[owner] + draws.below("session/address", sessions, sizes[owner]))
