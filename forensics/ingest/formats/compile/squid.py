"""Squid `logformat`.

http://www.squid-cache.org/Doc/config/logformat/

Times are when the reply was finished. Values are escaped as their place demands; padding (`%6tr`) is blanks.
"""

import re

import polars as pl

from forensics.errors import UsageError
from forensics.ingest.formats.compile.dialect import Dialect, Directive
from forensics.ingest.formats.compile.template import NUMBER, Literal, Template, Token, Variable, identifier, template
from forensics.ingest.formats.compile.vocabulary import header, variable
from forensics.ingest.formats.pattern import Refine
from forensics.ingest.formats.written_times import CLF, from_strftime, printed, spelled_out

_MILLISECONDS = re.compile(r"%ts\.%03tu")
_TOKEN = re.compile(
    r"%(?P<encoding>[\"\[#'/]?)-?(?P<width>[0-9]*)(?:\.[0-9]+)?(?:\{(?P<before>[^}]*)\})?"
    r"(?P<code>%|[<>]?(?:ssl::|tls::|icap::|adapt::|http::|request_header)?[<>]?(?:err_code|err_detail|eui|[A-Za-z]{1,2}))"
    r"(?:\{(?P<after>[^}]*)\})?"
)
_DIRECTIVE = re.compile(r"""(?m)^[ \t]*logformat[ \t]+(?P<name>[^\s"]+)[ \t]+(?P<text>[^\n]+?)[ \t]*$""")
_NAMES = {
    ">a": "remote_addr",
    ">A": "remote_host",
    ">p": "remote_port",
    "un": "remote_user",
    "ul": "remote_user",
    "rm": "request_method",
    ">rm": "request_method",
    "ru": "request_uri",
    ">ru": "request_uri",
    "rp": "uri",
    "rv": "server_protocol",
    ">rv": "server_protocol",
    ">Hs": "status",
    "Hs": "status",
    "<st": "bytes_sent",
    ">st": "request_length",
    "tr": "request_time_ms",
    "Ss": "result",
    "Sh": "hierarchy",
    "<a": "peer",
    "<A": "peer",
    "mt": "mime",
    "ts": "time_msec",
    "ui": "remote_logname",
    "ue": "remote_user",
    "us": "tls_user",
}


def directives(text: str) -> list[Directive]:
    """Return the formats of a configuration, or of the text of one directive."""
    return [Directive(match["name"], match["text"]) for match in _DIRECTIVE.finditer(text)]


def parse(text: str, _: str) -> Template:
    """Return the template of a format string."""
    tokens: list[Token] = []
    position = 0
    text = _MILLISECONDS.sub("%9ts", text)  # seconds and milliseconds are one time
    for match in _TOKEN.finditer(text):
        tokens += [Literal(text[position : match.start()]), _token(match)]
        position = match.end()
    return template([*tokens, Literal(text[position:])])


def _token(match: re.Match[str]) -> Token:
    code, written = match["code"].replace("http::", ""), match[0]
    inner = match["before"] or match["after"]
    if code == "%":
        return Literal("%")
    if code in {"tl", "tg"}:
        return _time(inner, written, utc=code == "tg")
    if code in {">h", "<h", ">ha"} and inner:
        return header(inner, written, response=code == "<h")
    if code in {"ru", ">ru"}:
        return Variable("request_uri", written, "url_original")
    known = variable(_NAMES.get(code) or identifier(code.replace("<", "server_").replace(">", "client_")), written)
    padded = match["width"] and not match["width"].startswith("0") and code != "ts"
    if padded and (known.shape or NUMBER):
        shape = known.shape or r"[^ ]*"
        return Variable(known.name, written, known.role, shape=f" *(?:{shape})")
    return known


def _time(inner: str | None, written: str, *, utc: bool) -> Variable:
    if not inner:
        return Variable("time_end", written, "timestamp:end", shape=CLF)
    form = spelled_out(inner)
    if (shape := printed(form)) is None:
        raise UsageError(f"the time format of {written} cannot be read back", hint="log %ts.%03tu or %tl")
    return Variable("time_end", f"{{{form}}}{'Z' if utc and '%z' not in form else ''}", "timestamp:end", shape=shape)


def refine(template: Template, _: str) -> Refine:
    """Return what makes values of columns: times read back, padding taken away, unreadable requests told."""
    forms = {each.name: each.written for each in template.variables if each.written.startswith("{")}
    padded = [each.name for each in template.variables if (each.shape or "").startswith(" *")]

    def refined(fields: pl.DataFrame) -> pl.DataFrame:
        return fields.with_columns(
            *(_read_back(name, written).alias(name) for name, written in forms.items()),
            *(pl.col(name).str.strip_chars(" ") for name in padded),
        )

    return refined


def _read_back(name: str, written: str) -> pl.Expr:
    read = from_strftime(name, written[1 : written.rindex("}")])
    return read + "Z" if written.endswith("Z") else read


def recognizes(text: str) -> bool:
    """Tell whether a bare format string can only be one of Squid."""
    return re.search(r"%(?:[\"\[#'/]?-?[0-9]*)(?:ts|>a|<st|Ss|>Hs|Sh|ru|mt)\b", text) is not None


SQUID = Dialect(
    name="squid",
    title="Squid logformat",
    directives=directives,
    parse=parse,
    recognizes=recognizes,
    refine=refine,
)
