"""Compiled loops over the bytes of JSON lines: one pass cuts, checks and codes; see docs/adr/0009.

Every place that is read lies between the beginning of a line and its end, or less than `MARGIN` bytes behind it. What
works on each value calls nothing that takes an array: numba counts references to arrays, and that would take longer
than the work. So these are long functions of few ideas.
"""

from typing import NamedTuple

import numpy as np

from forensics.ingest.compiled import kernel
from forensics.ingest.layout.lines import Bytes, Codes, Mask, Places, Words
from forensics.ingest.layout.words import put_word, word

_0, _1, _7, _32, _56 = (np.uint64(number) for number in (0, 1, 7, 32, 56))
_ONES, _HIGHS = np.uint64(0x0101_0101_0101_0101), np.uint64(0x8080_8080_8080_8080)
_QUOTES, _SLASHES, _BLANKS = (np.uint64(byte * 0x0101_0101_0101_0101) for byte in (0x22, 0x5C, 0x20))
_NTH = np.uint64(0x0001_0203_0405_0607)  # times 256 ** n, its highest byte is n
SIZE = _LOW = np.uint64(0xFFFF_FFFF)
_A, _B, _C = (np.uint64(odd) for odd in (0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93, 0xA076_1D64_78BD_642F))
_ZERO, _NINE, _MINUS, _DOT, _QUOTE, _TRUE, _FALSE = (ord(each) for each in '09-."tf')
_RUE, _ALSE = (np.uint64(int.from_bytes(each, "little")) for each in (b"true", b"alse"))
_INLINED = 12  # bytes a string view holds itself
_SLOTS, _GROWN = 256, 4  # of the smallest table; how many times larger the next one is
_PROBES = 256  # of a table half full: so many only where a writer chose texts that collide
_LOOK = 1000  # lines after which a value that hardly repeats is no longer coded
_BLOCK = 512  # lines that are cut, then coded, while they are in the cache
_REFUSED, _WRITTEN, _DOUBTFUL = 0, 1, 2


class Skeleton(NamedTuple):
    """The literals of a shape in words of eight bytes, zeros behind the last; where each begins; bytes; kinds."""

    words: Words
    first: Places
    sizes: Places
    scalars: Mask


class Coded(NamedTuple):
    """What becomes of the values of lines: string views, codes, and the distinct values in order of first places.

    Arrays of values x lines x 2 (views), values x lines (codes), values x codes x 2 (views), values x slots; `counts`
    are the distinct values so far, -1 where a value is coded no longer.
    """

    views: Words
    codes: Codes
    distinct: Words
    tables: Words
    counts: Places


class Lined(NamedTuple):
    """Bytes, and where lines begin and end in them."""

    content: Bytes
    starts: Places
    ends: Places


def slots(most: int) -> int:
    """Return how large a table of so many distinct values may become."""
    size = _SLOTS
    while 2 * (most + 1) > size - 1:
        size *= _GROWN
    return size


@kernel
def cut(lined: Lined, rows: Places, skeleton: Skeleton, coded: Coded, unlike: int, fit: Places) -> tuple[int, int]:
    """Cut lines of one shape.

    Writes into `fit` the rows that have the shape, and from its end backwards those that have not; returns how many
    have, and how many of them hold numbers in doubt: these are marked by -1 - row.
    """
    values = len(skeleton.scalars)
    places = np.empty((2, values, _BLOCK), np.int64)
    masks = np.full(values, _SLOTS - 1, np.int64)
    coded.tables[:, :_SLOTS] = 0
    found, refused, doubts = 0, len(rows), 0
    for at in range(0, len(rows), _BLOCK):
        block = rows[at : at + _BLOCK]
        more, refused, doubtful = _located(lined, block, skeleton, places, fit, found, refused)
        doubts += doubtful
        for value in range(values):
            masks[value] = _coded(lined.content, places[:, value], more, coded, value, found, masks[value])
            if found <= _LOOK < found + more and coded.counts[value] > unlike * (found + more) // _LOOK:
                coded.counts[value] = -1
        found += more
    return found, doubts


