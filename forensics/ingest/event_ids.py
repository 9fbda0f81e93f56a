"""The ids of events, written by whole columns."""

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from forensics.ingest import compiled
from forensics.ingest.layout.lines import unchanged

_SIZE = 32  # bytes of an id: sixteen of a hash, a dash, fifteen digits
_HASH, _GROUP = 16, 4  # digits of the hash; of the ordinal written at once
_NUMBERS = np.arange(10**_GROUP)[:, None] // 10 ** np.arange(_GROUP - 1, -1, -1) % 10 + ord("0")
_WRITTEN = _NUMBERS.astype(np.uint8).view("<u4").ravel()  # four digits as one number


def event_ids(sha16: str, offsets: pl.Series) -> pa.Array:
    """Return `sha16-ordinal`, the ordinal with 15 digits, all of one size: written four digits at once.

    What is of no file, as a line to be explained, has no hash: zeros.
    """
    if offsets.is_empty():
        return pa.array([], pa.string())
    text = np.empty((len(offsets), _SIZE), np.uint8)
    _write(np.frombuffer(sha16.encode().ljust(_HASH, b"0"), np.uint8), offsets.to_numpy(), text)
    places = np.arange(0, text.size + 1, _SIZE, dtype=np.int32)
    return pa.StringArray.from_buffers(len(offsets), pa.py_buffer(places), pa.py_buffer(text))


def _write(begin: npt.NDArray[np.uint8], offsets: npt.NDArray[np.int64], text: npt.NDArray[np.uint8]) -> None:
    if compiled.worthwhile(compiled.LOADED):
        from forensics.ingest.layout import ids

        return ids.write(unchanged(offsets), begin.view(np.uint64), _WRITTEN.astype(np.uint64), text.view(np.uint64))
    high = offsets // 10**8  # a remainder takes ten times as long as a product
    for end, part in ((_SIZE - 2 * _GROUP, high), (_SIZE, offsets - high * 10**8)):
        short = part.astype(np.uint32)  # 32 bits are divided faster than 64
        first = short // 10**_GROUP
        for place, digits in ((end - 2 * _GROUP, first), (end - _GROUP, short - first * 10**_GROUP)):
            np.ndarray((len(text),), "<u4", text, place, (_SIZE,))[:] = _WRITTEN.take(digits)
    text[:, :_HASH] = begin
    text[:, _HASH] = ord("-")  # over the sixteenth digit
    return None
