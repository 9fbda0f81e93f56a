"""Bates numbers: one for every cited line of a case, never used twice, the same in every package.

Numbers are given out once, in the order of source and offset, and recorded in the chain of custody with the table
that holds them. A line that is cited later gets a later number; a line that is cited no more keeps its own.
"""

import pyarrow as pa

from forensics.case import Case
from forensics.evidence.lines import Citation, Source
from forensics.schema.base import INT, TEXT, Table, columns_of
from forensics.sources import ByteRange, file_sha256

PREFIX, _DIGITS = "EVD-", 7
BATES = Table(
    "bates",
    "tables/bates.parquet",
    "one cited line with its number",
    columns_of(
        [
            ("bates", INT, "number"),
            ("content_sha256", TEXT, "source"),
            ("log_offset", INT, "its byte offset"),
            ("log_length", INT, "its length"),
        ]
    ),
)
Place = tuple[str, ByteRange]


def number(value: int) -> str:
    """Return a number as it is printed.

    >>> number(17)
    'EVD-0000017'
    """
    return f"{PREFIX}{value:0{_DIGITS}d}"


def allocate(case: Case, registered: list[Source], cited: list[Citation]) -> dict[Place, str]:
    """Return the number of every cited line, giving out new ones where needed. The caller holds the lock."""
    rows = case.read(BATES).to_pylist()
    known = {(row["content_sha256"], ByteRange(row["log_offset"], row["log_length"])): row["bates"] for row in rows}
    order = {source.content_sha256: source.name for source in registered}
    wanted = {(one.content_sha256, one.range) for one in cited if one.addressable}
    new = sorted(wanted - set(known), key=lambda place: (order[place[0]], place[1]))
    if new:
        first = len(known) + 1
        known |= {place: first + at for at, place in enumerate(new)}
        columns = [[place[0] for place in known], [place[1][0] for place in known], [place[1][1] for place in known]]
        table = pa.table([list(known.values()), *columns], schema=BATES.arrow())
        outputs = {BATES.path: file_sha256(case.write(BATES, table))}
        case.record("bates", {"first": number(first), "last": number(len(known)), "outputs": outputs})
    return {place: number(value) for place, value in known.items()}
