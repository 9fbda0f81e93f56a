"""Columns a table does not have, as JSON text beside it, without their secrets."""

import re
from collections.abc import Sequence

import polars as pl

from forensics.case import canonical
from forensics.keyed import secret_id
from forensics.redact import mask_secrets

_SECRET_NAMES = re.compile(
    r"(?i)(?P<api_key>api[\s_-]?key|private[\s_-]?key|^key$)|(?P<cookie>cookie)|(?P<session>session|^sid$)"
    r"|(?P<token>token|jwt|bearer)|(?P<authorization>authorization)"
    r"|(?P<query_secret>secret|passw|pwd|signature|credential)"
)


def extra(columns: Sequence[pl.Series], height: int, key: bytes) -> pl.Series:
    """Return one JSON object for each of `height` rows of what its cells say, null where they say nothing.

    A cell under a name that announces a secret is replaced as a whole; secrets inside other text are masked.
    """
    ordered = sorted((_without_secrets(column, key) for column in columns), key=lambda column: column.name)
    if not ordered:
        return pl.Series("extra", [None], dtype=pl.String).new_from_index(0, height)
    names = [column.name for column in ordered]
    texts = [
        canonical({name: cell for name, cell in zip(names, cells, strict=True) if cell}) if any(cells) else None
        for cells in zip(*ordered, strict=True)
    ]
    return mask_secrets(pl.Series("extra", texts, dtype=pl.String), key)


def _without_secrets(column: pl.Series, key: bytes) -> pl.Series:
    """Return a column whose name announces a secret with keyed ids instead of values."""
    found = _SECRET_NAMES.search(column.name)
    if not found or found.lastgroup is None:
        return mask_secrets(column, key)
    values = column.drop_nulls().unique().sort()
    ids = [secret_id(key, found.lastgroup, value) if value.strip() else "" for value in values]
    return column.replace_strict(values, pl.Series(ids, dtype=pl.String), default=None, return_dtype=pl.String)
