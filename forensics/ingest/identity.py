"""Who sent it: the identity a record logs, verbatim where it is a name, keyed where it is a secret.

Every kind of identity a file binds is a column `user_id:KIND`; the first one with a value counts. A secret leaves
this module only as its keyed id, together with the pairs (secret, id) with which the rest of the record is cleaned.
"""

from typing import NamedTuple

import polars as pl

from forensics.keyed import SECRET_KINDS, secret_id
from forensics.redact import mask_secrets

ABSENT = ("-", "", '""', "null", "None", "(null)", "nil", "undefined")
# What a server or a collector writes in the place of what it hides: equal for everybody, so nobody's identity.
HIDDEN = (
    r"(?i)^(?:(?:bearer|basic)\s+)?\W*"
    r"(?:redacted|masked|hidden|filtered|removed|sanitized|scrubbed|obfuscated|anonymized|x{4,})\W*$"
    r"|^(?:(?:bearer|basic)\s+)?[*•…]+$"
)
KINDS = ("user", "subscription", "api_key", "authorization", "token", "session", "cookie")
_SCHEME = r"(?i)^(?:bearer|basic)\s+"
_WORTH_HIDING = 6  # characters: a shorter "secret" would also blank out ordinary text


class Identities(NamedTuple):
    """`user_id` and `user_id_kind` per record, and the secrets seen: `secret`, `id`, longest first."""

    columns: pl.DataFrame
    secrets: pl.DataFrame


def identities(logged: pl.DataFrame, key: bytes) -> Identities:
    """Decide the identity of every record from its `user_id:KIND` columns, in the order of the columns."""
    stated = [column for column in logged.iter_columns() if column.null_count() < logged.height]
    names = [column.name for column in stated if column.name.startswith("user_id:")]
    if not names:
        empty = pl.DataFrame({"user_id": pl.Series([None] * logged.height, dtype=pl.String)})
        return Identities(empty.with_columns(pl.lit(None, pl.String).alias("user_id_kind")), _no_secrets())
    if len(names) == 1 and (plain := _names(logged[names[0]], key)) is not None:
        return Identities(plain, _no_secrets())
    columns, secrets = [], [_no_secrets()]
    for name in names:
        kind = name.partition(":")[2]
        value = _somebody(logged[name])
        ids, table = _keyed(value, kind, key) if kind in SECRET_KINDS else (mask_secrets(value, key), _no_secrets())
        columns.append(pl.DataFrame({"value": value, "id": ids, "kind": [kind] * len(ids)}))
        secrets.append(table)
    frame = pl.concat(
        [column.select(pl.all().name.suffix(str(n))) for n, column in enumerate(columns)], how="horizontal"
    )
    chosen = pl.coalesce(*(f"id{number}" for number in range(len(columns))))
    kinds = pl.coalesce(*(_kind_of(number) for number in range(len(columns))))
    table = pl.concat(secrets).unique("secret", keep="first", maintain_order=True)
    table = table.sort(pl.col("secret").str.len_bytes(), "secret", descending=[True, False])
    return Identities(frame.select(chosen.alias("user_id"), kinds.alias("user_id_kind")), table)


def _names(logged: pl.Series, key: bytes) -> pl.DataFrame | None:
    """Return the columns of identities where all of one kind are names, and none hides a secret; None where not."""
    kind = logged.name.partition(":")[2]
    value = _somebody(logged)
    if kind in SECRET_KINDS or mask_secrets(value, key) is not value:
        return None
    return pl.select(value.alias("user_id"), pl.when(value.is_not_null()).then(pl.lit(kind)).alias("user_id_kind"))


def _somebody(logged: pl.Series) -> pl.Series:
    nobody = logged.is_in(ABSENT) | logged.str.contains(HIDDEN)
    return pl.select(pl.when(~nobody).then(logged)).to_series()


def _kind_of(number: int) -> pl.Expr:
    """Return the kind of a column where it has a value; a name that turned out to be a secret is a token."""
    hidden = (pl.col(f"id{number}") != pl.col(f"value{number}")) & ~pl.col(f"kind{number}").is_in(list(SECRET_KINDS))
    return pl.when(hidden).then(pl.lit("token")).when(pl.col(f"id{number}").is_not_null()).then(pl.col(f"kind{number}"))


def _keyed(values: pl.Series, kind: str, key: bytes) -> tuple[pl.Series, pl.DataFrame]:
    """Return the keyed ids of a column of secrets, made once per distinct value, and the pairs made."""
    bare = values.str.replace(_SCHEME, "") if kind == "authorization" else values
    distinct = bare.drop_nulls().unique().sort()
    made = pl.Series([secret_id(key, kind, value) for value in distinct], dtype=pl.String)
    table = pl.DataFrame({"secret": distinct.cast(pl.String), "id": made})
    long = table.filter(pl.col("secret").str.len_chars() >= _WORTH_HIDING)
    return bare.replace_strict(distinct, made, default=None, return_dtype=pl.String), long


def _no_secrets() -> pl.DataFrame:
    return pl.DataFrame(schema={"secret": pl.String, "id": pl.String})
