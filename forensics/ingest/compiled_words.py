"""Eight bytes at once, in compiled loops. Import this only where `compiled.worthwhile()` says so."""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from forensics.ingest.compiled import part

Bytes = npt.NDArray[np.uint8]
_LOW = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)


def _by_byte(content: Bytes, place: int) -> np.uint64:
    found = np.uint64(0)
    for number in range(8):
        found |= np.uint64(content[place + number]) << np.uint64(8 * number)
    return found


@intrinsic
def _loaded(_: Any, content: Any, place: Any) -> tuple[Any, Callable[..., Any]]:  # noqa: ANN401, ARG001 - numba's own
    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        here = builder.bitcast(builder.gep(held.data, [arguments[1]]), ir.IntType(64).as_pointer())
        return builder.load(here, align=1)

    return types.uint64(content, types.int64), code


@intrinsic
def _zeros(_: Any, number: Any) -> tuple[Any, Callable[..., Any]]:  # noqa: ANN401, ARG001
    def code(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint64(types.uint64), code


# Eight bytes as one number, the first one lowest. They have to be there: only NUMBA_BOUNDSCHECK=1 looks.
word: Callable[[Bytes, int], np.uint64] = part(_by_byte) if numba.config.BOUNDSCHECK else _loaded


@part
def has_byte(found: np.uint64, repeated: np.uint64) -> np.uint64:
    """Return a number whose lowest bit tells where a byte stands first in eight; 0 where it does not."""
    other = found ^ repeated
    return (other - _LOW) & ~other & _HIGH


@part
def byte_of(mark: np.uint64) -> int:
    """Return which byte the lowest bit of a number is in."""
    return np.int64(_zeros(mark) >> np.uint64(3))
