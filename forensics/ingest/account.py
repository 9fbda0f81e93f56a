"""The account where it is no field of its own: a query parameter, a cookie, a request header.

`--account query.NAME`, `cookie.NAME` and `header.NAME` say where to look. What was chosen is written to each event
(`extra.user_id_field`), because the choice of the account is the first thing that anyone will question.

Inside JSON text every quote of a value is escaped. So `"name":` with bare quotes is always a member, and no value
that a client sends can pass for one.
"""

import re
from dataclasses import dataclass

import polars as pl

from forensics.errors import UsageError
from forensics.ingest.identity import KINDS
from forensics.ingest.lookups import lookups
from forensics.keyed import SECRET_KINDS

_PLACES = ("query", "cookie", "header")
_VALUE = r'"((?:[^"\\]|\\.)*)"'
_DECODE = "SELECT coalesce(TRY(url_decode(text)), text) AS text FROM lines ORDER BY row"
FIELD = "user_id_field"


@dataclass(frozen=True)
class Account:
    """Where the account of each request is: `place` is query | cookie | header, or `field` for a field of the log."""

    kind: str
    place: str
    name: str

    def __str__(self) -> str:
        return self.name if self.place == "field" else f"{self.place}.{self.name}"

    @property
    def column(self) -> str:
        """Return the role that the account plays."""
        return f"user_id:{self.kind}"


def account(named: str | None, role: str | None) -> Account | None:
    """Return what --account asks for. `role` is the role it has as a field of the log.

    Raise `UsageError` for a place without a name.
    """
    if named is None or role is None:
        return None
    kind, colon, rest = named.partition(":")
    bare = rest if colon and kind in KINDS else named
    place, _, name = bare.partition(".")
    own = role.partition(":")[2]
    if place not in _PLACES or "." not in bare:
        return Account(own, "field", bare)
    if not name:
        raise UsageError(f"--account {named}: it names no {place}", hint=f"--account {place}.NAME")
    return Account("cookie" if place == "cookie" and bare == named else own, place, name)


def found(asked: Account, extra: pl.Series, url_query: pl.Series) -> pl.Series:
    """Return the account of every record as logged; null where there is none."""
    name = re.escape(asked.name)
    match asked.place:
        case "query":
            value = url_query.str.extract(rf"(?:^|[&;]){name}=([^&;#]*)")
        case "cookie":
            cookies = extra.str.extract(rf'(?i)"[^"\\]*cookies?\)?"\s*:\s*(?:\[\s*)?{_VALUE}')
            value = cookies.str.extract(rf"(?:^|[;,]\s*){name}=([^;,]*)")
        case _:
            header = "[-_]".join(re.escape(part) for part in re.split("[-_]", asked.name))
            prefix = r"(?:http_|request_|req_|cs\()?"
            value = extra.str.extract(rf'(?i)"{prefix}{header}\)?"\s*:\s*(?:\[\s*)?{_VALUE}')
    if asked.kind in SECRET_KINDS:
        return value.alias(asked.column)  # as it stands, so that it can be found and hidden wherever it stands
    return _decoded(value).alias(asked.column)


def _decoded(values: pl.Series) -> pl.Series:
    """Return values with their percent signs read, so that one account in two logs is one; made once per value."""
    coded = values.filter(values.str.contains("%[0-9A-Fa-f]{2}").fill_null(value=False)).unique().sort()
    if coded.is_empty():
        return values
    with lookups() as engine:
        texts = pl.DataFrame({"row": pl.int_range(len(coded), eager=True), "text": coded})
        engine.register("lines", texts.to_arrow())
        read = pl.DataFrame(pl.from_arrow(engine.rows(_DECODE)))["text"]
    return values.replace(coded, read)


def said(asked: Account, extra: pl.Series, user_id: pl.Series) -> pl.Series:
    """Return `extra` with the field that gave the account, where it gave one."""
    member = pl.select(pl.struct(pl.lit(str(asked)).alias(FIELD)).struct.json_encode()).item()
    joined = (extra.str.strip_suffix("}") + ",").str.replace(r"^\{,$", "{") + member[1:]
    with_field = pl.select(pl.coalesce(joined, pl.lit(member))).to_series()
    return with_field.zip_with(user_id.is_not_null(), extra) if len(extra) else extra
