"""Which logged field plays which role: the names real logs use, first choice first.

Names are compared folded (letters and digits only, lower case), a nested field by its whole path: `client_ip` also
finds `ClientIP`, `clientIp` and `client.ip`. Sources: ECS 9, OTel semantic conventions, OCSF 4002, nginx JSON logs,
Caddy, Traefik, Kong, Cloudflare Logpush, GCP load balancing, Azure, LiteLLM, Helicone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from forensics.errors import UsageError
from forensics.ingest.formats.base import Field, Wishes
from forensics.ingest.identity import ABSENT, KINDS
from forensics.ingest.times import readable_share
from forensics.schema import EVENTS
from forensics.schema.base import INT, SMALL

ROLES: Mapping[str, tuple[str, ...]] = {
    "timestamp:start": (
        *("time_start", "start_time", "started_at", "start_utc", "edge_start_timestamp", "request_start"),
        *("request_creation_time", "event.start", "request.started_at", "request_created_at"),
    ),
    "timestamp:unknown": (
        "@timestamp",
        "timestamp",
        "time",
        "ts",
        "datetime",
        "date_time",
        "request_time_epoch",
        "date",
    ),
    "timestamp:end": (
        *("time_iso8601", "msec", "time_local", "end_time", "ended_at", "completed_at", "event.end", "time_end"),
        "edge_end_timestamp",
    ),
    "user_id:user": (
        *(
            "user_id",
            "account_id",
            "user.id",
            "account.id",
            "account",
            "enduser.id",
            "actor.user.uid",
            "request_user_id",
        ),
        *(
            "consumer.id",
            "consumer.username",
            "jwt_claim_sub",
            "remote_user",
            "client_username",
            "user_name",
            "username",
            "user",
        ),
    ),
    "user_id:subscription": ("apim_subscription_id", "subscription_id"),
    "user_id:api_key": ("api_key", "x_api_key", "request.headers.x-api-key", "headers.x-api-key", "http_x_api_key"),
    "user_id:authorization": ("authorization", "http_authorization", "request.headers.authorization"),
    "source_ip:field": (
        *("client_ip", "source.ip", "client.ip", "client.address", "request.client_ip", "src_endpoint.ip", "cli_ip"),
        *("http_request.remote_ip", "caller_ip_address", "requester_ip_address", "client_host", "ip_address", "ip"),
        *("properties.client_ip", "source_address", "src_ip"),
    ),
    "source_ip:peer": (
        *("remote_addr", "remote_ip", "request.remote_ip", "remote_address", "peer_ip", "network.peer.address"),
        *("socket_ip", "client_addr", "id.orig_h", "request.remote_addr", "properties.socket_ip"),
    ),
    "network_forwarded_ip": (
        *("x_forwarded_for", "http_x_forwarded_for", "network.forwarded_ip", "xff", "forwarded_for"),
        *("request.headers.x-forwarded-for", "headers.x-forwarded-for", "client.x_forwarded_for"),
    ),
    "source_as_number": ("source.as.number", "client_asn", "asn", "as_number"),
    "request_line": ("request", "request_line", "http_request"),
    "http_request_method": (
        *("http.request.method", "request_method", "method", "http_method", "http.method", "verb"),
        *("client_request_method", "properties.method", "properties.http_method"),
    ),
    "url_original": (
        *("url.original", "request_uri", "request.uri", "client_request_uri", "uri", "url.full", "http.target"),
        *(
            "http.url",
            "request_url",
            "http_request.request_url",
            "request.url",
            "url",
            "path",
            "url.path",
            "request_path",
        ),
        *("http_path", "endpoint", "properties.request_uri"),
    ),
    "url_domain": (
        *("url.domain", "http_host", "request.host", "request_host", "client_request_host", "host.name", "vhost"),
        *("virtual_host", "server_name", "server.address", "host", "domain"),
    ),
    "url_query": ("url.query", "query_string", "query", "args"),
    "http_version": (
        *("http.version", "server_protocol", "request.proto", "request_protocol", "client_request_protocol"),
        *("network.protocol.version", "protocol", "http_version", "proto"),
    ),
    "http_response_status_code": (
        *("http.response.status_code", "status", "status_code", "response.status", "downstream_status"),
        *("edge_response_status", "http_status", "response_code", "response_status", "http.status_code"),
        *("http_request.status", "properties.http_status_code", "properties.response_code", "sc_status"),
    ),
    "http_response_body_bytes": (
        *("http.response.body.bytes", "http.response.body.size", "body_bytes_sent", "response_body_bytes", "bytes"),
        *(
            "size",
            "edge_response_body_bytes",
            "downstream_content_size",
            "response_length",
            "http_request.response_size",
        ),
    ),
    "http_response_bytes": (
        *("http.response.bytes", "response_bytes", "bytes_sent", "edge_response_bytes", "response.size", "bytes_out"),
        *("response_size", "http.response.size", "sc_bytes"),
    ),
    "http_request_bytes": (
        *("http.request.bytes", "request_bytes", "request_length", "bytes_received", "request.size", "bytes_in"),
        *("client_request_bytes", "http.request.size", "cs_bytes", "request_size"),
    ),
    "event_duration_us:us": ("duration_us", "latency_us", "request_time_us"),
    "event_duration_us:ms": (
        "duration_ms",
        "latency_ms",
        "response_time_ms",
        "request_time_ms",
        "elapsed_ms",
        "took_ms",
    ),
    "event_duration_us:s": ("request_time", "duration_s", "duration_seconds", "latency_s", "http_request.latency"),
    "event_duration_us:ns": ("event.duration", "duration_ns"),
    "user_agent_original": (
        *("user_agent.original", "user_agent", "http_user_agent", "request.headers.user-agent", "headers.user-agent"),
        *("request_user_agent", "client_request_user_agent", "http_request.user_agent", "ua"),
    ),
    "http_request_referrer": (
        *("http.request.referrer", "http_referer", "referer", "referrer", "request.headers.referer"),
        *("request_referer", "client_request_referer", "http_request.referer"),
    ),
    "tls_client_ja4": ("tls.client.ja4", "ja4", "tls_ja4"),
    "organization_id": ("organization.id", "organization_id", "org_id", "tenant_id", "actor.user.org.uid", "team_id"),
    "gen_ai_request_model": (
        *("gen_ai.request.model", "request_model", "model", "model_name", "model_deployment_name"),
        *("llm.request.model", "llm.model_name"),
    ),
    "gen_ai_operation_name": ("gen_ai.operation.name", "operation_name", "call_type", "operation"),
    "gen_ai_usage_input_tokens": (
        *("gen_ai.usage.input_tokens", "input_tokens", "prompt_tokens", "usage.prompt_tokens", "usage.input_tokens"),
        *("gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt"),
    ),
    "gen_ai_usage_output_tokens": (
        *("gen_ai.usage.output_tokens", "output_tokens", "completion_tokens", "usage.completion_tokens"),
        *("usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
        "llm.token_count.completion",
    ),
    "gen_ai_prompt_hash": ("gen_ai.prompt.hash", "prompt_hash", "template_hash", "prompt_sha256", "prompt"),
}

_DECIDED = frozenset(  # columns no log field may set: they say how we know
    {"event_id", "timestamp_kind", "user_id_kind", "source_range", "source_ip_origin", "parse_flags", "extra"}
    | {name for name in EVENTS.names() if name.startswith("log_") or name == "content_sha256"}
)
MAPPABLE = tuple(name for name in EVENTS.names() if name not in _DECIDED)
_EXPECTED = ("user_id:user", "user_id:api_key")  # read under their usual names even where the excerpt shows none
_ENOUGH = 0.5
_NUMBERS = frozenset(column.name for column in EVENTS.columns if column.type in {INT, SMALL})
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?\s*(?:ns|us|µs|ms|s)?$")
_STARTS, _ENDS = (
    re.compile(r"start|begin|created|received"),
    re.compile(r"end(?!point)|complet|finish|msec|local|iso8601"),
)
_UNITS = ((r"_ns$|nano", "ns"), (r"_us$|micro", "us"), (r"_ms$|milli|msec", "ms"), (r"_s$|sec|^request_time$", "s"))


def fold(name: str) -> str:
    """Return a field name as it is compared: letters and digits, lower case.

    >>> fold("ClientIP") == fold("client.ip")
    True
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def choose(values: Mapping[str, Sequence[str]], wishes: Wishes) -> tuple[tuple[str, str], ...]:
    """Return (role, field name) pairs for a file with these fields and sampled values (absent ones left out).

    A wish of the analyst beats the table of names. Among several names of one role the first counts that holds a
    value at least half as often as the best of them. A time field must hold plausible times.
    """
    folded = {fold(name): name for name in reversed(list(values))}
    wished = {role.partition(":")[0] for role in wishes}
    pairs = list(wishes.items())
    taken = set(wishes.values())
    for role, names in ROLES.items():
        if role.partition(":")[0] in wished:
            continue
        known = [folded[fold(name)] for name in names if fold(name) in folded]
        usable = [(name, held) for name in known if name not in taken and (held := _usable(role, values[name]))]
        best = max((held for _, held in usable), default=0)
        if chosen := next((name for name, held in usable if held >= best * _ENOUGH), None):
            pairs.append((role, chosen))
            taken.add(chosen)
        elif known and not role.startswith("timestamp") and not any(set(values[name]) - set(ABSENT) for name in known):
            pairs.append((role, known[0]))  # empty so far
            taken.add(known[0])
        elif role in _EXPECTED:
            pairs.extend((role, name) for name in names[:1] if name not in taken)
    return tuple(pairs)


