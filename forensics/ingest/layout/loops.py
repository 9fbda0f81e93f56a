"""Compiled loops over the bytes of JSON lines: one pass cuts, checks and codes; see docs/adr/0009.

Every place that is read lies between the beginning of a line and its end, or less than `MARGIN` bytes behind it. What
works on each value calls nothing that takes an array: numba counts references to arrays, and that would take longer
than the work. So these are long functions of few ideas.
"""

import math
from typing import NamedTuple

import numpy as np

from forensics.ingest.compiled import kernel
from forensics.ingest.compiled_words import WIDE, below, equal, in_ten, lowest, word
from forensics.ingest.layout.coding import SLOTS, Skeleton, code, show, signed
from forensics.ingest.layout.lines import Bytes, Codes, Places, Words

_0, _1, _ALL = (np.uint64(number) for number in (0, 1, (1 << WIDE) - 1))
_LOW = np.uint64(0xFFFF_FFFF)
_ZERO, _NINE, _MINUS, _DOT, _QUOTE, _SLASH, _BLANK, _TRUE, _FALSE = (ord(each) for each in '09-."\\ tf')
_RUE, _ALSE = (np.uint64(int.from_bytes(each, "little")) for each in (b"true", b"alse"))
_LOOK = 1000  # lines after which a value that hardly repeats is no longer coded
_BLOCK = 512  # lines that are cut, then coded, while they are in the cache
_REFUSED, _WRITTEN, _DOUBTFUL = 0, 1, 2
TENS = np.array([10.0**power for power in range(23)])  # powers of ten that are doubles
_LEAST, _MOST = 10**15, 10**17  # numbers of 16 and 17 digits
_SPLITTER, _TIE = 134217729.0, 1e-6


