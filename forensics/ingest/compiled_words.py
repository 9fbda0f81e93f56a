"""Eight bytes at once, or `WIDE`, in compiled loops. Import this only where `compiled.worthwhile()` says so.

What is asked of `WIDE` bytes becomes instructions of whatever vectors the processor has; the answer has a bit for each
byte, the first one lowest.
"""

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
WIDE = 32
_FOREIGN = 0x80
_VECTOR = ir.VectorType(ir.IntType(8), WIDE)


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


def _asked_of_each(
    one: Callable[[int, int], bool], all_of_them: Callable[[ir.IRBuilder, ir.Value, ir.Value], ir.Value]
) -> Callable[[Bytes, int, int], np.uint64]:
    """Return what asks `WIDE` bytes from a place on how they compare with a byte: one by one, or as vectors."""
    is_so = part(one)

    def _each(content: Bytes, place: int, byte: int) -> np.uint64:
        found = np.uint64(0)
        for number in range(WIDE):
            found |= np.uint64(is_so(np.int64(content[place + number]), byte)) << np.uint64(number)
        return found

    @intrinsic
    def _at_once(_: Any, content: Any, place: Any, byte: Any) -> tuple[Any, Callable[..., Any]]:  # noqa: ANN401, ARG001
        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401
            held = context.make_array(signature.args[0])(context, builder, arguments[0])
            here = builder.bitcast(builder.gep(held.data, [arguments[1]]), _VECTOR.as_pointer())
            found = all_of_them(builder, builder.load(here, align=1), _repeated(builder, arguments[2]))
            return builder.zext(builder.bitcast(found, ir.IntType(WIDE)), ir.IntType(64))

        return types.uint64(content, types.int64, types.uint8), code

    return part(_each) if numba.config.BOUNDSCHECK else _at_once


def _repeated(builder: ir.IRBuilder, byte: ir.Value) -> ir.Value:
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), byte, ir.Constant(ir.IntType(32), 0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), WIDE), [0] * WIDE)
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), places)


def _in_ten(builder: ir.IRBuilder, held: ir.Value, first: ir.Value) -> ir.Value:
    return builder.icmp_unsigned("<", builder.sub(held, first), ir.Constant(_VECTOR, [10] * WIDE))


# Which of `WIDE` bytes from a place on are a byte; are below it; are below it or beyond ASCII; are it or one of the
# nine above it, as digits are. They have to be there, as those of `word`.
equal = _asked_of_each(
    lambda held, byte: held == byte, lambda builder, held, byte: builder.icmp_unsigned("==", held, byte)
)
below = _asked_of_each(
    lambda held, byte: held < byte, lambda builder, held, byte: builder.icmp_unsigned("<", held, byte)
)
below_or_foreign = _asked_of_each(
    lambda held, byte: held < byte or held >= _FOREIGN, lambda builder, held, byte: builder.icmp_signed("<", held, byte)
)
in_ten = _asked_of_each(lambda held, first: first <= held < first + 10, _in_ten)

# Eight bytes as one number, the first one lowest. They have to be there: only NUMBA_BOUNDSCHECK=1 looks.
word: Callable[[Bytes, int], np.uint64] = part(_by_byte) if numba.config.BOUNDSCHECK else _loaded


@part
def lowest(found: np.uint64) -> int:
    """Return the place of the lowest bit of a number that is not 0."""
    return np.int64(_zeros(found))
