"""Envoy format strings.

https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage

Times are when the request began, in UTC. Envoy escapes nothing in text formats: a client can write quotes into the
log, and what follows them may be read as other fields.
"""

import re

import polars as pl

from forensics.ingest.formats.compile.dialect import Dialect, Directive
from forensics.ingest.formats.compile.template import Literal, Template, Token, Variable, identifier, template
from forensics.ingest.formats.compile.vocabulary import header, variable
from forensics.ingest.formats.pattern import Refine
from forensics.ingest.formats.written_times import ISO, from_strftime, printed, spelled_out

_OPERATOR = re.compile(r"%(?P<name>[A-Z][A-Z0-9_]{2,})(?:\((?P<inner>[^)]*)\))?(?::(?P<length>[0-9]+))?%|%%")
_TEXT = re.compile(
    r"(?ms)^[ \t-]*(?P<key>text_format|format|inline_string|accessLogFormat):[ \t]*(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|"
    r"'(?P<single>(?:[^']|'')*)'|[|>]-?[ \t]*\n[ \t]+(?P<block>[^\n]+))"
)
_PSEUDO = {":METHOD": "request_method", ":PATH": "request_uri", ":AUTHORITY": "http_host", ":SCHEME": "scheme"}
_NAMES = {
    "PROTOCOL": "server_protocol",
    "RESPONSE_CODE": "status",
    "BYTES_RECEIVED": "request_body_bytes",
    "BYTES_SENT": "body_bytes_sent",
    "DURATION": "request_time_ms",
    "JA4_FINGERPRINT": "ssl_ja4",
    "TLS_JA4_FINGERPRINT": "ssl_ja4",
}
_ADDRESSES = ("DOWNSTREAM_REMOTE_ADDRESS", "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT")


def directives(text: str) -> list[Directive]:
    """Return the text formats of a YAML configuration, under the key they stand at."""
    found = []
    for match in _TEXT.finditer(text):
        if match["double"] is not None:
            body = re.sub(r"\\(.)", lambda escape: {"n": "\n", "t": "\t"}.get(escape[1], escape[1]), match["double"])
        else:
            body = match["block"] or (match["single"] or "").replace("''", "'")
        found.append(Directive(match["key"], body))
    return [each for each in found if recognizes(each.text)]


def parse(text: str, _: str) -> Template:
    """Return the template of a format string."""
    text = text.rstrip("\n").removesuffix("\\n")
    tokens: list[Token] = []
    position = 0
    for match in _OPERATOR.finditer(text):
        tokens.append(Literal(text[position : match.start()]))
        position = match.end()
        tokens.append(_token(match["name"], match["inner"] or "", match[0]) if match["name"] else Literal("%"))
    return template([*tokens, Literal(text[position:])], escapes=False)


def _token(name: str, inner: str, written: str) -> Variable:
    if name == "START_TIME":
        return _time(inner, written)
    if name in {"REQ", "RESP", "REQ_WITHOUT_QUERY"}:
        first, _, other = inner.partition("?")
        known = _PSEUDO.get(first) or _PSEUDO.get(other)
        name_of = {"REQ_WITHOUT_QUERY": "uri"}.get(name) if known == "request_uri" else None
        return (
            variable(name_of or known, written) if known else header(first or other, written, response=name == "RESP")
        )
    if name in _ADDRESSES:
        return variable("remote_addr", written)
    if name in _NAMES:
        return variable(_NAMES[name], written)
    return Variable(identifier(f"{name}_{inner}"), written, blanks=not name.endswith(("ADDRESS", "FLAGS", "CLUSTER")))


def _time(inner: str, written: str) -> Variable:
    form = spelled_out(inner)
    shape = printed(form) if form else ISO
    if shape is None:
        return Variable("time_text", written, blanks=True)
    return Variable("time_start", f"{{{form}}}", "timestamp:start", shape=shape)


def refine(template: Template, _: str) -> Refine:
    """Return what makes values of columns: times in a format of their own are read back as UTC."""
    forms = {each.name: each.written[1:-1] for each in template.variables if each.written.startswith("{")}

    def refined(fields: pl.DataFrame) -> pl.DataFrame:
        return fields.with_columns(_utc(name, form).alias(name) for name, form in forms.items() if form)

    return refined


def _utc(name: str, form: str) -> pl.Expr:
    read = from_strftime(name, form)
    return read if "%z" in form or "%s" in form else read + "Z"


def recognizes(text: str) -> bool:
    """Tell whether a bare format string can only be one of Envoy."""
    return any(match["name"] for match in _OPERATOR.finditer(text))


ENVOY = Dialect(
    name="envoy",
    title="Envoy text format string",
    directives=directives,
    parse=parse,
    recognizes=recognizes,
    refine=refine,
)