def _usable(role: str, values: Sequence[str]) -> int:
    """Return how many sampled values of a field can play the role."""
    held = [value for value in values if value not in ABSENT]
    if role.startswith("timestamp"):
        return len(held) if readable_share(held) >= _ENOUGH else 0
    if role == "request_line":
        return len(held) if any(" HTTP/" in value for value in held) else 0
    if role.partition(":")[0] in _NUMBERS:  # a word would be lost in a number's column: it stays in `extra`
        return sum(bool(_NUMBER.match(value)) for value in held)
    return len(held)


def wishes(mapping: Mapping[str, str], account: str | None) -> dict[str, str]:
    """Return the roles that --map and --account ask for. Raise `UsageError` for a column nobody can set."""
    asked: dict[str, str] = {}
    for column, name in mapping.items():
        if column not in MAPPABLE:
            raise UsageError(
                f"--map {column}={name}: {column!r} is no column a log can fill", hint=f"columns: {', '.join(MAPPABLE)}"
            )
        asked[_role(column, name)] = name
    if account is not None:
        kind, colon, name = account.partition(":")
        if not colon or kind not in KINDS:
            kind, name = account_kind(account), account
        asked = {role: field for role, field in asked.items() if not role.startswith("user_id")}
        asked[f"user_id:{kind}"] = name
    return asked