@kernel
def _located(  # noqa: C901, PLR0912, PLR0915 - see above
    lined: Lined, rows: Places, skeleton: Skeleton, places: Places, fit: Places, found: int, refused: int
) -> tuple[int, int, int]:
    """Find the values of lines; return how many have the shape, where the refused begin, and how many are in doubt."""
    content, starts, stops = lined.content, lined.starts, lined.ends
    literals, first, sizes, scalars = skeleton.words, skeleton.first, skeleton.sizes, skeleton.scalars
    last, count, doubts = len(scalars), 0, 0
    for row in rows:
        place, end, verdict = starts[row], stops[row], _WRITTEN
        for number in range(last + 1):
            left, at, unlike = sizes[number], first[number], _0
            if place + left > end:
                verdict = _REFUSED
                break
            while left >= 8:  # noqa: PLR2004 - bytes of a word
                unlike |= word(content, place) ^ literals[at]
                place += 8
                at += 1
                left -= 8
            if left > 0:
                unlike |= (word(content, place) ^ literals[at]) << np.uint64(64 - 8 * left)
                place += left
            if unlike != _0:
                verdict = _REFUSED
                break
            if number == last:
                break
            begin = place
            if scalars[number]:
                place, known, stop = _scalar(content, place, end)
                if known == _REFUSED:
                    verdict = _REFUSED
                    break
                verdict = max(verdict, known)
            else:
                while place < end:
                    held = word(content, place)
                    quoted, escaped = held ^ _QUOTES, held ^ _SLASHES  # zero where one stands
                    marked = (quoted - _ONES) & ~quoted | (escaped - _ONES) & ~escaped | (held - _BLANKS) & ~held
                    marked &= _HIGHS
                    if marked != _0:  # the lowest mark is exact: only those above it may come of its borrow
                        lowest = (marked & (~marked + _1)) >> _7
                        place += np.int64(lowest * _NTH >> _56)
                        break
                    place += 8
                stop = place
                if place >= end or content[place] != _QUOTE:
                    verdict = _REFUSED
                    break
            places[0, number, count], places[1, number, count] = begin, stop
        if verdict == _REFUSED or place != end:
            refused -= 1
            fit[refused] = row
        else:
            doubts += verdict == _DOUBTFUL
            fit[found + count] = row if verdict == _WRITTEN else -1 - row
            count += 1
    return count, refused, doubts


@kernel
def _scalar(content: Bytes, place: int, end: int) -> tuple[int, int, int]:
    """Return the end of a scalar, whether its written form is known, and where that ends.

    The forms are those of `arithmetic.rewritten`: numbers without an exponent, zeros at the end of a fraction left out.
    """
    if content[place] == _TRUE or content[place] == _FALSE:
        size = 4 + (content[place] == _FALSE)
        is_it = word(content, place + size - 4) & _LOW == (_RUE if size == 4 else _ALSE)  # noqa: PLR2004 - of `true`
        return place + size, _WRITTEN if is_it else _REFUSED, place + size
    is_negative = content[place] == _MINUS
    first = place + is_negative
    dot = first
    while dot < end and _ZERO <= content[dot] <= _NINE:
        dot += 1
    is_zero, whole = content[first] == _ZERO, dot - first
    if whole == 0 or (is_zero and whole > 1):
        return dot, _REFUSED, dot
    if dot >= end or content[dot] != _DOT:
        known = not is_negative if is_zero else whole <= 15  # noqa: PLR2004 - digits that tell a double from all others
        return dot, _WRITTEN if known else _REFUSED, dot
    begin = stop = dot + 1
    while stop < end and _ZERO <= content[stop] <= _NINE:
        stop += 1
    zeros, bare = 0, stop
    while is_zero and begin + zeros < stop and content[begin + zeros] == _ZERO:
        zeros += 1
    while bare > begin + 1 and content[bare - 1] == _ZERO:
        bare -= 1
    return stop, _fraction(0 if is_zero else whole, zeros, stop - begin, stop - bare), bare


@kernel
def _fraction(whole: int, zeros: int, digits: int, padding: int) -> int:
    """Tell whether the written form is known of a number with so many digits before its fraction, 0 for a zero.

    `zeros` begin the fraction, `padding` ends it.
    """
    if digits == 0:
        return _REFUSED
    if (digits <= 6 and whole <= 9) or (digits <= 3 and 0 < whole <= 12):  # noqa: PLR2004 - as in `rewritten`
        return _WRITTEN
    if zeros > 3 or zeros == digits or whole > 14 or padding:  # noqa: PLR2004 - as in `rewritten`
        return _REFUSED
    return _WRITTEN if whole + digits - zeros <= 15 else _DOUBTFUL  # noqa: PLR2004 - see above


