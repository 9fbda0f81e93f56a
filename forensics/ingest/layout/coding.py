"""Compiled loops over texts and their string views: what repeats gets a code, pieces become texts, views get together.

Hashes are plain, and whoever wrote the log may have chosen what collides: so bytes are compared, and where many collide
no codes are given. What works on each text calls nothing that takes an array: numba counts references to arrays, and
that would take longer than the work.
"""

from typing import NamedTuple

import numpy as np

from forensics.ingest.compiled import kernel
from forensics.ingest.compiled_words import word
from forensics.ingest.layout.lines import Bytes, Codes, Mask, Places, Words
from forensics.ingest.layout.words import put_word

_0, _1, _7, _32, _56 = (np.uint64(number) for number in (0, 1, 7, 32, 56))
_ONES, _HIGHS = np.uint64(0x0101_0101_0101_0101), np.uint64(0x8080_8080_8080_8080)
_NTH = np.uint64(0x0001_0203_0405_0607)  # times 256 ** n, its highest byte is n
SIZE = _LOW = np.uint64(0xFFFF_FFFF)  # where a view holds the size of its text
_A, _B, _C = (np.uint64(odd) for odd in (0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F))
_INLINED = 12  # bytes a string view holds itself
_NEWLINE, _RETURN, _PIECE = 10, 13, 64 << 10
_RETURNS = np.uint64(_RETURN) * _ONES
SLOTS, _GROWN = 256, 4  # of the smallest table; how many times larger the next one is
_PROBES = 256  # of a table half full: so many only where a writer chose texts that collide


class Skeleton(NamedTuple):
    """The literals of a shape in words of eight bytes, zeros behind the last; where each begins; bytes; kinds."""

    words: Words
    first: Places
    sizes: Places
    scalars: Mask


@kernel
def signed(number: np.uint64) -> int:
    """Return a number as one that others can be taken from."""
    return np.int64(number)  # type: ignore[return-value]


def slots(most: int) -> int:
    """Return how large a table of so many distinct values may become."""
    size = SLOTS
    while 2 * (most + 1) > size - 1:
        size *= _GROWN
    return size


@kernel
def show(content: Bytes, begins: Places, ends: Places, views: Words) -> None:
    """Write the string views of pieces; see `lines`."""
    for number in range(len(views)):
        place, size = begins[number], ends[number] - begins[number]
        held, high = word(content, place), np.uint64(place) << _32
        if size <= 4:  # noqa: PLR2004 - bytes in the first word
            held, high = held & ((_1 << np.uint64(8 * size)) - _1), _0
        elif size <= _INLINED:
            high = word(content, place + 4) & (~_0 >> np.uint64(64 - 8 * (size - 4)))
        views[number, 0], views[number, 1] = held << _32 | np.uint64(size), high


@kernel
def code(  # noqa: C901 - see above
    content: Bytes, views: Words, codes: Codes, distinct: Words, table: Words, known: int, mask: int
) -> tuple[int, int]:
    """Write the codes of texts; return how many distinct ones are known now, -1 for too many, and the table's mask."""
    for line in range(len(views)):
        low, high = views[line, 0], views[line, 1]
        size, place = signed(low & _LOW), signed(high >> _32)
        last = place + size - 8
        if size > _INLINED:
            tag = low
            for at in range(place, last, 8):
                tag = (tag ^ word(content, at)) * _A
                tag ^= tag >> _32
            tag ^= word(content, last) * _C
        else:
            tag = low * _A ^ high * _B
        tag = (tag ^ tag >> _32) * _A >> _32
        slot, probes, own = signed(tag) & mask, 0, known
        while table[slot] != _0 and probes < _PROBES:
            entry = table[slot]
            other = signed(entry & _LOW) - 1
            if entry >> _32 == tag and distinct[other, 0] == low:
                unlike = distinct[other, 1] ^ high
                if unlike != _0 and size > _INLINED:
                    shift = signed(distinct[other, 1] >> _32) - place
                    unlike = word(content, last) ^ word(content, last + shift)
                    for at in range(place, last, 8):
                        unlike |= word(content, at) ^ word(content, at + shift)
                if unlike == _0:
                    own = other
                    break
            slot = (slot + 1) & mask
            probes += 1
        codes[line] = own
        if own < known:
            continue
        if known == len(distinct) or probes == _PROBES:
            return -1, mask
        table[slot] = tag << _32 | np.uint64(known + 1)
        distinct[known, 0], distinct[known, 1] = low, high
        known += 1
        if 2 * known > mask:
            mask = _grown(table, mask)
    return known, mask


@kernel
def _grown(table: Words, mask: int) -> int:
    """Spread the entries of a table over a larger one; return its mask."""
    larger = _GROWN * (mask + 1) - 1
    old = table[: mask + 1].copy()
    table[: larger + 1] = 0
    for entry in old:
        if entry != _0:
            slot = signed(entry >> _32) & larger
            while table[slot] != _0:
                slot = (slot + 1) & larger
            table[slot] = entry
    return larger


