"""Compiled loops over bytes: whether numba is used, how, and where what it compiled is kept.

What a compiled loop reads is read alike without it, only slower; so where numba is missing, or loading it
costs more than it saves, nothing but time is lost. A module of loops imports nothing but numpy and `kernel`, and is
itself imported only after `worthwhile()` said so: then importing it costs what numba costs (0.4 s), and on the first
use after an installation the compiler's time (seconds).

    FORENSICS_COMPILED = auto | always | never      (auto: from 64 MiB of content on)

What was compiled is kept where numba keeps it: in `__pycache__` beside the code, else in the cache folder of the user.
It is a pickle, so it must never lie where evidence lies. numba also takes settings, that place among them, from a file
in the working folder; an analyst may stand in a folder of evidence, so where there is such a file numba is not loaded.
"""

import hashlib
import importlib.util
import inspect
import os
import sys
import threading
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

SETTING = "FORENSICS_COMPILED"
WORTH = 64 << 20  # bytes: less is read sooner by regular expressions than numba is loaded
CERTAIN = 192 << 20  # bytes: in any format of text they are read sooner by loops
LOADED = sys.maxsize  # bytes: what alone does not pay is compiled only where numba is loaded already
_MODULE = "numba"
_FOREIGN = Path(".numba_config.yaml")
_INTERPRETED = "NUMBA_DISABLE_JIT"  # loops over bytes would take hours

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class _Seen:
    """How many bytes this process was asked to read so far."""

    def __init__(self) -> None:
        self.size = 0
        self.lock = threading.Lock()


_seen = _Seen()


def expect(size: int) -> None:
    """Say that so many bytes of content are about to be read."""
    with _seen.lock:
        _seen.size += size


def worthwhile(least: int = WORTH) -> bool:
    """Tell whether compiled loops are to be used now, where they pay from so many bytes on."""
    return unused(least) is None


def ready(size: int) -> None:
    """Load what compiles loops for a content of so many bytes where it will be asked for, whatever the format."""
    if size >= CERTAIN and worthwhile(0):
        importlib.import_module(_MODULE)


def unused(least: int = WORTH) -> str | None:
    """Return why compiled loops are not used now; None where they are. What was loaded once is used from then on."""
    setting = os.environ.get(SETTING, "auto")
    if setting == "never":
        return f"{SETTING} is set to never"
    if os.environ.get(_INTERPRETED, "0") != "0":
        return f"{_INTERPRETED} is set"
    if setting != "always" and _seen.size < least and _MODULE not in sys.modules:
        return f"less than {least >> 20} MiB to read"
    if importlib.util.find_spec(_MODULE) is None:
        return "numba is not installed"
    if _FOREIGN.exists():
        return f"there is a file {_FOREIGN} in the working folder"
    return None


def kernel(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile a function of arrays and numbers on its first call; it runs outside the interpreter lock.

    Integers wrap around and no index is checked (unless NUMBA_BOUNDSCHECK=1): the function itself keeps within bounds.
    """
    import numba  # noqa: PLC0415 - it costs time, so only where it is used

    function.__qualname__ += _fingerprint(Path(inspect.getfile(function)).parent, _checked(numba.config))
    try:
        found = numba.njit(nogil=True, error_model="numpy", cache=True)(function)
    except RuntimeError:  # no folder can be written to: it is compiled anew each time
        return part(function)
    kept = found._cache  # type: ignore[attr-defined]  # noqa: SLF001 - see `_kept`
    kept.load_overload = partial(_kept, kept)
    return found


def _kept(cache: Any, signature: Any, context: Any) -> Any:  # noqa: ANN401 - of numba
    """Return what was compiled before: as numba does, but all it knows is loaded only where it has to compile.

    That takes 0.2 s, which machine code does not need; numba's compiler loads it by itself.
    """
    from numba.core.runtime import rtsys  # type: ignore[attr-defined]  # noqa: PLC0415 - as above

    rtsys.initialize(context)  # what counts references
    with cache._guard_against_spurious_io_errors():  # noqa: SLF001
        return cache._load_overload(signature, context)  # noqa: SLF001


def _checked(config: Any) -> str:  # noqa: ANN401 - of numba
    """Return how numba was told to compile: it keeps code with checks, ten times as slow, under the same name."""
    return f"_{config.BOUNDSCHECK or 0}_{config.OPT}"


@cache
def _fingerprint(folder: Path, settings: str) -> str:
    """Return what is part of the name under which a kernel is kept: numba looks at the file of the kernel only."""
    files = sorted({*folder.glob("*.py"), *Path(__file__).parent.glob("compiled*.py")})
    return "_" + hashlib.sha256(b"".join(file.read_bytes() for file in files) + settings.encode()).hexdigest()[:16]


def part(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile a function that kernels call: it becomes part of them, and is kept with them."""
    import numba  # noqa: PLC0415 - as above

    return numba.njit(nogil=True, error_model="numpy")(function)
