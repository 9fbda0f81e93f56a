"""The ids of events, written by whole columns."""

import numpy as np
import polars as pl
import pyarrow as pa

_DIGITS, _GROUP = 15, 4  # of the ordinal in an id; written at once
_NUMBERS = np.arange(10**_GROUP)[:, None] // 10 ** np.arange(_GROUP - 1, -1, -1) % 10 + ord("0")
_WRITTEN = _NUMBERS.astype(np.uint8).view("<u4").ravel()  # four digits as one number


def event_ids(sha16: str, offsets: pl.Series) -> pa.Array:
    """Return `sha16-ordinal`, the ordinal with 15 digits, all of one size: written four digits at once."""
    if offsets.is_empty():
        return pa.array([], pa.string())
    size = len(sha16) + 1 + _DIGITS
    text = np.empty((len(offsets), size), np.uint8)
    low = offsets.to_numpy()
    high = low // 10**8  # a remainder takes ten times as long as a product
    for end, part in ((size - 2 * _GROUP, high), (size, low - high * 10**8)):
        short = part.astype(np.uint32)  # 32 bits are divided faster than 64
        first = short // 10**_GROUP
        for place, digits in ((end - 2 * _GROUP, first), (end - _GROUP, short - first * 10**_GROUP)):
            np.ndarray((len(text),), "<u4", text, place, (size,))[:] = _WRITTEN.take(digits)
    text[:, :-_DIGITS] = np.frombuffer(f"{sha16}-".encode(), np.uint8)  # over the sixteenth digit
    places = np.arange(0, size * len(offsets) + 1, size, dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets), pa.py_buffer(places), pa.py_buffer(text))
