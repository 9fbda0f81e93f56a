"""Logged text to typed columns of `events`: the one place that decides what the text of any format means.

Logged text in (String columns named by role, see `formats/base.py`), columns of `events` out, row by row. Secrets
are replaced here, before anything is written.
"""

from dataclasses import dataclass

import polars as pl

from forensics.ingest import account, address, identity, request, times
from forensics.ingest.account import Account
from forensics.keyed import secret_id
from forensics.ranges import Network
from forensics.redact import mask_members, mask_secrets

_TEXTS = (
    *("url_domain", "user_agent_original", "http_request_referrer", "tls_client_ja4", "organization_id"),
    *("gen_ai_request_model", "gen_ai_operation_name"),
)
_SIZES = ("http_response_body_bytes", "http_response_bytes", "http_request_bytes")
_COUNTS = ("source_as_number", "gen_ai_usage_input_tokens", "gen_ai_usage_output_tokens")
_INTEGER = r"^\s*(?:AS|\+)?(-?[0-9]{1,18})(?:\.[0-9]*)?\s*$"
_DURATION = r"^\s*\+?(-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)\s*(ns|us|µs|ms|s)?\s*$"
_MICROSECONDS = {"ns": 0.001, "us": 1.0, "µs": 1.0, "ms": 1_000.0, "s": 1_000_000.0}
_HASH_LIKE = r"^[A-Za-z0-9+/=_:.-]{8,128}$"
_FREE_TEXT = ("url_original", "url_path", "url_query", "http_request_referrer", "user_agent_original", "extra")
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
    """Columns of `events` (without provenance), one Boolean column per flag in `FLAGS`, and the secrets seen."""

    columns: pl.DataFrame
    secrets: pl.DataFrame


def normalize(logged: pl.DataFrame, terms: Terms) -> Normalized:
    """Return the typed columns of every record, readable or not."""
    what = request.requests(logged)
    who = _who(logged, what["url_query"], terms)
    where = address.addresses(logged, terms.trusted)
    numbers = logged.select(*_numbers(logged), *_texts(logged, terms.key))
    columns = pl.concat([_when(logged, terms), who.columns, where, what, numbers.drop("url_domain")], how="horizontal")
    extra = _with_address(_text(logged, "extra"), where["source_address"])
    columns = columns.with_columns(extra.alias("extra"))
    columns = columns.with_columns(
        ((columns["source_address"].is_not_null()) & columns["source_range"].is_null()).alias("no_address"),
        (columns["event_duration_us"] < 0).fill_null(value=False).alias("negative_duration"),
        columns["malformed"].alias("malformed_request"),
    )
    masked = columns.with_columns(_masked(columns[name], name, who.secrets, terms.key) for name in _FREE_TEXT)
    if terms.account:
        masked = masked.with_columns(account.said(terms.account, masked["extra"], masked["user_id"]).alias("extra"))
    scheme = mask_secrets(columns["url_scheme"], terms.key)
    return Normalized(_with_target(masked.with_columns(scheme)), who.secrets)


def _who(logged: pl.DataFrame, url_query: pl.Series, terms: Terms) -> identity.Identities:
    """Return who sent each record: as its format says, or where the analyst says; secrets of both are known."""
    usual = identity.identities(logged, terms.key)
    if terms.account is None or terms.account.place == "field":
        return usual
    asked = identity.identities(account.found(terms.account, logged, url_query).to_frame(), terms.key)
    secrets = pl.concat([asked.secrets, usual.secrets]).unique("secret", keep="first", maintain_order=True)
    longest = secrets.sort(pl.col("secret").str.len_bytes(), "secret", descending=[True, False])
    return identity.Identities(asked.columns, longest)


def _text(logged: pl.DataFrame, role: str) -> pl.Series:
    if role in logged.columns:
        return logged[role]
    return pl.Series(role, [None], dtype=pl.String).new_from_index(0, logged.height)


