"""Compiled dictionaries: numbers for pieces that repeat. Import this only where `compiled.worthwhile()` says so.

The hash is plain, and whoever wrote the log may have chosen what collides. So bytes are compared, and a column in which
many collide is given up: it is then read as any other.
"""

import numpy as np
import numpy.typing as npt

from forensics.ingest.compiled import kernel, part
from forensics.ingest.compiled_words import Bytes, word
from forensics.ingest.cut.kernels import Numbers, Words, _first, read_lines

Codes = npt.NDArray[np.uint32]

_WORD = 8
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_DOWN = np.uint64(32)
_NOTHING = np.uint64(0x5851F42D4C957F2D)
_BLOCK = 512  # lines
_FEWEST = 4096  # slots: twice as many as lines in a block
_FARTHEST = 256  # places looked at for one piece
GIVEN_UP = -1


@kernel
def cut_and_code(
    content: Bytes,
    views: Words,
    program: tuple[Numbers, Bytes, Bytes, Words, Numbers],
    tables: tuple[Numbers, Bytes, Numbers, Numbers, Words, Codes, Numbers, Numbers, Numbers],
) -> int:
    """Read lines as `read_lines` does and number what some groups hold, while it is in the cache; return how many.

    `program` are the arrays of a `Program`: steps, fixed, sets, stops, loose. `tables` are marks and hit (see
    `read_lines`), the groups that are asked for, and with a row for each of those: slots, hashes, codes, firsts (see
    `coded`), kinds (how many pieces there are), sizes (how many slots are in use), the last two zeros at first.
    """
    steps, fixed, sets, stops, loose = program
    marks, hit, asked, slots, hashes, codes, firsts, kinds, sizes = tables
    count = 0
    own = np.empty((len(asked), _BLOCK), np.uint64)
    for first in range(0, len(views), _BLOCK):
        before = count
        last = min(len(views), first + _BLOCK)
        count = read_lines(content, views, first, last, steps, fixed, sets, stops, loose, marks, hit, count)
        _hash(content, marks, before, count, asked, own)
        _code(content, marks, before, count, asked, own, slots, hashes, codes, firsts, kinds, sizes)
    return count


@kernel
def code(
    content: Bytes,
    marks: Numbers,
    asked: Numbers,
    slots: Numbers,
    hashes: Words,
    codes: Codes,
    firsts: Numbers,
    kinds: Numbers,
    sizes: Numbers,
) -> None:
    """Number what some groups hold, as `cut_and_code` does."""
    own = np.empty((len(asked), _BLOCK), np.uint64)
    for first in range(0, marks.shape[1], _BLOCK):
        last = min(marks.shape[1], first + _BLOCK)
        _hash(content, marks, first, last, asked, own)
        _code(content, marks, first, last, asked, own, slots, hashes, codes, firsts, kinds, sizes)


@part
def _hash(content: Bytes, marks: Numbers, first: int, last: int, asked: Numbers, own: Words) -> None:
    for row in range(len(asked)):
        one, two = 2 * asked[row], 2 * asked[row] + 1
        for line in range(first, last):
            begin, end = np.int64(marks[one, line]), np.int64(marks[two, line])
            own[row, line - first] = _NOTHING if begin < 0 else hashed(content, begin, end - begin)


@part
def _code(
    content: Bytes,
    marks: Numbers,
    first: int,
    last: int,
    asked: Numbers,
    own: Words,
    slots: Numbers,
    hashes: Words,
    codes: Codes,
    firsts: Numbers,
    kinds: Numbers,
    sizes: Numbers,
) -> None:
    for row in range(len(asked)):
        begins, ends = marks[2 * asked[row]], marks[2 * asked[row] + 1]
        if not sizes[row]:
            sizes[row] = _FEWEST
            slots[row, :_FEWEST] = 0
        if kinds[row] != GIVEN_UP:
            sizes[row] = grown(slots[row], hashes[row], kinds[row], sizes[row], kinds[row] + last - first)
            used = slots[row, : sizes[row]]
            kinds[row] = coded(
                content, begins, ends, first, last, own[row], used, hashes[row], codes[row], firsts[row], kinds[row]
            )


@part
def grown(slots: Numbers, hashes: Words, kinds: int, size: int, most: int) -> int:
    """Make room for so many pieces; return how many slots are in use now, at least twice as many."""
    if 2 * most <= size:
        return size
    while 2 * most > size:
        size *= 2
    slots[:size] = 0
    mask = np.uint64(size - 1)
    for code in range(kinds):
        slot = np.int64((hashes[code] >> _DOWN) & mask)
        while slots[slot]:
            slot = np.int64(np.uint64(slot + 1) & mask)
        slots[slot] = code + 1
    return size


@part
def coded(
    content: Bytes,
    begins: Numbers,
    ends: Numbers,
    first: int,
    last: int,
    found: Words,
    slots: Numbers,
    hashes: Words,
    codes: Codes,
    firsts: Numbers,
    count: int,
) -> int:
    """Number the distinct pieces in the order of their first places; return how many there are, -1 if given up.

    `slots` are zeros at first, a power of two at least twice as many as lines; `hashes` and `firsts` (the line in which
    each piece stands first) have a place for each line. A piece that begins at -1 is none, and equals its like.
    """
    mask = np.uint64(len(slots) - 1)
    for line in range(first, last):
        own = found[line - first]
        slot = np.int64((own >> _DOWN) & mask)
        for _ in range(_FARTHEST):
            code = slots[slot] - 1
            if code < 0:
                slots[slot] = count + 1
                firsts[count], hashes[count] = line, own
                code = count
                count += 1
                break
            other = firsts[code]
            if hashes[code] == own and _same(content, begins[line], ends[line], begins[other], ends[other]):
                break
            slot = np.int64(np.uint64(slot + 1) & mask)
        else:
            return GIVEN_UP
        codes[line] = code
    return count


@part
def hashed(content: Bytes, begin: int, size: int) -> np.uint64:
    """Return a number for the bytes of a piece."""
    own = np.uint64(size) * _FACTOR
    place, end = begin, begin + size
    while place + _WORD <= end:
        own = (own ^ word(content, place)) * _FACTOR
        own ^= own >> _DOWN
        place += _WORD
    if place < end:
        if place + _WORD <= len(content):
            rest = word(content, place) & _first(end - place)
        else:
            rest = np.uint64(0)
            for number in range(end - place):
                rest |= np.uint64(content[place + number]) << np.uint64(8 * number)
        own = (own ^ rest) * _FACTOR
    return own ^ own >> _DOWN


@part
def _same(content: Bytes, begin: int, end: int, other: int, behind: int) -> bool:
    if begin < 0 or other < 0:
        return begin < 0 and other < 0
    size, place = np.int64(end) - np.int64(begin), np.int64(0)
    if behind - other != size:
        return False
    while place + _WORD <= size:
        if word(content, begin + place) != word(content, other + place):
            return False
        place += _WORD
    while place < size:
        if content[begin + place] != content[other + place]:
            return False
        place += 1
    return True
