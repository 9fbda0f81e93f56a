r"""Jetty's `CustomRequestLog`, whose format string looks like Apache's and means other things.

https://javadoc.jetty.org/jetty-12/org/eclipse/jetty/server/CustomRequestLog.html

Its NCSA default (`%{client}a - %u %t "%r" %s %O`, extended by referrer and agent) prints lines that nothing tells from
`common` and `combined`; they are read as such. The string adds what a line does not say: that the time is when the
request came in, that `%O` leaves the headers out, and that `client` is an address that headers may have changed.
"""

import re

import polars as pl

from forensics.errors import UsageError
from forensics.ingest.formats.compile.dialect import Dialect, Directive
from forensics.ingest.formats.compile.template import Literal, Template, Token, Variable, identifier, template
from forensics.ingest.formats.compile.vocabulary import ADDRESS, header, variable
from forensics.ingest.formats.pattern import QUOTED, Refine
from forensics.ingest.formats.written_times import CLF

_TOKEN = re.compile(r"%(?:!?[0-9]{3}(?:,[0-9]{3})*)?(?:\{(?P<inner>[^}]*)\})?(?P<code>ti|to|uri|attr|[a-zA-Z%])")
_OWN = re.compile(r"%\{(?:server|client|local|remote)\}[ap]|%(?:\{[^}]*\})?(?:uri|attr)\b")
_PROPERTY = re.compile(r"(?m)^[ \t]*(?:--)?jetty\.requestlog\.formatString=(?P<text>.+?)[ \t]*$")
_USUAL_TIME = "dd/MMM/yyyy:HH:mm:ss ZZZ"
_UNITS = {"s": "request_time_s", "ms": "request_time_ms", "us": "request_time_us"}
_PLAIN = {
    "D": "request_time_us",
    "f": "filename",
    "H": "server_protocol",
    "I": "request_body_bytes",
    "k": "keepalives",
    "m": "request_method",
    "O": "body_bytes_sent",
    "r": "request",
    "R": "handler",
    "s": "status",
    "S": "bytes_transferred",
    "T": "request_time_s",
    "u": "remote_user",
    "U": "uri",
    "X": "connection_status",
}
_URI = {"": "request_uri", "path": "uri", "query": "args"}
_INNER = {"C": "cookie", "e": "env", "ti": "trailer", "to": "sent_trailer", "attr": "attr"}
_USER = rf'"{QUOTED}"|[^ "]+'  # a name with a comma, a quote or a backslash in it stands in quotes


def directives(text: str) -> list[Directive]:
    """Return the formats of a Jetty base: `jetty.requestlog.formatString` of `start.ini` or a module."""
    return [Directive("requestlog", match["text"]) for match in _PROPERTY.finditer(text)]


def parse(text: str, _: str) -> Template:
    """Return the template of a format string."""
    tokens: list[Token] = []
    position = 0
    for match in _TOKEN.finditer(text):
        tokens += [Literal(text[position : match.start()]), _token(match["code"], match["inner"] or "", match[0])]
        position = match.end()
    return template([*tokens, Literal(text[position:])])


def _token(code: str, inner: str, written: str) -> Token:
    if code == "%":
        return Literal("%")
    if code in {"a", "p"}:
        return _side(code, inner or "server", written)
    if code == "t":
        return _time(inner, written)
    if code == "q":
        return Variable("args", written, "url_query", begins="?")
    return (
        Variable("remote_user", written, "user_id:user", shape=_USER) if code == "u" else _plain(code, inner, written)
    )


def _plain(code: str, inner: str, written: str) -> Variable:
    """Return the variable of a code whose meaning its name says."""
    if code in {"i", "o"}:
        return header(inner, written, response=code == "o")
    if code == "uri":
        return variable(_URI.get(inner) or identifier(f"uri_{inner}"), written)
    if code in _INNER:
        return variable(identifier(f"{_INNER[code]}_{inner}"), written)
    if code not in _PLAIN:
        raise UsageError(f"Jetty has no {written}", hint="give the format string as it stands in the configuration")
    return variable(_UNITS[inner] if code == "T" and inner in _UNITS else _PLAIN[code], written)


def _side(code: str, inner: str, written: str) -> Variable:
    """Return the variable of an address or a port; `client` is what headers made of the peer."""
    name = f"{inner}_{'addr' if code == 'a' else 'port'}"
    if name == "client_addr":
        return Variable(name, written, "source_ip:field", shape=ADDRESS)
    return variable(name, written)


def _time(inner: str, written: str) -> Variable:
    """Return the variable of the time at which the request came in, which always stands in brackets."""
    if inner and inner.partition("|")[0] != _USUAL_TIME:
        raise UsageError(
            f"the time format of {written} cannot be read back", hint=f"log %t, or %{{{_USUAL_TIME}|GMT}}t"
        )
    return Variable("time_start", written, "timestamp:start", shape=rf"\[{CLF}\]")


def refine(template: Template, _: str) -> Refine:
    """Return what makes values of columns: no brackets around times, no quotes around names, no `?` of `%q`."""
    names = {each.name for each in template.variables}

    def refined(fields: pl.DataFrame) -> pl.DataFrame:
        return fields.with_columns(
            *(pl.col(name).str.strip_chars("[]") for name in names & {"time_start"}),
            *(pl.col(name).str.replace('^"(.*)"$', "${1}") for name in names & {"remote_user"}),
            *(pl.col(name).str.strip_prefix("?") for name in names & {"args"}),
        )

    return refined


JETTY = Dialect(
    name="jetty",
    title="Jetty CustomRequestLog",
    directives=directives,
    parse=parse,
    recognizes=lambda text: _OWN.search(text) is not None,
    refine=refine,
)
