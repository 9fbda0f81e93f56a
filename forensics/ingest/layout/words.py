"""Eight bytes written at once, at any place of an array of bytes: what numba's own indexing cannot say.

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


def _store(_: Any, content: Any, place: Any, word: Any) -> Any:  # noqa: ANN401, ARG001 - types of numba, and its names
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ANN401 - of llvmlite
        held, at, eight = arguments
        array = context.make_array(signature.args[0])(context, builder, held)
        if config.BOUNDSCHECK:  # type: ignore[attr-defined]
            (length,) = cgutils.unpack_tuple(builder, array.shape)  # type: ignore[no-untyped-call]
            for byte in (at, builder.add(at, at.type(_SIZE - 1))):
                cgutils.do_boundscheck(context, builder, byte, length)  # type: ignore[no-untyped-call]
        pointer = builder.bitcast(builder.gep(array.data, [at]), context.get_value_type(types.uint64).as_pointer())
        builder.store(eight, pointer, align=1)
        return context.get_dummy_value()

    return types.none(content, types.int64, types.uint64), generate


# The lowest byte first.
put_word = cast("Callable[[Bytes, int, np.uint64], None]", intrinsic(_store))
