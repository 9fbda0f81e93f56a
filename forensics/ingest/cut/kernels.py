"""Compiled loops over the bytes of lines. Import this only where `compiled.worthwhile()` says so.

Bytes are hostile: before a byte is read, its place is compared with the end of its line; lines lie within `content`.
"""

import numpy as np
import numpy.typing as npt

from forensics.ingest.compiled import kernel, part
from forensics.ingest.compiled_words import WIDE, Bytes, equal, lowest, word
from forensics.ingest.cut.program import (
    CASE,
    ENDING,
    FIXED,
    HOLDING,
    JUMP,
    LAZY,
    MARK,
    NO_MARK,
    NO_SET,
    QUOTED,
    SPAN,
    UNTIL,
    WHEN,
)

Words = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int32]
_WORD, _INLINED = 8, 12
_NEWLINE, _QUOTE, _BACKSLASH, _HYPHEN, _ZERO = 10, 34, 92, 45, 48
_NINE, _DIGITS = 9, 18
_QUOTES = np.uint64(0x2222222222222222)
_BACKSLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)
_BYTE = np.uint64(0xFF)
_LOW_HALF, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)


@part
def read_lines(
    content: Bytes,
    views: Words,
    first: int,
    last: int,
    steps: Numbers,
    fixed: Bytes,
    sets: Bytes,
    stops: Words,
    loose: Numbers,
    marks: Numbers,
    hit: Bytes,
    count: int,
) -> int:
    """Read lines, which are string views of `content`, by a program; return how many were read before and now.

    Those that are read follow each other in `marks` (marks x lines), from `count` on: where the groups begin and end in
    `content`, -1 for those in `loose` that take no part. `hit` gets 1 for each line that was read, 0 for all others.
    """
    for line in range(first, last):
        size = np.int64(views[line, 0] & _LOW_HALF)
        start = np.int64(views[line, 1] >> _HALF)
        hit[line] = 0
        if size > _INLINED and views[line, 1] & _LOW_HALF == 0 and start + size <= len(content):
            for mark in loose:
                marks[mark, count] = NO_MARK
            hit[line] = _line(content, start, start + size, steps, fixed, sets, stops, marks, count)
            count += hit[line]
    return count


@part
def _line(
    content: Bytes,
    p: int,
    end: int,
    steps: Numbers,
    fixed: Bytes,
    sets: Bytes,
    stops: Words,
    marks: Numbers,
    line: int,
) -> int:
    at = 0
    while True:
        kind, one, two, three = steps[at, 0], steps[at, 1], steps[at, 2], steps[at, 3]
        before, behind = steps[at, 4], steps[at, 5]
        if before >= 0:
            marks[before, line] = p
        at += 1
        if kind == FIXED:
            if p + two > end:
                return 0
            good = np.uint8(1)
            for number in range(two):
                good &= sets[fixed[one + number], content[p + number]]
            if not good:
                return 0
            p += two
        elif kind == QUOTED:
            p = behind_text(content, p, end)
        elif kind == UNTIL:
            begin = p
            p = until(content, p, end, stops[one, 0], stops[one, 1], stops[one, 2])
            if p < begin + two:
                return 0
        elif kind == SPAN:
            begin, stop = p, min(end, p + three)
            while p < stop and sets[one, content[p]]:
                p += 1
            if p < begin + two:
                return 0
        elif kind == CASE:
            if p >= end or not sets[one, content[p]]:
                at = two
            elif three != NO_SET and (p + 1 >= end or not sets[three, content[p + 1]]):
                at = two
        elif kind == HOLDING:
            held = np.uint8(0)
            while p < end and sets[one, content[p]]:
                held |= sets[two, content[p]]
                p += 1
            if not held:
                return 0
        elif kind == ENDING:
            begin = p
            while p < end and sets[one, content[p]]:
                p += 1
            if p == begin or not sets[two, content[p - 1]]:
                return 0
        elif kind == LAZY:
            p = _before(content, p, end, steps[at, 1], steps[at, 2], fixed, sets, one)
            if p < 0:
                return 0
        elif kind == WHEN:
            if p < end and sets[one, content[p]]:
                at = two
        elif kind == JUMP:
            at = one
        elif kind != MARK:
            return 1 if p == end else 0
        if behind >= 0:
            marks[behind, line] = p