def _when(logged: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    """Return the time of every record and what it means, from the first `timestamp:*` column with a readable value."""
    names = ("timestamp", "assumed", "ambiguous")
    frame = times.instants(_text(logged, ""), terms.zone)
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


def _numbers(logged: pl.DataFrame) -> list[pl.Series]:
    """Return the integer columns; what is no number is null, a status must be 100 to 999, a size not negative."""
    status = _integer(_text(logged, "http_response_status_code")).alias("http_response_status_code")
    sizes = [_integer(_text(logged, name)).alias(name) for name in _SIZES]
    counts = [_integer(_text(logged, name)).alias(name) for name in _COUNTS]
    return [
        _only(status, status.is_between(100, 999)).cast(pl.Int16),
        *(_only(size, size >= 0) for size in sizes),
        *counts,
        _duration(logged),
    ]


def _only(values: pl.Series, condition: pl.Series) -> pl.Series:
    return pl.select(pl.when(condition).then(values).alias(values.name)).to_series()


def _integer(text: pl.Series) -> pl.Series:
    number = text.cast(pl.Int64, strict=False)
    if number.null_count() == text.null_count():
        return number
    return number.fill_null(text.str.extract(_INTEGER).cast(pl.Int64, strict=False))


def _duration(logged: pl.DataFrame) -> pl.Series:
    """Return durations in microseconds; a unit in the text (`0.123s`) beats the unit the field name implies."""
    micro = pl.lit(None, pl.Int64)
    for role in (name for name in logged.columns if name.startswith("event_duration_us")):
        logged = logged.with_columns(pl.col(role).str.extract_groups(_DURATION).name.prefix("part "))
        part = pl.col(f"part {role}").struct
        unit = pl.coalesce(part[1], pl.lit(role.partition(":")[2] or "us"))
        factor = unit.replace_strict(_MICROSECONDS, return_dtype=pl.Float64)
        micro = pl.coalesce(
            micro, (part[0].cast(pl.Float64, strict=False) * factor).round().cast(pl.Int64, strict=False)
        )
    return logged.with_columns(micro.alias("event_duration_us"))["event_duration_us"]


def _texts(logged: pl.DataFrame, key: bytes) -> list[pl.Series]:
    """Return the plain text columns, absent words as null, and the prompt hash, keyed where text was logged."""
    texts = [_present(_text(logged, name)).alias(name) for name in _TEXTS]
    prompt = _present(_text(logged, "gen_ai_prompt_hash")).alias("gen_ai_prompt_hash")
    wordy = prompt.filter(~prompt.str.contains(_HASH_LIKE).fill_null(value=True)).unique().sort()
    hashed = pl.Series([secret_id(key, "prompt", value) for value in wordy], dtype=pl.String)
    return [*texts, prompt.replace(wordy, hashed) if len(wordy) else prompt]


def _present(text: pl.Series) -> pl.Series:
    """Return text with the words for nothing as null."""
    if text.null_count() == len(text):
        return text
    return pl.select(pl.when(~text.is_in(identity.ABSENT)).then(text)).to_series()


def _with_address(extra: pl.Series, source_address: pl.Series) -> pl.Series:
    """Return `extra` with the text that stood in the place of an address, where it was none."""
    if source_address.null_count() == len(source_address):
        return extra
    member = pl.DataFrame({"source_address": source_address}).select(pl.struct("source_address").struct.json_encode())
    frame = pl.DataFrame({"extra": extra, "member": member.to_series(), "address": source_address})
    joined = pl.col("extra").str.strip_suffix("}") + "," + pl.col("member").str.strip_prefix("{")
    return frame.select(
        pl.when(pl.col("address").is_null()).then("extra").otherwise(pl.coalesce(joined, "member")).alias("extra")
    ).to_series()


def _masked(values: pl.Series, name: str, secrets: pl.DataFrame, key: bytes) -> pl.Series:
    """Return free text without the secrets of this chunk's records and without anything that looks like one."""
    masked = without(values, secrets)
    if name == "extra":
        masked = mask_members(masked, key)
    return mask_secrets(masked, key).alias(name)


def without(values: pl.Series, secrets: pl.DataFrame) -> pl.Series:
    """Return text with every known secret replaced by its id."""
    if secrets.is_empty():
        return values
    return values.str.replace_many(secrets["secret"].implode(), secrets["id"].implode(), leftmost=True)


def _with_target(columns: pl.DataFrame) -> pl.DataFrame:
    """Put `url_original` together again from its cleaned parts, where it had parts."""
    query = pl.when(pl.col("url_query").is_not_null()).then("?" + pl.col("url_query")).otherwise(pl.lit(""))
    whole = pl.concat_str(pl.coalesce("url_scheme", pl.lit("")), pl.coalesce("url_path", pl.lit("")), query)
    has_parts = (
        pl.col("url_path").is_not_null() | pl.col("url_scheme").is_not_null() | pl.col("url_query").is_not_null()
    )
    return columns.with_columns(pl.coalesce("url_original", pl.when(has_parts).then(whole)).alias("url_original"))
