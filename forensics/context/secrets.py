"""Identities that are secrets, replaced by the id that ingest gives the same secret."""

import re

import polars as pl

from forensics.context.kinds import Kind
from forensics.context.problems import Problems
from forensics.keyed import SECRET_KINDS, identity, secret_id
from forensics.redact import mask_text

_KEYED = re.compile(r"key:[0-9a-f]{32}")  # an id copied from a case stays what it is
_SPELLINGS = {
    "apikey": "api_key",
    "key": "api_key",
    "bearer": "token",
    "access_token": "token",
    "jwt": "token",
    "session_id": "session",
    "sid": "session",
    "cookies": "cookie",
    "password": "query_secret",
    "secret": "query_secret",
}
_SOUNDS_SECRET = r"(?:^|_)(?:keys?|tokens?|secrets?|cookies?|sessions?|auth|password|credentials?|bearer)(?:_|$)"  # noqa: S105 - words, not a secret


def keyed(frame: pl.DataFrame, kind: Kind, key: bytes, problems: Problems) -> pl.DataFrame:
    """Return the frame with every secret identity as its keyed id.

    A kind that sounds secret but is none we know, and an id that is shaped like a key though its kind does not
    say so, are problems: stored as they are they would leak, and they would match nothing in the log.
    """
    for column, says in kind.secrets.items():
        spelled = pl.col(says).str.to_lowercase().str.replace_all(r"[\s-]+", "_").replace(_SPELLINGS)
        frame = frame.with_columns(spelled.alias(says))
        strange = pl.col(says).str.contains(_SOUNDS_SECRET) & ~pl.col(says).is_in(sorted(SECRET_KINDS))
        problems.cells(
            frame.filter(strange), says, f"{{}} is unknown; a secret is one of {', '.join(sorted(SECRET_KINDS))}"
        )
        distinct = frame.select(column, says).drop_nulls(column).unique().sort(column, says)
        stored = [_stored(key, said, value) for value, said in distinct.iter_rows()]
        table = distinct.with_columns(pl.Series("stored", stored, dtype=pl.String))
        joined = frame.join(table, on=[column, says], how="left", nulls_equal=True, maintain_order="left")
        leaks = joined.filter(pl.col(column).is_not_null() & pl.col("stored").is_null())
        problems.cells(leaks, column, f"looks like a secret; set {says} to api_key, token, session or cookie")
        frame = joined.with_columns(pl.col("stored").alias(column)).drop("stored")
    return frame


def _stored(key: bytes, kind: str | None, value: str) -> str | None:
    """Return the id to store, or None for a value that is a secret although nobody says so."""
    if _KEYED.fullmatch(value):
        return value
    if kind in SECRET_KINDS:
        return identity(key, kind, value)
    return None if mask_text(value, key) == secret_id(key, "token", value) else value
