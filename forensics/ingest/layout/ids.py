"""A compiled loop that writes the ids of events. Import this only where `compiled.worthwhile()` says so."""

import numpy as np

from forensics.ingest.compiled import kernel
from forensics.ingest.layout.lines import Places, Words

_FOUR, _EIGHT, _32 = (np.uint64(number) for number in (10**4, 10**8, 32))
_REST, _DASH = ~np.uint64(0xFF), np.uint64(ord("-"))


@kernel
def write(offsets: Places, begin: Words, digits: Words, out: Words) -> None:
    """Write the ids of offsets below 10**15: two words of `begin`, a dash, and 15 digits, four at a time."""
    for row in range(len(out)):
        offset = np.uint64(offsets[row])
        high = offset // _EIGHT
        low = offset - high * _EIGHT
        out[row, 0], out[row, 1] = begin[0], begin[1]
        out[row, 2] = (digits[high // _FOUR] | digits[high % _FOUR] << _32) & _REST | _DASH
        out[row, 3] = digits[low // _FOUR] | digits[low % _FOUR] << _32
