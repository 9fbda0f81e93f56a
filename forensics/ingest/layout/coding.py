"""Compiled loops over texts and their string views: what repeats gets a code, pieces become texts, views get together.

Hashes are plain, and whoever wrote the log may have chosen what collides: so bytes are compared, and where many collide
no codes are given. What works on each text calls nothing that takes an array: numba counts references to arrays, and
that would take longer than the work.
"""

from typing import NamedTuple

import numpy as np

from forensics.ingest.compiled import kernel
from forensics.ingest.compiled_words import WIDE, below_or_foreign, equal, lowest, word
from forensics.ingest.layout.lines import Bytes, Codes, Mask, Places, Words
from forensics.ingest.layout.words import put_wide, put_word

_0, _1, _32 = (np.uint64(number) for number in (0, 1, 32))
SIZE = _LOW = np.uint64(0xFFFF_FFFF)  # where a view holds the size of its text
_A, _B, _C = (np.uint64(odd) for odd in (0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F))
_INLINED = 12  # bytes a string view holds itself
_NEWLINE, _RETURN, _LEAST, _FOREIGN, _PIECE = 10, 13, 1, 0x80, 64 << 10
SLOTS, _GROWN = 256, 4  # of the smallest table; how many times larger the next one is
_PROBES = 256  # of a table half full: so many only where a writer chose texts that collide


class Skeleton(NamedTuple):
    """The literals of a shape in words of eight bytes, at least two each, `MARGIN` zeros behind; and what they are.

    Attributes:
        masks: which bytes of the words are theirs.
        first: the first word of each.
        sizes: bytes of each.
        heads: of each the first two words, each with its mask behind it.
        scalars: whether the value behind each is no text.
    """

    words: Words
    masks: Words
    first: Places
    sizes: Places
    heads: Words
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
            other = (entry & _LOW) - _1  # without a sign: numba counts what has one from the end where it is below 0
            if entry >> _32 == tag and distinct[other, 0] == low:
                unlike = distinct[other, 1] ^ high
                if unlike != _0 and size > _INLINED:
                    shift = signed(distinct[other, 1] >> _32) - place
                    unlike = word(content, last) ^ word(content, last + shift)
                    for at in range(place, last, 8):
                        unlike |= word(content, at) ^ word(content, at + shift)
                if unlike == _0:
                    own = signed(other)
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
def first(codes: Codes, places: Places) -> int:
    """Write where each code, counted in the order of first places, stands first; return how many there are."""
    count = 0
    for at in range(len(codes)):
        if codes[at] == count:
            places[count] = at
            count += 1
    return count


@kernel
def find(content: Bytes, byte: int, places: Places) -> int:
    """Write the places of a byte, as many as there is room for; return how many there are."""
    count, place = 0, 0
    while place + WIDE <= len(content):
        marked = equal(content, place, byte)
        while marked != _0:
            if count < len(places):
                places[count] = place + lowest(marked)
            count += 1
            marked &= marked - _1
        place += WIDE
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
    odd, count = _0, 0
    for begin in range(0, len(content), _PIECE):
        piece = content[begin : begin + _PIECE]
        whole = len(piece) // WIDE * WIDE
        for at in range(0, whole, WIDE):
            odd |= equal(piece, at, _RETURN) | below_or_foreign(piece, at, _LEAST)
        for at in range(whole, len(piece)):
            odd |= np.uint64(piece[at] == _RETURN or piece[at] == 0 or piece[at] >= _FOREIGN)
        own = find(piece, _NEWLINE, places[count:])
        for number in range(count, min(count + own, len(places))):
            places[number] += begin
        count += own
    return count, odd == _0


@kernel
def join(content: Bytes, views: Words, pieces: Skeleton, out: Bytes, whole: Words) -> None:
    """Write for every line the pieces with its values, views in values x lines, between them.

    Behind what is written `MARGIN` bytes have to be there. `whole` becomes the string views of what is written.
    """
    text, first, sizes, last = pieces.words.view(np.uint8), 8 * pieces.first, pieces.sizes, len(pieces.sizes) - 1
    places = np.empty(len(whole) + 1, np.int64)
    place = 0
    for line in range(len(whole)):
        places[line] = place
        for number in range(last + 1):
            put_wide(out, place, text, first[number])
            if sizes[number] > WIDE:
                for done in range(WIDE, sizes[number], WIDE):
                    put_wide(out, place + done, text, first[number] + done)
            place += sizes[number]
            if number == last:
                break
            low, high = views[number, line, 0], views[number, line, 1]
            size = signed(low & _LOW)
            if size <= _INLINED:
                put_word(out, place, low >> _32)
                put_word(out, place + 4, high)
            else:
                source = signed(high >> _32)
                for done in range(0, size, WIDE):
                    put_wide(out, place + done, content, source + done)
            place += size
    places[len(whole)] = place
    show(out, places[:-1], places[1:], whole)


@kernel
def place_views(whole: Words, rows: Places, own: Words, buffer: int) -> None:
    """Put views of a column into the rows of another, whose buffer of that number is theirs."""
    shift = np.uint64(buffer)
    for at in range(len(rows)):
        low, high = own[at, 0], own[at, 1]
        whole[rows[at], 0] = low
        whole[rows[at], 1] = high + shift if low & _LOW > np.uint64(_INLINED) else high
