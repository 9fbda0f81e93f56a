r"""The Common Log Format family: one anchored pattern, from strict to forgiving, over whole columns.

Apache (mod_log_config) escapes `"` as `\"`, nginx as `\x22`; both forms are one "quoted" group here, and escapes stay
as logged. Patterns are tried in order on the records the earlier ones could not read:

1. host, identity and user without blanks: nearly every line of nearly every log;
2. a virtual host in front (`%v:%p`), or a list of forwarded addresses in the place of the host;
3. a user name with blanks (nginx `$remote_user` is whatever the client sent);
4. a request with unescaped quotes, as old writers leave them (flagged `unescaped_quote`).

Whatever follows the known fields is kept in `extra`, never a reason to refuse a line: servers gain fields at the
right end. Rust regular expressions run in linear time, whatever the line holds.
"""

from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from forensics.ingest.compiled import CERTAIN, WORTH
from forensics.ingest.cut import cut as cut_by
from forensics.ingest.cut import extracted
from forensics.ingest.formats.base import Binding, Field, Wishes
from forensics.ingest.logged import Logged, no_flags

_QUOTED = r'(?:[^"\\]|\\.)*'
_ADDRESS = r"[0-9A-Fa-f.:]*[.:][0-9A-Fa-f.:]*"
_HOST = r'(?P<host>[^ ,"]+)'
_VHOST = rf'(?P<vhost>[^ ,:"\[]+)(?P<port>:[0-9]{{1,5}})? (?P<host>{_ADDRESS})'
_LIST = rf'(?:"(?P<quoted_list>[^"]*)"|(?P<list>{_ADDRESS}(?:, ?{_ADDRESS})+))(?: (?P<host>{_ADDRESS}))?'
_USER = r"(?P<ident>[^ ]+) (?P<user>[^ ]+)"
_BLANKS_IN_USER = r"(?P<ident>-) (?P<user>[^ \[][^\[]*?)"
_TIME = r"\[(?P<time>[0-9]{1,2}/[A-Za-z]{3}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)? [+-][0-9]{4})\]"
_REQUEST = rf'"(?P<line>{_QUOTED})"'
_STRAY_QUOTES = r'"(?P<line>.*)"'
_STATUS = r"(?P<status>[0-9]{3}|-) (?P<size>[0-9]+|-)"
_AGENT = rf' "(?P<referrer>{_QUOTED})" "(?P<agent>{_QUOTED})"'
_TRAILING = r"(?: (?P<trailing>.*))?$"


def _pattern(origin: str, user: str, request: str, agent: str) -> str:
    return f"^{origin} {user} {_TIME} {request} {_STATUS}{agent}{_TRAILING}"


_ORIGINS = ((_HOST, _USER), (_VHOST, _USER), (_LIST, _USER), (_HOST, _BLANKS_IN_USER))
# With and without referrer and agent are two patterns, not one with an optional part: then at every byte there is
# one way to go on, and the engine reads the groups in one pass, four times as fast.
PATTERNS = (
    *(_pattern(origin, user, _REQUEST, agent) for origin, user in _ORIGINS for agent in (_AGENT, "")),
    *(_pattern(origin, user, _STRAY_QUOTES, agent) for origin, user in _ORIGINS[:2] for agent in (_AGENT, "")),
)
_PLAIN = f"^{_HOST} {_USER} {_TIME} {_REQUEST} {_STATUS}{_AGENT}$"
_SLOW = range(2, 8)  # patterns at these positions are not read in one pass by the regular expressions
_WORTH = CERTAIN  # bytes from which on the others are read sooner by a compiled program, its loading included
_STRICT = 8  # patterns before this position hold nothing unescaped
_MOST = 0.5  # share of lines that must be plain: below, all of them are read as they stand
_IDENTITIES = ("user", "ident")
_GROUPS = (
    *("host", "vhost", "port", "quoted_list", "list", "ident", "user", "time"),
    *("line", "status", "size", "referrer", "agent", "trailing"),
)
_TRAEFIK = r'^(?P<request>[0-9]+) "(?P<router>[^"]*)" "(?P<server>[^"]*)" (?P<took>[0-9]+)ms$'
_FORWARDED = rf'^"((?:{_ADDRESS}|unknown)(?:, ?(?:{_ADDRESS}|unknown))*|-)"(?: (.*))?$'


def bind(_: Sequence[str], wishes: Wishes) -> Binding:
    """Return which part of the line is the account; `--account user` and `--account ident` are the choices."""
    account = next(((role, name) for role, name in wishes.items() if role.startswith("user_id:")), None)
    unused = [name for name in wishes.values() if account is None or name != account[1]]
    warnings = [f"its lines have no field {name!r}" for name in unused]
    if account and account[1] not in _IDENTITIES:
        warnings.append(f"its lines have no field {account[1]!r}: the account is the user of the line")
        account = None
    role, name = account or ("user_id:user", "user")
    return Binding(fields=(Field(role, name),), warnings=tuple(warnings))


def may_read(text: pl.Series) -> bool:
    """Tell whether any line holds a time as all members of the family write it."""
    return bool(text.str.contains(_TIME).any())


def read(text: pl.Series, binding: Binding) -> pl.DataFrame:
    """Read a column of lines by whichever member of the family fits each."""
    left = pl.DataFrame({"text": text}).with_row_index("row")
    taken: list[pl.DataFrame] = []
    for rank, pattern in enumerate(PATTERNS):
        groups = extracted(left["text"], pattern, WORTH if rank in _SLOW else _WORTH).insert_column(0, left["row"])
        missed = groups["time"].is_null()
        hits = groups.filter(~missed) if missed.any() else groups  # mostly no row is moved
        taken.append(hits.with_columns(pl.lit(rank >= _STRICT).alias("stray")))
        left = left.filter(missed)
        if left.is_empty():
            break
    missing = left.select("row")
    schema = {"row": pl.UInt32, **dict.fromkeys(_GROUPS, pl.String), "stray": pl.Boolean}
    rows = pl.concat([pl.DataFrame(schema=schema), *taken, missing], how="diagonal")
    return _roles(rows if len(taken) == 1 and left.is_empty() else rows.sort("row"), binding)


