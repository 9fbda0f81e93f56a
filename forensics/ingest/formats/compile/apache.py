r"""Apache `LogFormat` and `CustomLog`, as documented for mod_log_config.

https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats

Times are when the request came in, unless the format says `end:`. Apache writes `"` as `\"`, other bytes that are
not printable as `\xhh`, nothing as `-`, and an empty user name as `""`.
"""

import re
from collections.abc import Sequence

import polars as pl

from forensics.errors import UsageError
from forensics.ingest.formats.compile.dialect import Dialect, Directive
from forensics.ingest.formats.compile.template import Literal, Template, Token, Variable, identifier, template
from forensics.ingest.formats.compile.vocabulary import header, variable
from forensics.ingest.formats.pattern import Refine
from forensics.ingest.formats.written_times import CLF, from_strftime, printed, spelled_out

_TOKEN = re.compile(r"%(?:[<>]|!?[0-9]{3}(?:,[0-9]{3})*)*(?:\{(?P<inner>[^}]*)\})?[<>]?(?P<code>\^t[io]|[A-Za-z%])")
_DIRECTIVE = re.compile(
    r"""(?mi)^[ \t]*(?P<kind>LogFormat|CustomLog[ \t]+(?:"[^"]*"|\S+)|TransferLog)[ \t]+"(?P<text>(?:[^"\\]|\\.)*)\""""
    r"""(?:[ \t]+(?P<name>[^\s=]+)(?=\s|$))?"""
)
_PLAIN = {
    "a": "remote_addr",
    "h": "remote_host",
    "A": "server_addr",
    "b": "body_bytes_sent",
    "B": "body_bytes_sent",
    "f": "filename",
    "H": "server_protocol",
    "I": "request_length",
    "k": "keepalives",
    "l": "remote_logname",
    "L": "log_id",
    "m": "request_method",
    "O": "bytes_sent",
    "P": "pid",
    "r": "request",
    "R": "handler",
    "s": "status",
    "S": "bytes_transferred",
    "u": "remote_user",
    "U": "uri",
    "v": "server_name",
    "V": "host",
    "X": "connection_status",
    "D": "request_time_us",
    "T": "request_time_s",
    "p": "server_port",
}
_INNER = {"C": "cookie", "e": "env", "n": "note", "x": "ssl", "^ti": "trailer", "^to": "sent_trailer"}
_SIDES = frozenset("ahpPL")
_UNITS = {"s": "request_time_s", "ms": "request_time_ms", "us": "request_time_us"}
_EPOCHS = {"sec": "[0-9]{9,11}", "msec": "[0-9]{12,14}", "usec": "[0-9]{15,17}"}
_FRACTIONS = {"msec_frac": "%3f", "usec_frac": "%6f"}


