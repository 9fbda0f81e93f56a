"""Eight bytes or more written at once, at any place of an array of bytes: what numba's own indexing cannot say.

Places are checked under NUMBA_BOUNDSCHECK=1, as those of numba's arrays are, and only then.
"""

from typing import TYPE_CHECKING, Any, cast

from llvmlite import ir
from numba.core import cgutils, config, types
from numba.extending import intrinsic

from forensics.ingest.compiled_words import WIDE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from forensics.ingest.layout.lines import Bytes

_SIZE = 8


def _store(_: Any, content: Any, place: Any, word: Any) -> Any:  # noqa: ANN401, ARG001 - types of numba, and its names
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - of llvmlite
        held, at, eight = arguments
        array = context.make_array(signature.args[0])(context, builder, held)
        _check(context, builder, array, at, _SIZE)
        pointer = builder.bitcast(builder.gep(array.data, [at]), context.get_value_type(types.uint64).as_pointer())
        builder.store(eight, pointer, align=1)
        return context.get_dummy_value()

    return types.none(content, types.int64, types.uint64), generate


def _copy(_: Any, target: Any, place: Any, source: Any, begin: Any) -> Any:  # noqa: ANN401, ARG001 - as above
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - of llvmlite
        vector, pointers = ir.VectorType(ir.IntType(8), WIDE), []
        for number in (0, 2):
            array = context.make_array(signature.args[number])(context, builder, arguments[number])
            at = arguments[number + 1]
            _check(context, builder, array, at, WIDE)
            pointers.append(builder.bitcast(builder.gep(array.data, [at]), vector.as_pointer()))
        builder.store(builder.load(pointers[1], align=1), pointers[0], align=1)
        return context.get_dummy_value()

    return types.none(target, types.int64, source, types.int64), generate


def _check(context: Any, builder: Any, array: Any, place: Any, size: int) -> None:  # noqa: ANN401 - as above
    """Check the places of the first and the last byte, where numba was told to check."""
    if config.BOUNDSCHECK:  # type: ignore[attr-defined]
        (length,) = cgutils.unpack_tuple(builder, array.shape)  # type: ignore[no-untyped-call]
        for byte in (place, builder.add(place, place.type(size - 1))):
            cgutils.do_boundscheck(context, builder, byte, length)  # type: ignore[no-untyped-call]


# The lowest byte first.
put_word = cast("Callable[[Bytes, int, np.uint64], None]", intrinsic(_store))
# `WIDE` bytes from a place of another array.
put_wide = cast("Callable[[Bytes, int, Bytes, int], None]", intrinsic(_copy))
