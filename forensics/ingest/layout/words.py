"""Eight bytes at once, at any place of an array of bytes: what numba's own indexing cannot say.

Places are checked under NUMBA_BOUNDSCHECK=1, as those of numba's arrays are, and only then.
"""

from typing import TYPE_CHECKING, Any, cast

from numba.core import cgutils, config, types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from forensics.ingest.layout.lines import Bytes

_SIZE = 8


def _pointer(context: Any, builder: Any, kind: Any, content: Any, place: Any) -> Any:  # noqa: ANN401 - of numba
    array = context.make_array(kind)(context, builder, content)
    if config.BOUNDSCHECK:  # type: ignore[attr-defined]
        (length,) = cgutils.unpack_tuple(builder, array.shape)  # type: ignore[no-untyped-call]
        for byte in (place, builder.add(place, place.type(_SIZE - 1))):
            cgutils.do_boundscheck(context, builder, byte, length)  # type: ignore[no-untyped-call]
    pointer = builder.gep(array.data, [place])
    return builder.bitcast(pointer, context.get_value_type(types.uint64).as_pointer())


def _load(_: Any, content: Any, place: Any) -> Any:  # noqa: ANN401, ARG001 - types of numba, and its names
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - of llvmlite
        return builder.load(_pointer(context, builder, signature.args[0], *arguments), align=1)

    return types.uint64(content, types.int64), generate


def _store(_: Any, content: Any, place: Any, word: Any) -> Any:  # noqa: ANN401, ARG001 - as above
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - of llvmlite
        array, at, held = arguments
        builder.store(held, _pointer(context, builder, signature.args[0], array, at), align=1)
        return context.get_dummy_value()

    return types.none(content, types.int64, types.uint64), generate


# The eight bytes from a place on, the lowest first.
word = cast("Callable[[Bytes, int], np.uint64]", intrinsic(_load))
put_word = cast("Callable[[Bytes, int, np.uint64], None]", intrinsic(_store))
