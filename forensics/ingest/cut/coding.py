"""Compiled dictionaries: numbers for pieces that repeat. Import this only where `compiled.worthwhile()` says so.

The hash is plain, and whoever wrote the log may have chosen what collides. So bytes are compared, and a column in which
many collide is given up: it is then read as any other.
"""

import numpy as np
import numpy.typing as npt

from forensics.ingest.compiled import kernel, part
from forensics.ingest.compiled_words import Bytes, word
from forensics.ingest.cut.kernels import Numbers, Words

Pieces = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.uint32]
# With a row for each column: slots, pieces, codes, firsts (see `coded`), kinds (how many pieces there are), sizes (how
# many slots are in use); the last two are zeros at first.
Tables = tuple[Words, Pieces, Codes, Numbers, Numbers, Numbers]

_WORD, _INLINED = 8, 12
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_DOWN = np.uint64(32)
_NOTHING = np.uint64(0x5851F42D4C957F2D)
_FEWEST = 4096  # slots
BLOCK = 512  # lines that are in the cache at once
_SIZE = np.uint64(0xFFFFFFFF)
_MASKS = np.array([(1 << 8 * count) - 1 for count in range(_WORD + 1)], np.uint64)
_FARTHEST = 256  # places looked at for one piece
GIVEN_UP = -1


@part
def number(content: Bytes, begins: Numbers, ends: Numbers, first: int, last: int, row: int, tables: Tables) -> None:
    """Number the pieces of some lines with those before them, in one row of tables, unless it was given up."""
    slots, pieces, codes, firsts, kinds, sizes = tables
    if not sizes[row]:
        sizes[row] = _FEWEST
        slots[row, :_FEWEST] = 0
    if kinds[row] != GIVEN_UP:
        sizes[row] = grown(slots[row], pieces[row], kinds[row], sizes[row], kinds[row] + last - first)
        used = slots[row, : sizes[row]]
        own = pieces[row], codes[row], firsts[row]
        kinds[row] = coded(content, begins, ends, first, last, used, own, kinds[row])


@part
def grown(slots: Words, pieces: Words, kinds: int, size: int, most: int) -> int:
    """Make room for so many pieces; return how many slots are in use now, at least twice as many."""
    if 2 * most <= size:
        return size
    while 2 * most > size:
        size *= 2
    slots[:size] = 0
    mask = np.uint64(size - 1)
    for code in range(kinds):
        slot = np.int64((pieces[code, 0] >> _DOWN) & mask)
        while slots[slot]:
            slot = np.int64(np.uint64(slot + 1) & mask)
        slots[slot] = pieces[code, 0] << _DOWN | np.uint64(code + 1)
    return size


@part
def coded(
    content: Bytes,
    begins: Numbers,
    ends: Numbers,
    first: int,
    last: int,
    slots: Words,
    tables: tuple[Words, Codes, Numbers],
    count: int,
) -> int:
    """Number the distinct pieces in the order of their first places; return how many there are, -1 if given up.

    `slots` are zeros at first, a power of two at least twice as many as lines. `tables` have a place for each line:
    pieces, codes, and the line in which each piece stands first. Of a piece are kept its hash, place and size, and its
    first 16 bytes; a piece that begins at -1 is none, and equals its like. A slot holds a half of the hash, so that
    hardly another piece is looked at, and 1 + the number of a piece.
    """
    pieces, codes, firsts = tables
    mask = np.uint64(len(slots) - 1)
    hashes = np.empty((last - first, 4), np.uint64)
    for line in range(first, last):
        begin, size = np.int64(begins[line]), np.int64(ends[line]) - np.int64(begins[line])
        one, two, own = np.uint64(0), np.uint64(0), _NOTHING
        if begin >= 0:
            one, two = _word(content, begin, size), _word(content, begin + _WORD, size - _WORD)
            own = hashed(content, begin, size, one, two)
        hashes[line - first, 0], hashes[line - first, 1], hashes[line - first, 2] = own, one, two
    _bring_near(content, slots, pieces, hashes, last - first, mask)
    code = np.int64(0)
    for line in range(first, last):
        begin, size = np.int64(begins[line]), np.int64(ends[line]) - np.int64(begins[line])
        own, one, two = hashes[line - first, 0], hashes[line - first, 1], hashes[line - first, 2]
        place = np.uint64(begin) << _DOWN | np.uint64(size) if begin >= 0 else _NOTHING
        slot, tag = np.uint64((own >> _DOWN) & mask), own & _SIZE
        for _ in range(_FARTHEST):
            entry = slots[slot]
            if entry == 0:
                slots[slot] = tag << _DOWN | np.uint64(count + 1)
                pieces[count, 0], pieces[count, 1], pieces[count, 2], pieces[count, 3] = own, place, one, two
                firsts[count] = line
                code = np.int64(count)
                count += 1
                break
            if entry >> _DOWN == tag:
                code = np.int64(entry & _SIZE) - 1
                if pieces[code, 0] == own and pieces[code, 2] == one and pieces[code, 3] == two:
                    other = pieces[code, 1]
                    short = size <= 2 * _WORD or begin < 0
                    if (other ^ place) & _SIZE == 0 and (
                        short or _same(content, begin, np.int64(other >> _DOWN), size)
                    ):
                        break
            slot = (slot + np.uint64(1)) & mask
        else:
            return GIVEN_UP
        codes[line] = code
    return count


