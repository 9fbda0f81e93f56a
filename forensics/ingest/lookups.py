"""The database that looks into texts: one for all threads, since opening one takes longer than most questions."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pyarrow as pa

from forensics.engine import Engine, Resources

_NOWHERE = Path("/dev/null")  # these queries read Arrow columns only, so the database may open no file at all
_NOTHING = pa.table({"row": pa.array([], pa.int64()), "text": pa.array([], pa.string())})


class _Held(threading.local):
    """What one thread holds."""

    engine: Engine | None = None


_held, _opening = _Held(), threading.Lock()


@cache
def _database() -> Engine:
    return Engine(_NOWHERE, Resources(threads=1))


def _connected() -> Engine:
    with _opening:
        return _database().beside()


@contextmanager
def lookups() -> Iterator[Engine]:
    """Lend the connection of this thread; what was registered as `lines` is let go of afterwards."""
    engine = _held.engine = _held.engine or _connected()
    try:
        yield engine
    finally:
        engine.register("lines", _NOTHING)