def account_kind(name: str) -> str:
    """Return what kind of identity a field of that name holds.

    >>> account_kind("auth.apiKey"), account_kind("X-Session-Id"), account_kind("login")
    ('api_key', 'session', 'user')
    """
    folded = fold(name)
    known = {"apikey": "api_key", "authorization": "authorization", "cookie": "cookie", "session": "session"}
    known |= {"subscription": "subscription", "token": "token"}
    return next((kind for word, kind in known.items() if word in folded), "user")


def _role(column: str, name: str) -> str:
    lower = name.lower().rpartition(".")[2]
    match column:
        case "timestamp":
            kind = "start" if _STARTS.search(lower) else "end" if _ENDS.search(lower) else "unknown"
            return f"timestamp:{kind}"
        case "user_id":
            return f"user_id:{account_kind(name)}"
        case "source_ip":
            return "source_ip:field"
        case "event_duration_us":
            return f"event_duration_us:{next((unit for pattern, unit in _UNITS if re.search(pattern, lower)), 'us')}"
        case "url_path":
            return "url_original"  # a path may carry its query
        case _:
            return column


def has_time(pairs: Iterable[tuple[str, str]] | tuple[Field, ...]) -> bool:
    """Tell whether any field plays the role of a time."""
    return any((pair.role if isinstance(pair, Field) else pair[0]).startswith("timestamp") for pair in pairs)
