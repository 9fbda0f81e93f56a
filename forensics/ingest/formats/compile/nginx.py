r"""The `log_format` of nginx.

https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format

Times are when the request ended. `escape=default` writes `"`, `\` and bytes beyond ASCII as `\xHH`; `escape=json`
escapes as JSON does and leaves missing values empty; `escape=none` protects nothing.
"""

import re

import polars as pl

from forensics.errors import UsageError
from forensics.ingest.formats.compile.dialect import Dialect, Directive
from forensics.ingest.formats.compile.template import Literal, Template, Token, template
from forensics.ingest.formats.compile.vocabulary import variable
from forensics.ingest.formats.pattern import Refine

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_DIRECTIVE = re.compile(
    r"""(?ms)(?:^|[{};])\s*log_format\s+(?P<name>[^\s;'"]+)\s+(?P<body>(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^;'"])+);?"""
)
_PIECE = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^\s'"]+)""")
_UNESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_JSON = {  # what `escape=json` writes, to what it stands for; matched from the left, so `\\\\n` is a backslash and an n
    "\\\\": "\\",
    '\\"': '"',
    "\\n": "\n",
    "\\r": "\r",
    "\\t": "\t",
    "\\b": "\b",
    "\\f": "\f",
    **{f"\\u{code:04{case}}": chr(code) for code in range(32) for case in "xX"},
}


def directives(text: str) -> list[Directive]:
    """Return the `log_format` directives of a configuration, or of the text of one."""
    bare = re.sub(r"(?m)^\s*#.*$", "", text)
    return [_directive(match["name"], match["body"]) for match in _DIRECTIVE.finditer(bare)]


def _directive(name: str, body: str) -> Directive:
    pieces = [next(part for part in match.groups() if part is not None) for match in _PIECE.finditer(body)]
    options = [piece for piece in pieces if piece.startswith("escape=")]
    values = [_unescaped(piece) for piece in pieces if piece not in options]
    return Directive(name, "".join(values), options[0].removeprefix("escape=") if options else "default")


def _unescaped(text: str) -> str:
    return re.sub(r"""\\([\\'"nrt])""", lambda match: _UNESCAPED.get(match[1], match[1]), text)


def parse(text: str, escape: str) -> Template:
    """Return the template of a format string."""
    if escape not in {"default", "json", "none"}:
        raise UsageError(f"nginx has no escape={escape}", hint="it has default, json and none")
    tokens: list[Token] = []
    position = 0
    for match in _VARIABLE.finditer(text):
        name = match[1] or match[2]
        tokens += [Literal(text[position : match.start()]), variable(name.lower(), f"${name}")]
        position = match.end()
    return template([*tokens, Literal(text[position:])], escapes=escape != "none", empty=escape == "json")


def refine(_: Template, escape: str) -> Refine | None:
    """Return what reads JSON escapes back, so that values look as they do in any other log; None for other escapes."""
    return _json_read_back if escape == "json" else None


def _json_read_back(fields: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name, kind in fields.schema.items() if kind == pl.String]
    escaped = [name for name in texts if fields[name].str.contains("\\", literal=True).any()]
    return fields.with_columns(
        pl.col(name).str.replace_many(list(_JSON), list(_JSON.values()), leftmost=True) for name in escaped
    )


def recognizes(text: str) -> bool:
    """Tell whether a bare format string is one of nginx."""
    return _VARIABLE.search(text) is not None


NGINX = Dialect(
    name="nginx",
    title="nginx log_format",
    directives=directives,
    parse=parse,
    recognizes=recognizes,
    refine=refine,
    warnings={
        "none": "escape=none protects nothing: a client can write quotes and line ends into the log, and what follows"
        " them may be read as other fields"
    },
)
