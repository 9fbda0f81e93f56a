"""The second guard: every rendering is decoded to the text its reader gets, and searched for what must not be there."""

from collections.abc import Callable, Iterable, Mapping

import polars as pl
import pyarrow as pa

from forensics.engine import Engine
from forensics.errors import IntegrityError
from forensics.names import found_in
from forensics.renderings import decoded
from forensics.report.redaction import ADDRESS, Redactor

_MOST_NAMED = 5
_REAL = "SELECT DISTINCT source_ip AS address FROM requests JOIN suspects ON suspects.address = source_ip ORDER BY 1"


def check_leaks(
    renderings: Mapping[str, bytes], hidden: Iterable[str], redactor: Redactor, whole: Callable[[], Engine]
) -> None:
    """Raise `IntegrityError` if a rendering shows a hidden name, or in an edition that leaves the house an address.

    `whole` opens the requests of everybody: an address of this copy that nobody used is a pseudonym, not a leak.
    """
    wanted = frozenset(hidden) - redactor.common
    for name, content in renderings.items():
        lines = [line for text in decoded(name, content) for line in text.splitlines()]
        found = found_in(pl.Series(lines, dtype=pl.String), wanted)
        if redactor.edition.leaves_the_house:
            seen = {match for line in lines for match in ADDRESS.findall(line)} - redactor.made
            found += _in_use(sorted(seen), whole)
        if found:
            more = "" if len(found) <= _MOST_NAMED else f" and {len(found) - _MOST_NAMED} more"
            raise IntegrityError(
                f"report.{name} would show what this reader may not see: {', '.join(found[:_MOST_NAMED])}{more}",
                hint="no report was written; report it, with the section that it stands in",
            )


def _in_use(addresses: list[str], whole: Callable[[], Engine]) -> list[str]:
    """Return which of these addresses a request of the case came from."""
    if not addresses:
        return []
    with whole() as engine:
        engine.register("suspects", pa.table({"address": pa.array(addresses, pa.string())}))
        return list(engine.rows(_REAL)["address"].to_pylist())