@part
def _before(content: Bytes, p: int, end: int, place: int, count: int, fixed: Bytes, sets: Bytes, between: int) -> int:
    """Return where fixed bytes stand first, with bytes of a set before them only; -1 where they do not."""
    while p + count <= end:
        good = np.uint8(1)
        for number in range(count):
            good &= sets[fixed[place + number], content[p + number]]
        if good:
            return p
        if not sets[between, content[p]]:
            return -1
        p += 1
    return -1


@part
def until(content: Bytes, p: int, end: int, one: np.uint64, two: np.uint64, three: np.uint64) -> int:
    """Return the place of the first of three bytes, or the end."""
    while p < end and p + WIDE <= len(content):
        mark = equal(content, p, one & _BYTE) | equal(content, p, two & _BYTE) | equal(content, p, three & _BYTE)
        if mark:
            return min(p + lowest(mark), end)
        p += WIDE
    while p < end:
        byte = np.uint64(content[p])
        if byte == one & _BYTE or byte == two & _BYTE or byte == three & _BYTE:
            return p
        p += 1
    return end


@part
def behind_text(content: Bytes, p: int, end: int) -> int:
    """Return the place behind a text in quotes that begins at a place: of its quote, or where the line breaks off."""
    while True:
        p = until(content, p, end, _QUOTES, _BACKSLASHES, _BACKSLASHES)
        if p + 1 >= end or content[p] == _QUOTE or content[p + 1] == _NEWLINE:
            return p
        p += 2


@kernel
def views_of(content: Bytes, begins: Numbers, ends: Numbers, views: Words, there: Bytes) -> None:
    """Write the string views of pieces of `content`; a piece that begins at -1 is none."""
    for line in range(len(begins)):
        begin, size = np.int64(begins[line]), np.int64(ends[line]) - np.int64(begins[line])
        there[line] = begin >= 0
        low, high = np.uint64(0), np.uint64(0)
        if begin >= 0:
            if begin + 2 * _WORD <= len(content):
                low, high = word(content, begin), word(content, begin + _WORD)
            else:
                for number in range(min(size, 2 * _WORD)):
                    byte = np.uint64(content[begin + number]) << np.uint64(8 * (number % _WORD))
                    if number < _WORD:
                        low |= byte
                    else:
                        high |= byte
            if size > _INLINED:
                high = np.uint64(begin) << _HALF
            else:
                high = (low >> _HALF | high << _HALF) & _first(size - 4)
            low = (low & _first(min(size, 4))) << _HALF | np.uint64(size)
        views[line, 0], views[line, 1] = low, high


@part
def _first(count: int) -> np.uint64:
    """Return the mask of the first bytes of a word, none for a count below 1."""
    if count <= 0:
        return np.uint64(0)
    return np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(8 * (_WORD - count))


@kernel
def integers(content: Bytes, begins: Numbers, ends: Numbers, found: npt.NDArray[np.int64], odd: Bytes) -> None:
    """Read pieces of 1 to 18 digits as numbers, `-` as 0; `odd` gets 1 for each that is neither, 0 for all others."""
    for line in range(len(begins)):
        number, begin, end = np.int64(0), np.int64(begins[line]), np.int64(ends[line])
        odd[line] = 0
        if end - begin != 1 or content[begin] != _HYPHEN:
            odd[line] = begin < 0 or end - begin < 1 or end - begin > _DIGITS
            for place in range(max(0, begin), end):
                digit = np.int64(content[place]) - _ZERO
                odd[line] |= digit < 0 or digit > _NINE
                number = number * 10 + digit
        found[line] = number