@kernel
def encode(content: Bytes, views: Words, codes: Codes, distinct: Words, table: Words) -> int:
    """Write the codes of a column of texts; return how many distinct ones there are, -1 where too many collide."""
    table[:SLOTS] = 0
    known, _ = code(content, views, codes, distinct, table, 0, SLOTS - 1)
    return int(known)


@kernel
def pair(one: Codes, other: Codes, codes: Codes, distinct: Words, table: Words) -> int:
    """Write the codes of pairs of codes; return how many there are, -1 where too many collide."""
    table[:SLOTS] = 0
    known, mask = 0, SLOTS - 1
    for line in range(len(codes)):
        both = np.uint64(one[line]) << _32 | np.uint64(other[line])
        tag = (both ^ both >> _32) * _A
        tag = (tag ^ tag >> _32) * _B >> _32
        slot, probes = signed(tag) & mask, 0
        while table[slot] != _0 and probes < _PROBES:
            code = signed(table[slot] & _LOW) - 1
            if distinct[code, 0] == both:
                break
            slot = (slot + 1) & mask
            probes += 1
        if probes == _PROBES:
            return -1
        if table[slot] == _0:
            code = known
            table[slot] = tag << _32 | np.uint64(known + 1)
            distinct[known, 0] = both
            known += 1
            if 2 * known > mask:
                mask = _grown(table, mask)
        codes[line] = code
    return known


@kernel
def renumber(stand: Places, codes: Codes, firsts: Places, seen: Places) -> int:
    """Count numbers in the order of first places; return how many there are. `seen` holds -1 for each."""
    count = 0
    for at in range(len(stand)):
        number = stand[at]
        if seen[number] < 0:
            seen[number], firsts[count] = count, number
            count += 1
        codes[at] = seen[number]
    return count


@kernel
def find(content: Bytes, byte: int, places: Places) -> int:
    """Write the places of a byte, as many as there is room for; return how many there are."""
    wanted, count, place, whole = np.uint64(byte) * _ONES, 0, 0, len(content) - 7
    while place < whole:
        held = word(content, place) ^ wanted
        marked = (held - _ONES) & ~held & _HIGHS
        while marked != _0:
            lowest = marked & (~marked + _1)
            at = place + signed((lowest >> _7) * _NTH >> _56)
            if content[at] == byte:  # a mark above another may be none
                if count < len(places):
                    places[count] = at
                count += 1
            marked ^= lowest
        place += 8
    while place < len(content):
        if content[place] == byte:
            if count < len(places):
                places[count] = place
            count += 1
        place += 1
    return count


@kernel
def ends(content: Bytes, places: Places) -> tuple[int, bool]:
    """Write the places of line ends, see `find`; tell, too, whether all is ASCII without NULs and returns.

    Piece by piece: what was looked at for the one is in the cache for the other.
    """
    high = nul = carriage = _0
    count = 0
    for begin in range(0, len(content), _PIECE):
        piece = content[begin : begin + _PIECE]
        for number in range(len(piece) // 8):
            held = word(piece, 8 * number)
            other = held ^ _RETURNS
            high |= held
            nul |= (held - _ONES) & ~held
            carriage |= (other - _ONES) & ~other
        for at in range(len(piece) // 8 * 8, len(piece)):
            if piece[at] == 0 or piece[at] == _RETURN:
                nul = _HIGHS
            high |= np.uint64(piece[at])
        own = find(piece, _NEWLINE, places[count:])
        for number in range(count, min(count + own, len(places))):
            places[number] += begin
        count += own
    return count, (high | nul | carriage) & _HIGHS == _0


@kernel
def join(content: Bytes, views: Words, wanted: Places, pieces: Skeleton, out: Bytes, whole: Words) -> int:
    """Write for every line the pieces with the wanted values between them; return the place behind the last.

    Behind what is written `MARGIN` bytes have to be there. `whole` becomes the string views of what is written.
    """
    words, first, sizes = pieces.words, pieces.first, pieces.sizes
    begins, ends = np.empty(len(whole), np.int64), np.empty(len(whole), np.int64)
    place = 0
    for line in range(len(whole)):
        begin = place
        for number in range(len(sizes)):
            for done in range(0, sizes[number], 8):
                put_word(out, place + done, words[first[number] + done // 8])
            place += sizes[number]
            if number < len(wanted):
                low, high = views[wanted[number], line, 0], views[wanted[number], line, 1]
                size = signed(low & _LOW)
                if size <= _INLINED:
                    put_word(out, place, low >> _32)
                    put_word(out, place + 4, high)
                else:
                    source = signed(high >> _32)
                    for done in range(0, size, 8):
                        put_word(out, place + done, word(content, source + done))
                place += size
        begins[line], ends[line] = begin, place
    show(out, begins, ends, whole)
    return place


@kernel
def place_views(whole: Words, rows: Places, own: Words, buffer: int) -> None:
    """Put views of a column into the rows of another, whose buffer of that number is theirs."""
    shift = np.uint64(buffer)
    for at in range(len(rows)):
        low, high = own[at, 0], own[at, 1]
        whole[rows[at], 0] = low
        whole[rows[at], 1] = high + shift if low & _LOW > np.uint64(_INLINED) else high
