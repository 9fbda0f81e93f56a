"""HAProxy `log-format`.

https://docs.haproxy.org/3.0/configuration.html#8.2.6

`%{+Q}r` writes quotes around a value and `"` inside it as `#22`; `%hr` and `%hs` are missing where nothing was
captured. `%tr` and `%t` have no zone; `%T` is UTC.
"""

import re
from collections.abc import Sequence

import polars as pl

from forensics.errors import UsageError
from forensics.ingest.formats.compile.dialect import Dialect, Directive
from forensics.ingest.formats.compile.template import NUMBER, Literal, Template, Token, Variable, identifier, template
from forensics.ingest.formats.compile.vocabulary import header, variable
from forensics.ingest.formats.pattern import Refine
from forensics.ingest.formats.written_times import CLF, from_clf

_TOKEN = re.compile(
    r"%(?:\((?P<named>[^)]*)\))?(?:\{(?P<flags>[^}]*)\})?(?P<code>\[(?:[^\[\]]|\[[^\]]*\])*\]|[A-Za-z]+|%)"
)
_DIRECTIVE = re.compile(
    r"""(?m)^[ \t]*log-format[ \t]+(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>(?:[^\s\\#]|\\.)+))"""
)
_SECTION = re.compile(r"^[ \t]*(?:frontend|defaults|listen|backend)\b[ \t]*(?P<name>\S*)", re.MULTILINE)
_FETCH = re.compile(r"^(?:capture\.)?req\.(?:f?hdr|hdrs)\(([^),]+)|^req\.cook\(([^)]+)\)|^capture\.req\.hdr\((\d+)\)")
_NAMES = {
    "ci": "remote_addr",
    "cp": "remote_port",
    "fi": "frontend_ip",
    "fp": "frontend_port",
    "si": "server_ip",
    "f": "frontend",
    "ft": "frontend",
    "b": "backend",
    "s": "server",
    "ST": "status",
    "B": "bytes_sent",
    "U": "request_length",
    "r": "request",
    "HM": "request_method",
    "HP": "uri",
    "HPO": "uri",
    "HU": "request_uri",
    "HQ": "args",
    "HV": "server_protocol",
    "CC": "captured_request_cookie",
    "CS": "captured_response_cookie",
    "ID": "unique_id",
    "Ta": "request_time_ms",
    "Tt": "total_time_ms",
    "tsc": "termination",
    "ts": "termination",
    "H": "hostname",
    "pid": "pid",
    "rt": "request_counter",
    "hr": "captured_headers",
    "hs": "captured_response_headers",
    "ms": "milliseconds",
    "Ts": "time_msec",
    "TR": "request_timer",
    "Tw": "queue_timer",
    "Tc": "connect_timer",
    "Tr": "response_timer",
    "Td": "data_timer",
    "Th": "handshake_timer",
    "Ti": "idle_timer",
    "Tq": "query_timer",
    "Tu": "user_timer",
}
_TIMES = {"tr": CLF, "t": CLF, "T": CLF, "Tl": CLF, "trg": CLF, "trl": CLF}
_STARTS = frozenset({"tr", "t", "trg", "trl"})
_NUMBERS = frozenset(
    {"cp", "fp", "sp", "bp", "TR", "Tw", "Tc", "Tr", "Td", "Th", "Ti", "Tq", "Tu", "Tt", "lc", "rc"}
) | {
    *("ac", "fc", "bc", "sc", "sq", "bq", "pid", "ms"),
}


def directives(text: str) -> list[Directive]:
    """Return the formats of a configuration, each under the name of its section, or of the text of one directive."""
    found = []
    for match in _DIRECTIVE.finditer(text):
        sections = [section["name"] for section in _SECTION.finditer(text, 0, match.start())]
        quoted = match["quoted"] if match["quoted"] is not None else match["bare"]
        body = match["single"] if match["single"] is not None else re.sub(r"\\(.)", r"\1", quoted or "")
        found.append(Directive(sections[-1] if sections and sections[-1] else "custom", body))
    return found


def parse(text: str, _: str) -> Template:
    """Return the template of a format string."""
    tokens: list[Token] = []
    position, all_quoted = 0, False
    for match in _TOKEN.finditer(text):
        tokens.append(Literal(text[position : match.start()]))
        position = match.end()
        flags, code = match["flags"] or "", match["code"]
        if code == "o":
            all_quoted = "+Q" in flags or (all_quoted and "-Q" not in flags)
            continue
        token = _token(code, match["named"], match[0], hexadecimal="+X" in flags)
        is_text = isinstance(token, Variable) and (token.shape is None or token.name == "remote_addr")
        quoted = is_text and ("+Q" in flags or all_quoted) and "-Q" not in flags  # numbers and times never are
        tokens += [Literal('"'), token, Literal('"')] if quoted else [token]
    return template(_separated([*tokens, Literal(text[position:])]))


def _separated(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with blanks as HAProxy writes them: runs as one, none in front."""
    separated: list[Token] = []
    blank = True
    for token in tokens:
        if isinstance(token, Literal):
            text = re.sub(" +", " ", token.text)
            separated.append(Literal(text.removeprefix(" ") if blank else text))
            blank = text.endswith(" ") or (blank and not text)
        else:
            separated.append(token)
            blank = False
    return separated


def _token(code: str, named: str | None, written: str, *, hexadecimal: bool) -> Token:
    if code == "%":
        return Literal("%")
    if code in _TIMES:
        kind = "start" if code in _STARTS else "end"
        return Variable(f"time_{kind}", written, f"timestamp:{kind}", shape=_TIMES[code])
    if code.startswith("["):
        return _fetched(code[1:-1], named, written)
    if code in {"hr", "hs"}:
        return Variable(_NAMES[code], written, shape=r"\{[^}]*\}", optional=True)
    if hexadecimal:
        return Variable(identifier(named or _NAMES.get(code, code)), written)
    if not re.fullmatch(r"[a-zA-Z]{1,3}", code):
        raise UsageError(
            f"HAProxy has no {written}", hint="paste the log-format line as it stands in the configuration"
        )
    name = _NAMES.get(code, identifier(named or code))
    return variable(name, written, shape=NUMBER if code in _NUMBERS else None)


def _fetched(expression: str, named: str | None, written: str) -> Variable:
    """Return the variable of a sample expression such as `%[req.hdr(User-Agent)]`."""
    match = _FETCH.match(expression)
    if match and match[1]:
        return header(match[1].strip("\"' "), written)
    if match and match[2]:
        return variable(f"cookie_{identifier(match[2])}", written)
    if expression == "src":
        return variable("remote_addr", written)
    return Variable(identifier(named or expression), written, blanks=True)


def refine(template: Template, _: str) -> Refine:
    """Return what makes values of columns: times to ISO text; a date without a zone but said to be UTC gets it."""
    times = [each for each in template.variables if each.shape == CLF]

    def refined(fields: pl.DataFrame) -> pl.DataFrame:
        return fields.with_columns(from_clf(each.name).alias(each.name) for each in times)

    return refined


def recognizes(text: str) -> bool:
    """Tell whether a bare format string can only be one of HAProxy."""
    return (
        re.search(r"%(?:\{[+-][QXE][^}]*\})?(?:ci|ft|tr|ST|TR|HM|HU|HP|CC|tsc)\b|%(?:\{[^}]*\})?\[", text) is not None
    )


HAPROXY = Dialect(
    name="haproxy",
    title="HAProxy log-format",
    directives=directives,
    parse=parse,
    recognizes=recognizes,
    refine=refine,
)
