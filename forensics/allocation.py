"""Memory that was used once is used again: a long ingest asks for the same sizes over and over.

By default the C library hands every large block back to the kernel and gets it anew, page by page and zeroed, which
took a tenth of the CPU of an ingest. Nothing depends on this but time; where the C library is another, nothing is done.
"""

import ctypes
import os

# For mallopt(3): what may lie free at the end, how many blocks may be mapped each for itself, how many arenas.
# Arenas of other threads than the first are made of pieces of 64 MiB, and a piece that is free goes back at once.
_SETTINGS = ((-1, 1 << 30), (-4, 0), (-8, 1))
# jemalloc's settings, read once when polars is loaded. No thread has an arena of its own: what one frees another uses.
# Nor have large blocks one: it would hand them back at once.
_POLARS = "_RJEM_MALLOC_CONF"
_ONE_ARENA = "narenas:1,oversize_threshold:0,dirty_decay_ms:10000,muzzy_decay_ms:10000"
_THREADS, _WORKERS = "POLARS_MAX_THREADS", 4  # read once, too; a worker of ingest asks polars a tenth of its time
_ARROW = "ARROW_DEFAULT_MEMORY_POOL"  # read once when pyarrow is loaded


def keep(workers: int | None = None) -> None:
    """Let this process keep what it frees. To be called before polars and pyarrow are loaded.

    `workers`: threads that all its work will be spread over; polars then starts only as many of its own as they need.
    """
    if workers:
        os.environ.setdefault(_THREADS, str(max(1, workers // _WORKERS)))
    os.environ.setdefault(_POLARS, _ONE_ARENA)
    os.environ.setdefault(_ARROW, "system")
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    for parameter, value in _SETTINGS:
        mallopt(parameter, value)