@part
def _bring_near(content: Bytes, slots: Words, pieces: Words, hashes: Words, lines: int, mask: np.uint64) -> None:
    """Touch what the look-ups of some hashes will read: asked for all at once, memory answers many times as fast."""
    seen = np.uint64(0)
    for line in range(lines):
        seen ^= slots[(hashes[line, 0] >> _DOWN) & mask]
    for line in range(lines):
        entry = slots[(hashes[line, 0] >> _DOWN) & mask]
        hashes[line, 3] = 0
        if entry and entry >> _DOWN == hashes[line, 0] & _SIZE:
            hashes[line, 3] = pieces[np.int64(entry & _SIZE) - 1, 1]
    for line in range(lines):
        place = np.int64(hashes[line, 3] >> _DOWN)
        if 0 < place < len(content):
            seen ^= np.uint64(content[place])
    if lines:
        hashes[0, 3] = seen  # or nothing would be read


@part
def _word(content: Bytes, begin: int, size: int) -> np.uint64:
    """Return the first bytes of a piece, at most eight, as one number."""
    count = max(0, min(size, _WORD))
    if begin + _WORD <= len(content):  # no branch by size: half of them would be guessed wrongly
        masked: np.uint64 = word(content, begin) & _MASKS[count]
        return masked
    found = np.uint64(0)
    for number in range(count):
        found |= np.uint64(content[begin + number]) << np.uint64(8 * number)
    return found


@part
def hashed(content: Bytes, begin: int, size: int, one: np.uint64, two: np.uint64) -> np.uint64:
    """Return a number for the bytes of a piece, the first 16 of which are known."""
    own = (np.uint64(size) ^ one) * _FACTOR
    own = (own ^ own >> _DOWN ^ two) * _FACTOR
    if size > 2 * _WORD:
        last = begin + size - 2 * _WORD
        place = min(begin + 2 * _WORD, last)  # up to 48 bytes are one way: a branch by size is guessed wrongly
        own = (own ^ own >> _DOWN ^ word(content, place)) * _FACTOR
        own = (own ^ own >> _DOWN ^ word(content, place + _WORD)) * _FACTOR
        place += 2 * _WORD
        while place < last:
            own = (own ^ own >> _DOWN ^ word(content, place)) * _FACTOR
            own = (own ^ own >> _DOWN ^ word(content, place + _WORD)) * _FACTOR
            place += 2 * _WORD
        own = (own ^ own >> _DOWN ^ word(content, last)) * _FACTOR
        own = (own ^ own >> _DOWN ^ word(content, last + _WORD)) * _FACTOR
    return own ^ own >> _DOWN


@part
def _same(content: Bytes, begin: int, other: int, size: int) -> bool:
    """Tell whether two pieces of more than 16 bytes, the first 16 being equal, are equal; 16 bytes are one step."""
    last = size - 2 * _WORD
    place = min(2 * _WORD, last)
    unlike = _unlike(content, begin + last, other + last) | _unlike(content, begin + place, other + place)
    place += 2 * _WORD
    while place < last:
        unlike |= _unlike(content, begin + place, other + place)
        place += 2 * _WORD
    alike: bool = unlike == 0
    return alike


@part
def _unlike(content: Bytes, one: int, two: int) -> np.uint64:
    low: np.uint64 = word(content, one) ^ word(content, two)
    return low | word(content, one + _WORD) ^ word(content, two + _WORD)


@kernel
def pieces_shown(pieces: Words, views: Words, there: Bytes) -> None:
    """Write the string views of numbered pieces: all that views hold is known of them."""
    for code in range(len(views)):
        place, one, two = pieces[code, 1], pieces[code, 2], pieces[code, 3]
        there[code] = place != _NOTHING
        size = place & _SIZE if there[code] else np.uint64(0)
        views[code, 0] = one << _DOWN | size
        views[code, 1] = one >> _DOWN | two << _DOWN if size <= np.uint64(_INLINED) else place & ~_SIZE
