"""Compiled loop: lines cut, what repeats in them numbered, and what they ask taken apart, while they are in the cache.

Import this only where `compiled.worthwhile()` says so.
"""

import numpy as np
import numpy.typing as npt

from forensics.ingest.compiled import kernel
from forensics.ingest.compiled_words import Bytes
from forensics.ingest.cut.asking import Found, part_and_code
from forensics.ingest.cut.coding import BLOCK, Tables, number
from forensics.ingest.cut.combined import read_combined
from forensics.ingest.cut.kernels import Numbers, Words, read_lines

Sizes = npt.NDArray[np.int64]


@kernel
def cut_and_code(
    content: Bytes,
    views: Words,
    program: tuple[Numbers, Bytes, Bytes, Words, Numbers],
    read: tuple[Numbers, Bytes, Sizes],
    asked: Numbers,
    tables: Tables,
    asking: int,
    places: tuple[Numbers, Numbers],
    found: Found,
    parts: Tables,
) -> int:
    """Read lines as `read_lines` does and number what some groups hold; return how many were read.

    `program` are the arrays of a `Program`: steps (none for plain combined lines), fixed, sets, stops, loose. `read`
    are marks and hit (see `read_lines`), and numbers (see `read_combined`); `tables` have a row for each group in
    `asked`. Of the distinct texts in one of these rows, `asking` (-1 for none), the `places` are written and the parts,
    see `asking.part_and_code`.
    """
    steps, fixed, sets, stops, loose = program
    marks, hit, numbers = read
    starts, ends = places
    kinds, count = tables[4], 0
    for first in range(0, len(views), BLOCK):
        before = count
        last = min(len(views), first + BLOCK)
        if len(steps):
            count = read_lines(content, views, first, last, steps, fixed, sets, stops, loose, marks, hit, count)
        else:
            count = read_combined(content, views, first, last, marks, numbers, hit, count)
        for row in range(len(asked)):
            known, group = kinds[row], asked[row]
            number(content, marks[2 * group], marks[2 * group + 1], before, count, row, tables)
            if row == asking and kinds[row] > known:
                for text in range(known, kinds[row]):
                    line = tables[3][row, text]
                    starts[text], ends[text] = marks[2 * group, line], marks[2 * group + 1, line]
                part_and_code(content, starts, ends, known, kinds[row], True, found, parts)
    return count
