"""The ids of events, written by whole columns."""

import numpy as np
import polars as pl
import pyarrow as pa

_DIGITS = 15  # of the ordinal in an id


def event_ids(sha16: str, offsets: pl.Series) -> pa.Array:
    """Return `sha16-ordinal`, the ordinal with 15 digits, all of one size: written digit by digit, by whole columns."""
    size = len(sha16) + 1 + _DIGITS
    text = np.empty((len(offsets), size), np.uint8)
    text[:, :-_DIGITS] = np.frombuffer(f"{sha16}-".encode(), np.uint8)
    low = offsets.to_numpy()
    for end, count in ((size, 8), (size - 8, _DIGITS - 8)):  # 32 bits are divided faster than 64
        low, left = low // 10**8, (low % 10**8).astype(np.uint32)
        for place in range(end - 1, end - count - 1, -1):
            shorter = left // 10
            text[:, place] = left - shorter * 10 + ord("0")
            left = shorter
    places = np.arange(0, size * len(offsets) + 1, size, dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets), pa.py_buffer(places), pa.py_buffer(text))
