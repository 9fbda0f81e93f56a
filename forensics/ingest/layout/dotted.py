"""A compiled loop over addresses: all of them canonical IPv4, and the range of each.

Import this only where `compiled.worthwhile()` says so.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from forensics.ingest.compiled import kernel
from forensics.ingest.compiled_words import word
from forensics.ingest.layout.coding import SIZE, show, signed
from forensics.ingest.layout.lines import MARGIN, Bytes, Words, column, shown
from forensics.ingest.layout.words import put_word

_32 = np.uint64(32)
_INLINED, _PAIR, _LONGEST, _OCTET, _DOTS = 12, 16, 15, 255, 3
_DOT, _ZERO, _NINE = (ord(each) for each in ".09")
_BEHIND = np.uint64(int.from_bytes(b"0/24", "little"))
_ADDED = 4  # bytes


def ranges(addresses: pl.Series) -> pl.Series | None:
    """Return the range (/24) of each address; None where one is no canonical IPv4, or they stand in several buffers."""
    views, buffers = shown(addresses)
    if addresses.null_count() or len(buffers) > 1:
        return None
    content = np.frombuffer(buffers[0] if buffers else bytes(MARGIN), np.uint8)
    out, whole = np.empty(len(views) * (_LONGEST + _ADDED) + MARGIN, np.uint8), np.empty((len(views), 2), np.uint64)
    return column("", pa.py_buffer(out), whole) if _written(content, views, out, whole) else None


@kernel
def _written(content: Bytes, views: Words, out: Bytes, whole: Words) -> bool:
    """Write the ranges of addresses and their string views; tell whether all are canonical IPv4."""
    places, ends = np.empty(len(views), np.int64), np.empty(len(views), np.int64)
    place = 0
    for row in range(len(views)):
        low, high = views[row, 0], views[row, 1]
        size, source = signed(low & SIZE), signed(high >> _32)
        if size > _LONGEST:
            return False
        if size <= _INLINED:
            put_word(out, place, low >> _32)
            put_word(out, place + 4, high)
        elif source + _PAIR <= len(content):
            put_word(out, place, word(content, source))
            put_word(out, place + 8, word(content, source + 8))
        else:
            out[place : place + size] = content[source : source + size]
        octet, digits, dots, behind = 0, 0, 0, 0
        for at in range(place, place + size):
            byte = np.int64(out[at])
            if byte == _DOT and digits > 0:
                octet, digits, dots, behind = 0, 0, dots + 1, at + 1
            elif _ZERO <= byte <= _NINE and (octet > 0 or digits == 0):
                octet, digits = 10 * octet + int(byte - _ZERO), digits + 1
                if octet > _OCTET:
                    return False
            else:
                return False
        if dots != _DOTS or digits == 0:
            return False
        put_word(out, behind, _BEHIND)
        places[row], ends[row] = place, behind + _ADDED
        place = behind + _ADDED
    show(out, places, ends, whole)
    return True
