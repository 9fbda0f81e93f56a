"""Room that compiled loops use for a chunk and again for the next one: it is this thread's, and nothing in it is kept.

Its pages are asked for one by one as they are written. numpy would have them by 2 MiB each, so that of tables whose
beginnings alone are used all would be there.
"""

import mmap
import threading

import numpy as np

from forensics.ingest.layout.lines import Words

_BYTES = 8  # of a word


class _Held(threading.local):
    def __init__(self) -> None:
        self.rooms: dict[str, Words] = {}


_held = _Held()


def room(name: str, *shape: int) -> Words:
    """Return words of a shape in which anything may stand; asked for by the same name, they are the same again."""
    size = int(np.prod(shape))
    if name not in _held.rooms or len(_held.rooms[name]) < size:
        _held.rooms[name] = np.frombuffer(mmap.mmap(-1, max(1, size) * _BYTES), np.uint64)
    return _held.rooms[name][:size].reshape(shape)