@kernel
def _coded(  # noqa: C901, PLR0912, PLR0915 - see above
    content: Bytes, places: Places, count: int, coded: Coded, value: int, begin: int, mask: int
) -> int:
    """Write the views of a value, and its codes, of so many lines from `begin` on; return the mask of its table."""
    views, codes, distinct, table = coded.views[value], coded.codes[value], coded.distinct[value], coded.tables[value]
    known = coded.counts[value]
    for number in range(count):
        place, size = places[0, number], places[1, number] - places[0, number]
        held, line = word(content, place), begin + number
        if size > _INLINED:
            low, high = held << _32 | np.uint64(size), np.uint64(place) << _32
        elif size <= 4:  # noqa: PLR2004 - bytes in the first word
            low, high = (held & ((_1 << np.uint64(8 * size)) - _1)) << _32 | np.uint64(size), _0
        else:
            low = held << _32 | np.uint64(size)
            high = word(content, place + 4) & (~_0 >> np.uint64(64 - 8 * (size - 4)))
        views[line, 0], views[line, 1] = low, high
        if known < 0:
            continue
        tag = low * _A ^ high * _B
        last = place + size - 8
        if size > _INLINED:
            tag = low
            for at in range(place, last, 8):
                tag = (tag ^ word(content, at)) * _A
                tag ^= tag >> _32
            tag ^= word(content, last) * _C
        tag = (tag ^ tag >> _32) * _A >> _32
        slot, probes, code = np.int64(tag) & mask, 0, known
        while table[slot] != _0 and probes < _PROBES:
            entry = table[slot]
            if entry >> _32 == tag:
                other = np.int64(entry & _LOW) - 1
                if distinct[other, 0] == low:
                    twin = distinct[other, 1]
                    unlike = twin ^ high
                    if unlike != _0 and size > _INLINED:
                        shift = np.int64(twin >> _32) - place
                        unlike = word(content, last) ^ word(content, last + shift)
                        for at in range(place, last, 8):
                            unlike |= word(content, at) ^ word(content, at + shift)
                    if unlike == _0:
                        code = other
                        break
            slot = (slot + 1) & mask
            probes += 1
        codes[line] = code
        if code < known:
            continue
        if known == len(distinct) or probes == _PROBES:
            known = -1
            continue
        table[slot] = tag << _32 | np.uint64(known + 1)
        distinct[known, 0], distinct[known, 1] = low, high
        known += 1
        if 2 * known > mask:
            mask = _grown(table, mask)
    coded.counts[value] = known
    return mask


@kernel
def _grown(table: Words, mask: int) -> int:
    """Spread the entries of a table over a larger one; return its mask."""
    larger = _GROWN * (mask + 1) - 1
    old = table[: mask + 1].copy()
    table[: larger + 1] = 0
    for entry in old:
        if entry != _0:
            slot = np.int64(entry >> _32) & larger
            while table[slot] != _0:
                slot = (slot + 1) & larger
            table[slot] = entry
    return larger


@kernel
def join(content: Bytes, views: Words, wanted: Places, pieces: Skeleton, out: Bytes, whole: Words) -> int:
    """Write for every line the pieces with the wanted values between them; return the place behind the last.

    Behind what is written `MARGIN` bytes have to be there. `whole` becomes the string views of what is written.
    """
    words, first, sizes = pieces.words, pieces.first, pieces.sizes
    place = 0
    for line in range(len(whole)):
        begin = place
        for number in range(len(sizes)):
            for done in range(0, sizes[number], 8):
                put_word(out, place + done, words[first[number] + done // 8])
            place += sizes[number]
            if number < len(wanted):
                low, high = views[wanted[number], line, 0], views[wanted[number], line, 1]
                size = np.int64(low & _LOW)
                if size <= _INLINED:
                    put_word(out, place, low >> _32)
                    put_word(out, place + 4, high)
                else:
                    source = np.int64(high >> _32)
                    for done in range(0, size, 8):
                        put_word(out, place + done, word(content, source + done))
                place += size
        size = place - begin
        for done in range(min(size, 4), 4):
            out[begin + done] = 0  # a view of a short text holds zeros behind it
        held = word(out, begin)
        if size > _INLINED:
            whole[line, 0], whole[line, 1] = held << _32 | np.uint64(size), np.uint64(begin) << _32
        else:
            rest = word(out, begin + 4) & (~_0 >> np.uint64(64 - 8 * max(size - 4, 1))) if size > 4 else _0  # noqa: PLR2004
            whole[line, 0], whole[line, 1] = held << _32 | np.uint64(size), rest
    return place


@kernel
def place_views(whole: Words, rows: Places, own: Words, buffer: int) -> None:
    """Put views of a column into the rows of another, whose buffer of that number is theirs."""
    shift = np.uint64(buffer)
    for at in range(len(rows)):
        low, high = own[at, 0], own[at, 1]
        whole[rows[at], 0] = low
        whole[rows[at], 1] = high + shift if low & _LOW > np.uint64(_INLINED) else high


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
