"""What was asked, where compiled loops are used: plain request lines are taken apart in one pass, without regexes.

All others are read by `ingest/request.py`, as without compiled loops, and both give the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from forensics.ingest import compiled, cut, request
from forensics.ingest.distinct import Coded, Text, encoded, firsts
from forensics.ingest.logged import joined

_MOST = 0.5  # share of lines that must be plain
_LEAST = 1_000
_TWO = r"^([23])\.0$"


@dataclass(frozen=True)
class Asked:
    """What was asked in each record: columns by their distinct values, and which requests are malformed."""

    known: Mapping[str, Text]
    malformed: pl.Series

    def uncoded(self) -> pl.DataFrame:
        """Return the columns that `texts` does not have, row by row."""
        return self.malformed.to_frame()

    def texts(self) -> Mapping[str, Text]:
        """Return the text columns."""
        return self.known


def asked(said: Coded, others: Callable[[pl.DataFrame], pl.DataFrame]) -> Asked | None:
    """Return what was asked in rows of `request.ROLES`; `others` reads those that are not plain.

    None where most are not, or where request lines are not all that is said.
    """
    rows, codes = said.rows, said.codes
    more = [name for name in request.ROLES[1:] if rows[name].null_count() < rows.height]
    if codes is None or more or rows.height < _LEAST or not compiled.worthwhile():
        return None
    found = cut.requests(rows[request.ROLES[0]])
    if found is None or found.height < _MOST * rows.height:
        return None
    texts = {
        "http_request_method": found.texts.get("method"),
        "url_original": found.texts.get("target"),
        "url_path": found.texts.get("path"),
        "url_query": found.texts.get("query"),
        "http_version": found.texts.get("version"),
        "url_domain": Text(pl.Series([None], dtype=pl.String), np.zeros(found.height, np.uint32)),
    }
    known = {name: text for name, text in texts.items() if text}
    if len(known) < len(texts):
        return None
    known["http_version"] = _renamed(known["http_version"])
    places = codes.to_numpy()
    malformed = pl.repeat(value=False, n=len(codes), dtype=pl.Boolean, eager=True)
    if found.height < rows.height:
        slow = others(rows.filter(pl.Series(~found.rows)))
        order = cut.order(found.rows)
        known = {name: joined(text, slow[name], order) for name, text in known.items()}
        marks = np.zeros(rows.height, np.bool_)
        marks[~found.rows] = slow["malformed_request"].to_numpy()
        malformed = pl.Series(marks[places])
    return Asked(
        {name: Text(text.values, text.codes[places]) for name, text in known.items()},
        malformed.alias("malformed_request"),
    )


def _renamed(version: Text) -> Text:
    """Return versions as they are called."""
    values = version.values.str.replace(_TWO, "${1}")
    own = encoded(values)
    return Text(values[firsts(own)], own[version.codes])
