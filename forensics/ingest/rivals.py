"""Whether two formats read a source equally well and make something else of it: then nobody but the analyst can tell.

A format that says all that another says, and more, is a special case of it and no rival. Nor is what reads anything
(CSV, TSV, NDJSON) a rival of a format that knows what it reads.
"""

from collections.abc import Sequence

import polars as pl

from forensics.ingest.acquire import Excerpt
from forensics.ingest.fit import GENERIC, Candidate, are_kin
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Reading, parse_text
from forensics.ingest.sampling import as_records, texts
from forensics.schema import EVENTS

_NO_KEY = bytes(32)  # looking at a source makes no id that any case holds
_PLACE = "log_offset"
_NO_MEANING = ("event_id", "log_file_sha256", "content_sha256", "log_line", _PLACE, "log_length")
_HOW = ("log_format", "parse_flags", "extra")  # how a line was read, not what it says
_SAYING = [name for name in EVENTS.names() if name not in (*_NO_MEANING, *_HOW)]


def ambiguous(best: Candidate, candidates: Sequence[Candidate], excerpt: Excerpt) -> Candidate | None:
    """Return a format that reads as much as the best one and makes other columns of the same lines; None for none."""
    for each in candidates:
        equal = each.usable and each.rate == best.rate and each.format is not best.format
        alike = (each.format.name in GENERIC) == (best.format.name in GENERIC)
        if not (equal and alike) or are_kin(best.format, each.format):
            continue
        if _unlike(_events(best, excerpt), _events(each, excerpt)):
            return each
    return None


def _events(candidate: Candidate, excerpt: Excerpt) -> pl.DataFrame:
    if candidate.binding is None:
        return pl.DataFrame(schema={_PLACE: pl.Int64})
    form, view = candidate.format, candidate.view
    reading = Reading("", "", form, candidate.binding, Terms(_NO_KEY), view.envelopes)
    return parse_text(as_records(texts(excerpt, form, view)), reading).events


def _unlike(one: pl.DataFrame, two: pl.DataFrame) -> bool:
    """Tell whether rows of the same lines contradict each other, or each says something that the other does not."""
    both = one.join(two, on=_PLACE, suffix="_other")
    more, less = False, False
    for name in _SAYING if both.height else ():
        mine, other = both[name], both[f"{name}_other"]
        told = mine.is_not_null() & other.is_not_null()
        if (told & mine.ne_missing(other)).any():
            return True
        more |= bool((mine.is_not_null() & other.is_null()).any())
        less |= bool((mine.is_null() & other.is_not_null()).any())
    return more and less