def directives(text: str) -> list[Directive]:
    """Return the formats of a configuration, or of the text of one directive."""
    joined = re.sub(r"\\\r?\n", "", text)
    return [Directive(match["name"] or "custom", _unescaped(match["text"])) for match in _DIRECTIVE.finditer(joined)]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([\\\"])", r"\1", text)


def parse(text: str, _: str) -> Template:
    """Return the template of a format string."""
    tokens: list[Token] = []
    position = 0
    for match in _TOKEN.finditer(text):
        tokens += [Literal(text[position : match.start()]), _token(match)]
        position = match.end()
    tokens.append(Literal(text[position:]))
    return template(_joined_times([_special(token) for token in tokens]))


def _special(token: Token) -> Token:
    """Return a literal with the two-letter escapes of the format string in effect."""
    if isinstance(token, Literal):
        return Literal(token.text.replace("\\t", "\t").replace("\\n", "\n"))
    return token


def _token(match: re.Match[str]) -> Token:
    code, inner, written = match["code"], match["inner"], match[0]
    if code == "%":
        return Literal("%")
    if code == "t":
        return _time(inner, written)
    if code == "q":
        return Variable("args", written, "url_query", begins="?")
    if inner and (known := _with_argument(code, inner, written)):
        return known
    if code not in _PLAIN:
        raise UsageError(f"Apache has no {written}", hint="paste the LogFormat line as it stands in the configuration")
    return variable(_PLAIN[code], written)


def _with_argument(code: str, inner: str, written: str) -> Variable | None:
    """Return the variable of a directive with an argument, such as `%{Referer}i`."""
    if code in {"i", "o"}:
        return header(inner, written, response=code == "o")
    if code in _INNER:
        return variable(f"{_INNER[code]}_{identifier(inner)}", written)
    if code == "T":
        return variable(_UNITS.get(inner, "request_time_s"), written)
    if code in _SIDES:  # %{c}a: the peer, whatever mod_remoteip made of it
        return variable(f"{'peer' if inner == 'c' else identifier(inner)}_{_PLAIN[code]}", written)
    return None


def _time(inner: str | None, written: str) -> Variable:
    """Return the variable of `%t` and `%{FORMAT}t`; its name ends with the format it must be read back by."""
    if not inner:
        return Variable("time_start", written, "timestamp:start", shape=rf"\[{CLF}\]")
    kind, colon, form = inner.partition(":")
    if kind not in {"begin", "end"} or not colon:
        kind, form = "begin", inner
    name, role = ("time_end", "timestamp:end") if kind == "end" else ("time_start", "timestamp:start")
    if form in _EPOCHS:
        return Variable(name, written, role, shape=_EPOCHS[form])
    form = spelled_out(_FRACTIONS.get(form, form))
    if (shape := printed(form)) is None:
        raise UsageError(f"the time format of {written} cannot be read back", hint="log %t, or %{%Y-%m-%dT%H:%M:%S%z}t")
    return Variable(name, f"{{{form}}}", role, shape=shape)


def _joined_times(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with a time that is written in pieces (`%{%F %T}t.%{msec_frac}t`) as one."""
    pieces = [place for place, token in enumerate(tokens) if isinstance(token, Variable) and _form(token)]
    first, last = (pieces[0], pieces[-1]) if len(pieces) > 1 else (0, 0)
    between = tokens[first : last + 1]
    if not last or any(isinstance(token, Variable) and not _form(token) for token in between):
        return list(tokens)
    form = "".join(
        token.text.replace("%", "%%") if isinstance(token, Literal) else _form(token) or "" for token in between
    )
    start = tokens[first]
    role = start.role if isinstance(start, Variable) else None
    whole = Variable("time_start", f"{{{form}}}", role, shape=printed(form))
    return [*tokens[:first], whole, *tokens[last + 1 :]]


def _form(variable: Variable) -> str | None:
    """Return the strftime format of a time that has one."""
    is_time = (variable.role or "").startswith("timestamp") and variable.written.startswith("{")
    return variable.written[1:-1] if is_time else None


def refine(template: Template, _: str) -> Refine:
    """Return what makes values of columns: times read back, `-` of `%b` as 0, no `""` of `%u` and no `?` of `%q`."""
    forms = {each.name: form for each in template.variables if (form := _form(each))}
    bracketed = [each.name for each in template.variables if (each.shape or "").startswith("\\[")]
    ends = {each.name: each.written[-1] for each in template.variables}

    def refined(fields: pl.DataFrame) -> pl.DataFrame:
        return fields.with_columns(
            *(from_strftime(name, form).alias(name) for name, form in forms.items()),
            *(pl.col(name).str.strip_chars("[]") for name in bracketed),
            *(pl.col(name).replace("-", "0") for name, end in ends.items() if end == "b"),
            *(pl.col(name).replace('""', None) for name, end in ends.items() if end == "u"),
            *(pl.col(name).str.strip_prefix("?") for name, end in ends.items() if end == "q"),
        )

    return refined


def recognizes(text: str) -> bool:
    """Tell whether a bare format string may be one of Apache: what no other server writes is."""
    return _TOKEN.search(text) is not None


APACHE = Dialect(
    name="apache",
    title="Apache LogFormat",
    directives=directives,
    parse=parse,
    recognizes=recognizes,
    refine=refine,
)
