"""Logged text to typed columns of `events`: the one place that decides what the text of any format means.

Logged text in (String columns named by role, see `formats/base.py`), columns of `events` out, row by row. Secrets
are replaced here, before anything is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from forensics.ingest import account, address, identity, request, times
from forensics.ingest.account import Account
from forensics.ingest.asked import Asked, asked, masked, without
from forensics.ingest.cut.parts import nothing
from forensics.ingest.distinct import Coded, Text
from forensics.ingest.layout.lines import beginnings, woven
from forensics.ingest.logged import Logged
from forensics.keyed import secret_id
from forensics.ranges import Network
from forensics.redact import mask_json

_FREE_TEXT = ("user_agent_original", "http_request_referrer")
_TEXTS = (*_FREE_TEXT, "tls_client_ja4", "organization_id", "gen_ai_request_model", "gen_ai_operation_name")
_PROMPT = "gen_ai_prompt_hash"
_SIZES = ("http_response_body_bytes", "http_response_bytes", "http_request_bytes")
_COUNTS = ("source_as_number", "gen_ai_usage_input_tokens", "gen_ai_usage_output_tokens")
_DURATION = r"^\s*\+?(-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*(ns|us|µs|ms|s)?\s*$"
_MICROSECONDS = {"ns": 0.001, "us": 1.0, "µs": 1.0, "ms": 1_000.0, "s": 1_000_000.0}
_HASH_LIKE = r"^[A-Za-z0-9+/=_:.-]{8,128}$"
FLAGS = (
    *("malformed_request", "no_address", "negative_duration", "timezone_assumed", "ambiguous_time", "implausible_time"),
    *("invalid_utf8", "bom"),
)


@dataclass(frozen=True)
class Terms:
    """What the case decided for every record: the key of secrets, the zone of bare times, proxies, the account."""

    key: bytes
    zone: str = "UTC"
    trusted: tuple[Network, ...] = ()
    account: Account | None = None


@dataclass(frozen=True)
class Normalized:
    """Columns of `events` (without provenance), one Boolean column per flag in `FLAGS`, and the secrets seen.

    `texts` are those columns whose text was worked out once per distinct value; `columns` are all others.
    """

    columns: pl.DataFrame
    secrets: pl.DataFrame
    texts: Mapping[str, Text]

    def whole(self) -> pl.DataFrame:
        """Return all columns, row by row."""
        return self.columns.with_columns(text.whole().alias(name) for name, text in self.texts.items())


def normalize(read: pl.DataFrame | Logged, terms: Terms) -> Normalized:
    """Return the typed columns of every record, readable or not; what repeats is worked out once."""
    logged = read if isinstance(read, Logged) else Logged(read)
    who, secrets = _who(logged, terms)
    where = logged.once(address.ROLES).then(lambda rows: address.addresses(rows, terms.trusted))
    times_read = logged.once([name for name in logged.columns if name.startswith("timestamp:")])
    there = {name for name in logged.columns if name in logged.texts or logged[name].null_count() < logged.frame.height}
    parts: list[Asked | Coded] = [
        times_read.then(lambda rows: _when(rows, terms)),
        who,
        where.then(lambda rows: rows.drop("source_address")),
        asked(logged, secrets, terms.key),
        *(logged.once([name]).then(lambda rows: _said(rows, secrets, terms.key)) for name in _TEXTS if name in there),
        *(logged.once([name]).then(lambda rows: _prompts(rows, terms.key)) for name in [_PROMPT] if name in there),
        Coded(_numbers(logged)),
    ]
    columns = pl.concat([part.uncoded() for part in parts], how="horizontal")
    extra = logged["extra"]
    if where.rows["source_address"].null_count() < where.rows.height:
        extra = _with_address(extra, where.then(lambda rows: rows.select("source_address")).whole().to_series())
        logged = replace(logged, suspects=None)
    if logged.suspects is None or not secrets.is_empty():
        extra = mask_json(without(extra, secrets), terms.key)
    elif logged.suspects.any():
        few, others = np.flatnonzero(logged.suspects), np.flatnonzero(~logged.suspects)
        extra = woven(len(extra), [(others, extra[others]), (few, mask_json(extra[few], terms.key))])
    if terms.account:
        extra = account.said(terms.account, extra, who.whole()["user_id"])
    texts = {name: nothing(logged.frame.height) for name in (*_TEXTS, _PROMPT) if name not in there}
    texts |= {name: text for part in parts for name, text in part.texts().items()}
    return Normalized(columns.with_columns(extra.alias("extra")), secrets, texts)


def _who(logged: Logged, terms: Terms) -> tuple[Coded, pl.DataFrame]:
    """Return who sent each record: as its format says, or where the analyst says; secrets of both are known."""
    said = logged.once([name for name in logged.columns if name.startswith("user_id:")])
    usual = identity.identities(said.rows, terms.key)
    if terms.account is None or terms.account.place == "field":
        return Coded(usual.columns, said.codes), usual.secrets
    query = logged.once(request.ROLES).then(request.requests).whole()["url_query"]
    named = account.found(terms.account, logged["extra"], query)
    found = identity.identities(named.to_frame(), terms.key)
    secrets = pl.concat([found.secrets, usual.secrets]).unique("secret", keep="first", maintain_order=True)
    return Coded(found.columns), secrets.sort(pl.col("secret").str.len_bytes(), "secret", descending=[True, False])


def _when(logged: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Return the time of every record and what it means, from the first `timestamp:*` column with a readable value."""
    names = ("timestamp", "assumed", "ambiguous")
    frame = times.nothing(logged.height)
    kinds = pl.lit(None, pl.String)
    for role in (name for name in logged.columns if name.startswith("timestamp:")):
        read = times.instants(logged[role], terms.zone)
        free = pl.Series("free", frame["timestamp"].is_null() & read["timestamp"].is_not_null())
        frame = frame.with_columns(pl.when(free).then(read[name]).otherwise(frame[name]).alias(name) for name in names)
        kinds = pl.when(free).then(pl.lit(role.partition(":")[2])).otherwise(kinds)
    return frame.select(
        "timestamp",
        kinds.alias("timestamp_kind"),
        pl.col("assumed").fill_null(value=False).alias("timezone_assumed"),
        pl.col("ambiguous").fill_null(value=False).alias("ambiguous_time"),
        times.implausible(pl.col("timestamp")).fill_null(value=False).alias("implausible_time"),
    )


