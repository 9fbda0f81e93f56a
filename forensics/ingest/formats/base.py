"""What a format is: a name, a way to read records, and samples that prove it.

A format turns a column of records into a column frame of *logged text*: one String column per role (below), still
as the log wrote it. What the text means (times, addresses, secrets) is decided once for all formats, in
`ingest/normalize.py`. That keeps a format small enough to be checked by reading it.

A *role* is a column of `events`, where needed with a qualifier after a colon: `timestamp:start`,
`event_duration_us:ms`, `user_id:api_key`, `source_ip:peer`. `request_line` is the one role that is no column.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from forensics.ingest.logged import Logged

KNOWN_REMARKS = ("non_http", "request_start")  # reasons of lines that a format knows for its own, but no requests
MIXED = " + "  # between the names of formats that are asked in turn


class Family(StrEnum):
    """Formats whose records may stand in one file; a record is tried by the whole family."""

    CLF = "clf"
    JSON = "json"
    DELIMITED = "delimited"
    PARQUET = "parquet"
    LINES = "lines"  # text that stands alone in its file: only the recognized format reads it


@dataclass(frozen=True)
class Sample:
    """One record and what must become of it: some columns of its event, or the reason it is refused."""

    record: str
    event: Mapping[str, object] = field(default_factory=dict)
    reason: str | None = None
    beside: tuple[str, ...] = ()  # records before it in its file: a header, or what shows which keys there are


@dataclass(frozen=True)
class Field:
    """One field of a file: the role it plays, its name in the log, and where its value stands."""

    role: str
    name: str
    pointers: tuple[str, ...] = ()  # JSON pointers (RFC 6901), the first that holds a value counts
    whole: str = ""  # JSON pointer of what is taken out of `extra`

    @property
    def column(self) -> str:
        """Return the column of `events` that the field feeds."""
        return self.role.partition(":")[0]


@dataclass(frozen=True)
class Binding:
    """What the excerpt of one file says about how all its records are read."""

    fields: tuple[Field, ...] = ()
    header: tuple[str, ...] = ()
    header_record: str | None = None  # the text that is a comment, wherever it stands
    delimiter: str = ","
    opening: str = ""  # a line in front of the header that tells the delimiter: a comment, too
    warnings: tuple[str, ...] = ()
    in_force: tuple[str, ...] = ()  # header lines of the chunks before this one (formats with `carry`)


Wishes = Mapping[str, str]  # role -> field name, from --map and --account
Bind = Callable[[Sequence[str], Wishes], Binding]
Read = Callable[[pl.Series, Binding], pl.DataFrame]
Cut = Callable[[pl.Series, Binding], Logged | None]
Carry = Callable[[pl.Series, Binding], tuple[str, ...]]
MayRead = Callable[[pl.Series], bool]


@dataclass(frozen=True)
class LineFormat:
    """One log format. `bind` looks at sampled records once per file, `read` runs over every chunk.

    `read` returns one row per record: String columns named by role, `log_format` (null where the record is not of
    this format), `reason` (why not) and `flags` (a list of what was unusual), plus `extra` as JSON text.

    A format whose header lines (`#Fields`) say how the lines after them are read has `carry`: from the lines of a
    chunk and the header in force before it, the header in force behind it. It runs over the chunks in order, before
    they are spread, so that each is read as if the header stood in front of it. Its `read` sees the header lines,
    too, and gives them no format; what it makes of them is not used.

    `cut` returns what `read` would, with text that repeats by its distinct values, or None where that does not pay.

    `may_read` tells sooner than `read`, and without a binding, that not one of some lines is of the format. It may
    err on the side of `read`, never on the other. Most formats are asked about an excerpt that is of another one.
    """

    name: str
    title: str
    reference: str
    family: Family
    bind: Bind
    read: Read
    accepted: tuple[Sample, ...]
    rejected: tuple[Sample, ...]
    carry: Carry | None = None
    cut: Cut | None = None
    may_read: MayRead | None = None
