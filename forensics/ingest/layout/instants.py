"""A compiled loop over times that say their offset, as most do: RFC 3339 in UTC, or the Common Log Format.

It reads what `times` reads alike, and says so where one time is anything else. Import this only where
`compiled.worthwhile()` says so.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from forensics.ingest.compiled import kernel, part
from forensics.ingest.compiled_words import word
from forensics.ingest.layout.coding import SIZE, signed
from forensics.ingest.layout.lines import MARGIN, Bytes, Words, shown

_32 = np.uint64(32)
_ISO, _CLF = len("2026-03-02T04:05:06"), len("02/Mar/2026:04:05:06 +0000")
_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_MONTHS = np.array([int.from_bytes(f"{name}/".encode(), "little") for name in (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)])  # fmt: skip
_FOUR, _PLACES = np.uint64((1 << 32) - 1), 6  # decimals of a second that count
_FIRST, _LAST, _FARTHEST = 1970, 2100, 14  # years; hours of an offset
_BAD = -1
_ZERO, _DASH, _SLASH, _COLON, _DOT, _PLUS, _BLANK, _T, _Z = (ord(each) for each in "0-/:.+ TZ")


def instants(text: pl.Series) -> pl.Series | None:
    """Return times as µs since 1970; None where one is in no such form, or cannot be, or there is none."""
    views, buffers = shown(text)
    if text.null_count() or len(buffers) != 1:
        return None
    found = np.empty(len(views), np.int64)
    return pl.Series(found) if _read(np.frombuffer(buffers[0], np.uint8), views, found) else None


@kernel
def _read(content: Bytes, views: Words, found: npt.NDArray[np.int64]) -> bool:
    for row in range(len(views)):
        size, place = signed(views[row, 0] & SIZE), signed(views[row, 1] >> _32)
        if size <= _ISO or place + size + MARGIN > len(content):
            return False
        if content[place + 4] == _DASH:
            found[row] = _iso(content, place, place + size)
        else:
            found[row] = _clf(content, place) if size == _CLF else _BAD
        if found[row] == _BAD:
            return False
    return True


@part
def _iso(content: Bytes, place: int, end: int) -> int:
    marks = content[place + 7] == _DASH and content[place + 10] == _T and content[end - 1] == _Z
    seconds = _seconds(
        _two(content, place) * 100 + _two(content, place + 2), _two(content, place + 5), _two(content, place + 8)
    )
    clock = _clock(content, place + 11)
    if not marks or seconds < 0 or clock < 0 or min(_two(content, place), _two(content, place + 2)) < 0:
        return _BAD
    micro, scale = np.int64(0), np.int64(1_000_000)
    if end - place > _ISO + 1:
        if content[place + _ISO] != _DOT or end - place == _ISO + 2:
            return _BAD
        for at in range(place + _ISO + 1, end - 1):
            digit = np.int64(content[at]) - _ZERO
            if not 0 <= digit <= 9:  # noqa: PLR2004 - a digit
                return _BAD
            if at - place - _ISO <= _PLACES:
                micro, scale = micro * 10 + digit, scale // 10
    return int((seconds + clock) * 1_000_000 + micro * scale)


@part
def _clf(content: Bytes, place: int) -> int:
    month = 0
    for number in range(len(_MONTHS)):
        if np.int64(word(content, place + 3) & _FOUR) == _MONTHS[number]:
            month = number + 1
    marks = content[place + 2] == _SLASH and content[place + 11] == _COLON and content[place + 20] == _BLANK
    sign = np.int64(content[place + 21])
    century, year = _two(content, place + 7), _two(content, place + 9)
    hours, minutes = _two(content, place + 22), _two(content, place + 24)
    if not marks or month == 0 or min(century, year, hours, minutes) < 0 or hours > _FARTHEST or minutes > 59:  # noqa: PLR2004
        return _BAD
    seconds, clock = _seconds(century * 100 + year, month, _two(content, place)), _clock(content, place + 12)
    if seconds < 0 or clock < 0 or (sign != _PLUS and sign != _DASH):  # noqa: PLR1714 - for numba
        return _BAD
    offset = (hours * 60 + minutes) * 60
    return (seconds + clock - (offset if sign == _PLUS else -offset)) * 1_000_000


@part
def _two(content: Bytes, place: int) -> int:
    """Return the number of two digits, one below 0 where they are none."""
    tens, ones = np.int64(content[place]) - _ZERO, np.int64(content[place + 1]) - _ZERO
    return int(10 * tens + ones) if 0 <= tens <= 9 and 0 <= ones <= 9 else -1_000_000  # noqa: PLR2004 - digits


@part
def _clock(content: Bytes, place: int) -> int:
    """Return the seconds of a day that `04:05:06` says, -1 where it says none."""
    hour, minute, second = _two(content, place), _two(content, place + 3), _two(content, place + 6)
    marks = content[place + 2] == _COLON and content[place + 5] == _COLON
    good = marks and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60  # noqa: PLR2004 - of a day without a leap second
    return (hour * 60 + minute) * 60 + second if good else -1


@part
def _seconds(year: int, month: int, day: int) -> int:
    """Return the seconds from 1970 to a day, -1 where there is none such (Hinnant 2021, days_from_civil)."""
    if not _FIRST < year < _LAST or not 1 <= month <= 12 or day < 1:  # noqa: PLR2004 - months
        return -1
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > _DAYS[month - 1] + (month == 2 and is_leap):  # noqa: PLR2004 - February
        return -1
    years = year - (month <= 2)  # noqa: PLR2004 - a year that begins in March
    days = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return (years * 365 + years // 4 - years // 100 + years // 400 + days - 719_468) * 86_400
