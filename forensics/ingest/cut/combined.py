"""A plain combined line read at its known places: what the program of `clf.PLAIN` does, in a third of the time.

The pattern stays the description: a line that does not look exactly like this is left to it. Import this only where
`compiled.worthwhile()` says so. Before a byte is read, its place is compared with the end of its line.
"""

import numpy as np
import numpy.typing as npt

from forensics.ingest.compiled import part
from forensics.ingest.compiled_words import Bytes, word
from forensics.ingest.cut.kernels import Numbers, Words, behind_text, until

GROUPS = ("host", "ident", "user", "time", "line", "status", "size", "referrer", "agent")
_HOST, _IDENT, _USER, _TIME, _LINE, _STATUS, _SIZE, _REFERRER, _AGENT = range(0, 2 * len(GROUPS), 2)
_SHORTEST = len('h i u [02/Mar/2026:04:05:06 +0000] "" - - "" ""')
_INLINED = 12
_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_BLANK, _QUOTE, _OPENING, _CLOSING, _HYPHEN, _PLUS, _ZERO, _NINE = (ord(each) for each in ' "[]-+09')
_BLANKS, _COMMAS, _QUOTES = (np.uint64(byte * 0x0101010101010101) for byte in b' ,"')
_ONES, _HIGHS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_ZEROS, _BEYOND_NINE = np.uint64(0x3030303030303030), np.uint64(0x7676767676767676)
_LETTER, _UNTIL_A, _BEYOND_Z = (np.uint64(byte * 0x0101010101010101) for byte in (0x20, 0x80 - 0x61, 0x80 - 0x7B))
_TIMED, _DIGITS = len("02/Mar/2026:04:05:06 +0000"), 18


def _shape(text: bytes) -> tuple[np.uint64, np.uint64, np.uint64, np.uint64]:
    """Return what stands in eight bytes where neither a digit (9), a letter (a) nor anything (?) does, and masks."""
    kinds = [b"\xff" if each in b"9a?" else b"\0" for each in text]
    fixed = bytes(0 if kind == b"\xff" else each for kind, each in zip(kinds, text, strict=True))
    masks = (fixed, *(bytes(0xFF * test for test in tests) for tests in (
        [kind == b"\0" for kind in kinds], [each == ord("9") for each in text], [each == ord("a") for each in text],
    )))  # fmt: skip
    return tuple(np.uint64(int.from_bytes(each, "little")) for each in masks)


_DATE, _CLOCK, _ZONE = _shape(b"99/aaa/9"), _shape(b"999:99:9"), _shape(b"9:99 ?99")


@part
def read_combined(
    content: Bytes,
    views: Words,
    first: int,
    last: int,
    marks: Numbers,
    numbers: npt.NDArray[np.int64],
    hit: Bytes,
    count: int,
) -> int:
    """Read lines as `kernels.read_lines` does; `numbers` get status and size, 0 for `-`."""
    for line in range(first, last):
        size = np.int64(views[line, 0] & _LOW)
        start = np.int64(views[line, 1] >> _HALF)
        hit[line] = 0
        if size >= _SHORTEST and views[line, 1] & _LOW == 0 and start + size <= len(content):
            hit[line] = _line(content, start, start + size, marks, numbers, count)
            count += hit[line]
    return count


@part
def _line(content: Bytes, p: int, end: int, marks: Numbers, numbers: npt.NDArray[np.int64], line: int) -> int:
    marks[_HOST, line], begin = p, p
    p = until(content, p, end, _BLANKS, _COMMAS, _QUOTES)
    if p == begin or p + _SHORTEST - 1 > end or content[p] != _BLANK:
        return 0
    marks[_HOST + 1, line] = p
    begin = p + 1
    p = begin + 1 if content[begin] != _BLANK and content[begin + 1] == _BLANK else _blank(content, begin, end)
    if p == begin or p + 1 >= end:
        return 0
    marks[_IDENT, line], marks[_IDENT + 1, line], begin = begin, p, p + 1
    p = _blank(content, begin, end)
    if p == begin or p + _TIMED + 2 >= end or content[p + 1] != _OPENING:
        return 0
    marks[_USER, line], marks[_USER + 1, line], begin = begin, p, p + 2
    p = begin + _TIMED
    if not _is_time(content, begin) or content[p] != _CLOSING:
        return 0
    marks[_TIME, line], marks[_TIME + 1, line] = begin, p
    for mark in (_LINE, -1, _REFERRER, _AGENT):
        if mark < 0:
            p = _counts(content, p + 1, end, marks, numbers, line)
            if p < 0:
                return 0
            continue
        if mark == _LINE:
            p += 1
        if p + 2 >= end or content[p] != _BLANK or content[p + 1] != _QUOTE:
            return 0
        begin = p + 2
        p = behind_text(content, begin, end)
        if p >= end or content[p] != _QUOTE:
            return 0
        marks[mark, line], marks[mark + 1, line] = begin, p
        if mark != _LINE:
            p += 1
    return 1 if p == end else 0


@part
def _counts(content: Bytes, p: int, end: int, marks: Numbers, numbers: npt.NDArray[np.int64], line: int) -> int:
    """Read status and size; return the place behind them, -1 where they are not there."""
    for mark in (_STATUS, _SIZE):
        if p + 1 >= end or content[p] != _BLANK:
            return -1
        begin, found = p + 1, np.int64(0)
        p = begin
        while p < end and _ZERO <= content[p] <= _NINE:
            found = found * 10 + np.int64(content[p]) - _ZERO
            p += 1
        if p == begin:
            if content[p] != _HYPHEN:
                return -1
            p += 1
        elif (mark == _STATUS and p - begin != 3) or p - begin > _DIGITS:  # noqa: PLR2004 - digits of a status
            return -1
        numbers[(mark - _STATUS) // 2, line] = found
        marks[mark, line], marks[mark + 1, line] = begin, p
    return p


@part
def _blank(content: Bytes, p: int, end: int) -> int:
    """Return the place of the first blank, or the end."""
    return until(content, p, end, _BLANKS, _BLANKS, _BLANKS)


@part
def _is_time(content: Bytes, p: int) -> bool:
    """Tell whether a time of the Common Log Format stands there, two digits for the day and no fraction."""
    bad = (
        _unlike(word(content, p), _DATE) | _unlike(word(content, p + 8), _CLOCK) | _unlike(word(content, p + 16), _ZONE)
    )
    sign, one, two = content[p + 21], content[p + 24], content[p + 25]
    good: bool = (sign == _PLUS or sign == _HYPHEN) and _ZERO <= one <= _NINE and _ZERO <= two <= _NINE
    return good and bad == 0


@part
def _unlike(held: np.uint64, shape: tuple[np.uint64, np.uint64, np.uint64, np.uint64]) -> np.uint64:
    fixed, is_fixed, is_digit, is_letter = shape
    digit, letter = held ^ _ZEROS, held | _LETTER
    over = (digit & ~_HIGHS) + _BEYOND_NINE | digit
    low = letter & ~_HIGHS
    within = (low + _UNTIL_A) & ~(low + _BEYOND_Z) & ~held
    wrong: np.uint64 = (held ^ fixed) & is_fixed | over & _HIGHS & is_digit | ~within & _HIGHS & is_letter
    return wrong
