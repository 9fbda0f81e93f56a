"""What the variables of all servers mean, under the names nginx gives them: `http_` and a header, `cookie_`, `arg_`.

Only what a server verified, or what itself is a key, is an identity without being asked for: a user header is text
the client may write. `--account http_x_user` says so where the operator knows better.
"""

from forensics.ingest.formats.compile.template import NUMBER, Variable, identifier
from forensics.ingest.formats.written_times import CLF, ISO

ADDRESS = r"(?:unix:)?[^ \",]*[^ \",:]|unix:|-"
STATUS = r"[0-9]{3}|-"
SIZE = r"\+?[0-9]+|-"
_LIST = r"[^ ,\"]+(?:, ?[^ ,\"]+)*"  # forwarded addresses
_TRIES = r"[^ ,\"]+(?:(?:,| :) [^ ,\"]+)*"  # nginx: one value per upstream server, `:` after a redirect
_SESSIONS = ("session", "sessionid", "session_id", "sid", "phpsessid", "jsessionid")
MEANINGS: tuple[tuple[str, str, str | None], ...] = (  # name, role, shape: first choice first
    ("time_start", "timestamp:start", None),
    ("time_msec", "timestamp:end", r"[0-9]{9,11}(?:\.[0-9]+)?"),
    ("msec", "timestamp:end", r"[0-9]{9,11}\.[0-9]{3}"),
    ("time_iso8601", "timestamp:end", ISO),
    ("time_local", "timestamp:end", CLF),
    ("time_end", "timestamp:end", None),
    ("remote_addr", "source_ip:peer", ADDRESS),
    ("remote_host", "source_ip:peer", None),
    ("http_x_forwarded_for", "network_forwarded_ip", None),
    ("proxy_add_x_forwarded_for", "network_forwarded_ip", None),
    ("jwt_claim_sub", "user_id:user", None),
    ("remote_user", "user_id:user", None),
    ("http_x_api_key", "user_id:api_key", None),
    ("http_api_key", "user_id:api_key", None),
    ("arg_api_key", "user_id:api_key", None),
    *((f"cookie_{name}", "user_id:session", None) for name in _SESSIONS),
    ("http_authorization", "user_id:authorization", None),
    ("request", "request_line", None),
    ("request_method", "http_request_method", None),
    ("request_uri", "url_original", None),
    ("uri", "url_path", None),
    ("args", "url_query", None),
    ("query_string", "url_query", None),
    ("http_host", "url_domain", None),
    ("host", "url_domain", None),
    ("server_name", "url_domain", None),
    ("server_protocol", "http_version", None),
    ("status", "http_response_status_code", STATUS),
    ("body_bytes_sent", "http_response_body_bytes", SIZE),
    ("bytes_sent", "http_response_bytes", SIZE),
    ("request_length", "http_request_bytes", SIZE),
    ("request_time", "event_duration_us:s", NUMBER),
    ("request_time_s", "event_duration_us:s", NUMBER),
    ("request_time_ms", "event_duration_us:ms", NUMBER),
    ("request_time_us", "event_duration_us:us", NUMBER),
    ("total_time_ms", "event_duration_us:ms", NUMBER),
    ("http_referer", "http_request_referrer", None),
    ("http_user_agent", "user_agent_original", None),
    ("ssl_ja4", "tls_client_ja4", None),
    ("http_ssl_ja4", "tls_client_ja4", None),
)
_KNOWN = {name: (role, shape) for name, role, shape in MEANINGS}
_SHAPES = dict.fromkeys(("remote_port", "server_port", "connection", "connection_requests", "pid"), NUMBER)
_SHAPES["is_args"] = r"\??"
_BEGINS = {"request_uri": "/", "uri": "/", "is_args": "?"}
_BLANKS = ("http_", "sent_http_", "upstream_", "cookie_", "remote_user", "jwt_", "env_", "note_", "arg_")


def variable(name: str, written: str, *, shape: str | None = None, role: str | None = None) -> Variable:
    """Return a variable by the name it has here, with what it means."""
    known_role, known_shape = _KNOWN.get(name, (None, _SHAPES.get(name)))
    return Variable(
        name=name,
        written=written,
        role=role or known_role,
        shape=shape or known_shape,
        bare=_bare(name),
        blanks=name.startswith(_BLANKS) or name in {"request", "time_start", "time_end"},
        begins=_BEGINS.get(name, ""),
        firm=name == "is_args",
    )


def _bare(name: str) -> str | None:
    """Return the pattern of a value without quotes around it, for lists whose commas stand before blanks."""
    if name.endswith("x_forwarded_for"):
        return _LIST
    return (
        _TRIES if name.startswith("upstream_") and not name.startswith(("upstream_http_", "upstream_cookie_")) else None
    )


def header(name: str, written: str, *, response: bool = False) -> Variable:
    """Return the variable of a request or response header."""
    return variable(f"sent_http_{identifier(name)}" if response else f"http_{identifier(name)}", written)


def roles(variables: tuple[Variable, ...]) -> tuple[tuple[str, str], ...]:
    """Return (role, field) pairs, of several fields with one role the better one first."""
    order = {name: place for place, (name, _, _) in enumerate(MEANINGS)}
    ranked = sorted(
        (order.get(each.name.removesuffix("_2"), len(order)), place, each) for place, each in enumerate(variables)
    )
    return tuple((each.role, each.name) for _, _, each in ranked if each.role)