def _numbers(logged: Logged) -> pl.DataFrame:
    """Return the integer columns; what is no number is null, a status must be 100 to 999, a size not negative."""
    status = logged.integers("http_response_status_code")
    sizes = [logged.integers(name) for name in _SIZES]
    counts = [logged.integers(name) for name in _COUNTS]
    duration = _duration(logged)
    return pl.DataFrame(
        [
            _only(status, status.is_between(100, 999)).cast(pl.Int16),
            *(_only(size, size >= 0) for size in sizes),
            *counts,
            duration,
            (duration < 0).fill_null(value=False).alias("negative_duration"),
        ]
    )


def _only(values: pl.Series, condition: pl.Series) -> pl.Series:
    return pl.select(pl.when(condition).then(values).alias(values.name)).to_series()


def _duration(logged: Logged) -> pl.Series:
    """Return durations in microseconds; a unit in the text (`0.123s`) beats the unit the field name implies."""
    micro = pl.Series("event_duration_us", [None], dtype=pl.Int64).new_from_index(0, logged.frame.height)
    for role in (name for name in logged.columns if name.startswith("event_duration_us")):
        unit = role.partition(":")[2] or "us"
        text = logged.texts.get(role)
        own = _microseconds(text.values, unit).gather(text.codes) if text else _microseconds(logged[role], unit)
        micro = micro.fill_null(own)
    return micro


def _microseconds(text: pl.Series, unit: str) -> pl.Series:
    """Return texts as microseconds; an expression takes apart only what is no bare number, as most are."""
    first, number = beginnings(text), text.cast(pl.Float64, strict=False)
    bare = pl.Series((first >= ord("0")) & (first <= ord("9"))) & number.is_not_null()
    micro = _whole(number * _MICROSECONDS[unit])
    others = (~bare & text.is_not_null()).arg_true()
    if others.is_empty():
        return micro
    part = text.gather(others).str.extract_groups(_DURATION).struct.unnest()
    factor = part["2"].fill_null(unit).replace_strict(_MICROSECONDS, return_dtype=pl.Float64)
    return micro.scatter(others, _whole(part["1"].cast(pl.Float64, strict=False) * factor))


def _whole(numbers: pl.Series) -> pl.Series:
    return numbers.round().cast(pl.Int64, strict=False)


def _said(said: pl.DataFrame, secrets: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return one text column with the words for nothing as null; what a client may write is cleaned of secrets."""
    text = _present(said.to_series(-1))
    return (masked(text, secrets, key) if text.name in _FREE_TEXT else text).to_frame()


def _prompts(said: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return the prompt hash, keyed where text was logged."""
    prompt = _present(said.to_series(-1))
    wordy = prompt.filter(~prompt.str.contains(_HASH_LIKE).fill_null(value=True)).unique().sort()
    hashed = pl.Series([secret_id(key, "prompt", value) for value in wordy], dtype=pl.String)
    return (prompt.replace(wordy, hashed) if len(wordy) else prompt).to_frame()


def _present(text: pl.Series) -> pl.Series:
    """Return text with the words for nothing as null."""
    if text.null_count() == len(text):
        return text
    return pl.select(pl.when(~text.is_in(identity.ABSENT)).then(text)).to_series()


def _with_address(extra: pl.Series, source_address: pl.Series) -> pl.Series:
    """Return `extra` with the text that stood in the place of an address, where it was none."""
    member = pl.DataFrame({"source_address": source_address}).select(pl.struct("source_address").struct.json_encode())
    frame = pl.DataFrame({"extra": extra, "member": member.to_series(), "address": source_address})
    joined = pl.col("extra").str.strip_suffix("}") + "," + pl.col("member").str.strip_prefix("{")
    return frame.select(
        pl.when(pl.col("address").is_null()).then("extra").otherwise(pl.coalesce(joined, "member")).alias("extra")
    ).to_series()
