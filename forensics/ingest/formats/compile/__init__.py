"""Formats compiled from what the customer has: the directive of the server that wrote the log.

`--format` takes the directive as it stands in the configuration, its format string alone, or FILE#NAME: a file of
the configuration and the name of the format in it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from forensics.errors import UsageError
from forensics.ingest.formats.base import Binding, Family, LineFormat, Wishes
from forensics.ingest.formats.cloudfront import CLOUDFRONT
from forensics.ingest.formats.compile.apache import APACHE
from forensics.ingest.formats.compile.dialect import Dialect, Directive
from forensics.ingest.formats.compile.envoy import ENVOY
from forensics.ingest.formats.compile.haproxy import HAPROXY
from forensics.ingest.formats.compile.jetty import JETTY
from forensics.ingest.formats.compile.nginx import NGINX
from forensics.ingest.formats.compile.squid import SQUID
from forensics.ingest.formats.compile.template import Template
from forensics.ingest.formats.compile.vocabulary import roles
from forensics.ingest.formats.pattern import Layout, Pattern
from forensics.ingest.formats.w3c import W3C

DIALECTS: tuple[Dialect, ...] = (ENVOY, NGINX, HAPROXY, SQUID, JETTY, APACHE)
_LONGEST = 1 << 22  # bytes of a configuration file
_LOOKS_LIKE_ONE = re.compile(r"[%$#\s]")


def looks_like_one(text: str) -> bool:
    """Tell whether the value of --format can be a directive or FILE#NAME, and not a misspelled name."""
    return _LOOKS_LIKE_ONE.search(text) is not None


def stands_alone(text: str) -> bool:
    """Tell whether a text is a whole directive or FILE#NAME, so that it can stand beside other formats."""
    path, _, name = text.rpartition("#")
    is_file = bool(path and name) and "\n" not in path and Path(path).is_file()
    return is_file or any(dialect.directives(text) for dialect in DIALECTS)


def compiled(text: str) -> LineFormat:
    """Return the format of a directive, a format string or FILE#NAME. Raise `UsageError` for text that is none."""
    if text.lstrip().startswith("#"):
        return _headed(text.strip())
    if re.match(r"\s*access_log\s", text):
        raise UsageError("access_log names a log format, it is none", hint="give the log_format it names")
    path, hash_mark, name = text.rpartition("#")
    if hash_mark and path and "\n" not in path and Path(path).is_file():
        return _of_file(Path(path), name)
    for dialect in DIALECTS:
        found = dialect.directives(text)
        if len(found) > 1:
            names = ", ".join(each.name for each in found)
            raise UsageError(
                f"--format holds several log formats: {names}",
                hint="give one, or FILE#NAME; join those of one file by ' + '",
            )
        if found:
            return of_directive(dialect, found[0])
    for dialect in DIALECTS:
        if dialect.recognizes(text):
            return of_directive(dialect, Directive("custom", text))
    raise UsageError(
        f"--format {text!r} is neither a known format nor a log format directive",
        hint="give log_format (nginx), LogFormat (Apache), log-format (HAProxy), logformat (Squid), an Envoy or Jetty"
        " format string, or FILE#NAME",
    )


def _headed(header: str) -> LineFormat:
    """Return W3C or CloudFront under a given `#Fields` header, for files that lost theirs."""
    form = CLOUDFRONT if "x-edge-location" in header else W3C
    if not re.match(r"(?i)#fields:\s*\S+\s+\S", header) or "\n" in header:
        raise UsageError(f"--format {header!r} is no header line", hint="give it as it stands: '#Fields: date time …'")

    def bind(sample: Sequence[str], wishes: Wishes) -> Binding:
        return replace(form.bind([header, *sample], wishes), in_force=(header,))

    return replace(form, bind=bind, accepted=(), rejected=())


def _of_file(path: Path, name: str) -> LineFormat:
    """Return the format of that name in a configuration file."""
    if path.stat().st_size > _LONGEST:
        raise UsageError(f"{path} is too long for a configuration file", hint="paste the directive instead")
    text = path.read_text(encoding="utf-8", errors="replace")
    found = [(dialect, each) for dialect in DIALECTS for each in dialect.directives(text)]
    named = [pair for pair in found if pair[1].name == name]
    if len({each.text for _, each in named}) == 1:
        return of_directive(*named[0])
    names = ", ".join(dict.fromkeys(each.name for _, each in found)) or "none"
    many = f"{len(named)} different log formats" if named else "no log format"
    raise UsageError(f"{path} has {many} named {name!r}", hint=f"its log formats: {names}")


def of_directive(dialect: Dialect, directive: Directive) -> LineFormat:
    """Return the format of one directive: strict patterns first, then one that lets values hold stray quotes."""
    template = dialect.parse(directive.text, directive.escape)
    layout = layout_of(f"{dialect.name}:{directive.name}", (template,), dialect, directive.escape)
    layout = replace(layout, directive=directive.text)
    return LineFormat(
        name=layout.name,
        title=f"{dialect.title} {directive.name}",
        reference=directive.text,
        family=Family.LINES,
        bind=layout.bind,
        read=layout.read,
        accepted=(),
        rejected=(),
    )


def layout_of(name: str, templates: tuple[Template, ...], dialect: Dialect, escape: str = "default") -> Layout:
    """Return the layout of one or more templates of a server; the first one decides how values are refined."""
    first, *_ = templates
    variables = tuple({each.name: each for template in templates for each in template.variables}.values())
    if not any(role.startswith("timestamp:") for role, _ in roles(variables)):
        raise UsageError("the log format logs no time", hint="events without a time cannot be ordered or compared")
    warnings = [dialect.warnings[escape]] if escape in dialect.warnings else []
    warnings += [
        f"{written} is logged without quotes: a blank a client puts into it moves the fields behind it"
        for written in dict.fromkeys(each for template in templates for each in template.exposed)
    ]
    return Layout(
        name=name,
        patterns=(
            *(Pattern(template.pattern()) for template in templates),
            *(Pattern(template.pattern(stray=True), flag="unescaped_quote") for template in templates),
        ),
        roles=roles(variables),
        refine=dialect.refine(first, escape),
        warnings=tuple(warnings),
    )