def cut(text: pl.Series, binding: Binding) -> Logged | None:
    """Read a column of lines most of which are plain `combined`; what repeats in those is known by distinct values."""
    own = {
        "timestamp:unknown": "time",
        "source_ip:peer": "host",
        **{field.role: field.name for field in binding.fields},
        "request_line": "line",
        "http_request_referrer": "referrer",
        "user_agent_original": "agent",
    }
    found = cut_by(text, _PLAIN, tuple(own.values()), _WORTH, line="line")
    if found is None or found.height < _MOST * len(text):
        return None
    texts = {role: found.texts[name] for role, name in own.items() if name in found.texts}
    nothing = pl.repeat(None, found.height, dtype=pl.String, eager=True)
    frame = pl.DataFrame(
        {
            **{role: found.column(name) for role, name in own.items() if role not in texts},
            "http_response_status_code": found.numbers("status"),  # 0 is none, as `-` is
            "http_response_body_bytes": found.numbers("size"),
            "log_format": pl.repeat("combined", found.height, eager=True),
            "reason": nothing,
            "flags": no_flags(found.height),
        }
    )
    logged = Logged(frame, texts, parts=found.parts)
    others = _nothing(binding) if found.height == len(text) else read(text.filter(pl.Series(~found.rows)), binding)
    return logged.with_others(found.rows, others)


@lru_cache(maxsize=16)
def _nothing(binding: Binding) -> pl.DataFrame:
    return read(pl.Series([], dtype=pl.String), binding)


def _roles(rows: pl.DataFrame, binding: Binding) -> pl.DataFrame:
    """Give the groups their roles and the lines the name of their format."""
    list_behind = pl.when(pl.col("agent").is_not_null()).then("trailing").str.extract_groups(_FORWARDED)
    rows = rows.with_columns(list_behind.alias("behind"))
    forwarded = pl.col("behind")
    listed = pl.coalesce("quoted_list", "list")
    with_port = pl.col("port").is_not_null()
    size = pl.col("size").replace("-", "0")  # Apache writes 0 body bytes as `-`
    rows = rows.with_columns(
        forwarded.struct[0].alias("forwarded"),
        pl.when(forwarded.struct[0].is_null()).then("trailing").otherwise(forwarded.struct[1]).alias("trailing"),
    )
    trailing = pl.when(pl.col("trailing").is_not_null()).then(pl.struct("trailing").struct.json_encode())
    logged = rows.select(
        pl.col("time").alias("timestamp:unknown"),  # Apache logs the start, nginx the end: a line does not say which
        pl.col("host").alias("source_ip:peer"),
        pl.coalesce(listed, pl.col("forwarded").replace("-", None)).alias("network_forwarded_ip"),
        *(pl.col(field.name).alias(field.role) for field in binding.fields),
        pl.col("vhost").alias("url_domain"),
        pl.col("line").alias("request_line"),
        pl.col("status").alias("http_response_status_code"),
        # Debian's vhost_combined is the one preset of the family that logs %O, bytes with headers.
        pl.when(~with_port).then(size).alias("http_response_body_bytes"),
        pl.when(with_port).then(size).alias("http_response_bytes"),
        pl.col("referrer").alias("http_request_referrer"),
        pl.col("agent").alias("user_agent_original"),
        trailing.alias("extra"),
        _format().alias("log_format"),
        pl.when(pl.col("time").is_null()).then(pl.lit("not_clf")).alias("reason"),
        pl.concat_list(
            pl.when("stray").then(pl.lit("unescaped_quote")),
            pl.when(pl.col("trailing").is_not_null()).then(pl.lit("trailing_fields")),
        )
        .list.drop_nulls()
        .alias("flags"),
    )
    return _with_traefik(logged, rows["trailing"].str.extract_groups(_TRAEFIK).struct.unnest())


def _with_traefik(logged: pl.DataFrame, tail: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with what Traefik logs behind a combined line, which also says that its time is the start."""
    own = tail["took"].is_not_null() & (logged["log_format"] == "combined").fill_null(value=False)
    if not own.any():
        return logged
    members = tail.select(pl.struct("request", "router", "server").struct.json_encode().alias("extra"))["extra"]
    known = pl.col("flags").list.filter(pl.element() != "trailing_fields")
    return logged.with_columns(
        pl.when(own).then("timestamp:unknown").alias("timestamp:start"),
        pl.when(~own).then("timestamp:unknown").alias("timestamp:unknown"),
        pl.when(own).then(tail["took"]).alias("event_duration_us:ms"),
        pl.when(own).then(members).otherwise("extra").alias("extra"),
        pl.when(own).then(pl.lit("traefik")).otherwise("log_format").alias("log_format"),
        pl.when(own).then(known).otherwise("flags").alias("flags"),
    )


def _format() -> pl.Expr:
    """Return which member of the family a line is, null for none."""
    return (
        pl.when(pl.col("time").is_null())
        .then(None)
        .when(pl.col("vhost").is_not_null())
        .then(pl.lit("vhost_combined"))
        .when(pl.col("agent").is_not_null())
        .then(pl.lit("combined"))
        .otherwise(pl.lit("common"))
    )