class Coded(NamedTuple):
    """What becomes of the values of lines: string views, codes, and the distinct values in order of first places.

    Arrays of values x lines x 2 (views), values x lines (codes), values x codes x 2 (views), values x slots; `counts`
    are the distinct values so far, -1 where a value is coded no longer: only then it has views.
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


@kernel
def cut(lined: Lined, rows: Places, skeleton: Skeleton, coded: Coded, unlike: int, fit: Places) -> tuple[int, int]:
    """Cut lines of one shape.

    Writes into `fit` the rows that have the shape, and from its end backwards those that have not; returns how many
    have, and how many of them hold numbers in doubt: these are marked by -1 - row.
    """
    values = len(skeleton.scalars)
    places = np.empty((2, values, _BLOCK), np.int64)
    shown = np.empty((_BLOCK, 2), np.uint64)
    masks = np.full(values, SLOTS - 1, np.int64)
    coded.tables[:, :SLOTS] = 0
    found, refused, doubts = 0, len(rows), 0
    for at in range(0, len(rows), _BLOCK):
        block = rows[at : at + _BLOCK]
        more, refused, doubtful = _located(lined, block, skeleton, places, fit, found, refused)
        doubts += doubtful
        until = found + more
        for value in range(values):
            if coded.counts[value] < 0:
                show(lined.content, places[0, value], places[1, value], coded.views[value, found:until])
                continue
            views = shown[:more]  # of what has codes, none are kept
            show(lined.content, places[0, value], places[1, value], views)
            coded.counts[value], masks[value] = code(
                lined.content,
                views,
                coded.codes[value, found:until],
                coded.distinct[value],
                coded.tables[value],
                coded.counts[value],
                masks[value],
            )
            if found <= _LOOK < until and coded.counts[value] > unlike * until // _LOOK:
                coded.counts[value] = -1
            if coded.counts[value] < 0:
                for line in range(found):
                    own = coded.codes[value, line]
                    coded.views[value, line, 0] = coded.distinct[value, own, 0]
                    coded.views[value, line, 1] = coded.distinct[value, own, 1]
                coded.views[value, found:until] = views
        found += more
    return found, doubts


@kernel
def _located(  # noqa: C901, PLR0912 - see above
    lined: Lined, rows: Places, skeleton: Skeleton, places: Places, fit: Places, found: int, refused: int
) -> tuple[int, int, int]:
    """Find the values of lines; return how many have the shape, where the refused begin, and how many are in doubt."""
    content, starts, stops = lined.content, lined.starts, lined.ends
    heads, sizes, scalars = skeleton.heads, skeleton.sizes, skeleton.scalars
    last, count, doubts = len(scalars), 0, 0
    for row in rows:
        place, end, verdict = starts[row], stops[row], _WRITTEN
        for number in range(last + 1):
            left = sizes[number]
            if place + left > end:
                verdict = _REFUSED
                break
            unlike = (word(content, place) ^ heads[number, 0]) & heads[number, 1]  # mostly these two are all
            unlike |= (word(content, place + 8) ^ heads[number, 2]) & heads[number, 3]
            for more in range(16, left, 8):
                at = np.uint64(skeleton.first[number] + more // 8)
                unlike |= (word(content, place + more) ^ skeleton.words[at]) & skeleton.masks[at]
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
                    marked = equal(content, place, _QUOTE) | equal(content, place, _SLASH)
                    marked |= below(content, place, _BLANK)
                    if marked != _0:
                        place += lowest(marked)
                        break
                    place += WIDE
                stop = place
                if place >= end or content[np.uint64(place)] != _QUOTE:
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
def _scalar(content: Bytes, place: int, end: int) -> tuple[int, int, int]:  # noqa: C901 - see above
    """Return the end of a scalar, whether its written form is known, and where that ends.

    The forms are those of `arithmetic.rewritten`: numbers without an exponent, zeros at the end of a fraction left out.
    """
    if content[place] == _TRUE or content[place] == _FALSE:
        size = 4 + (content[place] == _FALSE)
        is_it = word(content, place + size - 4) & _LOW == (_RUE if size == 4 else _ALSE)  # noqa: PLR2004 - of `true`
        return place + size, _WRITTEN if is_it else _REFUSED, place + size
    is_negative = place < end and content[place] == _MINUS  # behind the end it would lead beyond what may be read
    first = place + is_negative
    others = ~in_ten(content, first, _ZERO) & _ALL
    further = others & (others - _1)
    if others == _0:
        return end, _REFUSED, end
    dot = min(first + lowest(others), end)
    is_zero, whole = content[first] == _ZERO, dot - first
    if whole == 0 or (is_zero and whole > 1):
        return dot, _REFUSED, dot
    if dot >= end or content[dot] != _DOT:
        is_it = not is_negative if is_zero else whole <= 15  # noqa: PLR2004 - digits that tell a double from all others
        return dot, _WRITTEN if is_it else _REFUSED, dot
    if further == _0:
        return end, _REFUSED, end
    begin, stop = dot + 1, min(first + lowest(further), end)
    zeros, bare = 0, stop
    while is_zero and begin + zeros < stop and content[begin + zeros] == _ZERO:
        zeros += 1
    while bare > begin + 1 and content[bare - 1] == _ZERO:
        bare -= 1
    known = _fraction(0 if is_zero else whole, zeros, stop - begin, stop - bare)
    if known == _DOUBTFUL and stop - begin < len(TENS):
        number = signed(_0)
        for at in range(first, stop):
            if at != dot:
                number = 10 * number + (content[at] - _ZERO)
        known = _WRITTEN if is_shortest(number, TENS[stop - begin]) else _DOUBTFUL
    return stop, known, bare


@kernel
def is_shortest(number: int, power: float) -> bool:
    """Tell whether no shorter decimal, and no closer one as long, is the double nearest to `number / power`.

    `power` is a power of ten that is a double, so `number` less the double times `power` can be told exactly, by the
    product in two parts (Dekker 1971). Where anything is close to a tie, the answer is no: then polars is asked.
    """
    if not _LEAST <= number < _MOST:
        return False
    split = _SPLITTER * power
    other = split - (split - power)
    double, off = number / power, 0.0
    for _ in range(2):
        fraction, exponent = math.frexp(double)
        reach = math.ldexp(power, exponent - 54)  # half the distance of two doubles, in units of the last digit
        high, split = double * power, _SPLITTER * double
        one = split - (split - double)
        low = ((one * other - high) + one * (power - other) + (double - one) * other) + (double - one) * (power - other)
        whole = math.floor(high)
        off = float(number - np.int64(whole)) - (high - whole) - low
        if abs(off) < reach:
            break
        double += math.copysign(math.ldexp(1.0, exponent - 53), off)  # `number` was rounded: it may be the next one
    last = float(number % 10)
    is_nearest = abs(off) < min(reach, 0.5) - _TIE and fraction != 0.5  # noqa: PLR2004 - below a power of two they are closer
    return is_nearest and last - off > reach + _TIE and 10 - last + off > reach + _TIE


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
