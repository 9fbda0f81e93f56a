"""What a server's way of writing log formats is: where the directives stand, and how one is taken apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from forensics.ingest.formats.compile.template import Template
from forensics.ingest.formats.pattern import Refine


@dataclass(frozen=True)
class Directive:
    """One log format of a configuration: its name, the format string, and how values are escaped."""

    name: str
    text: str
    escape: str = "default"


@dataclass(frozen=True)
class Dialect:
    """The log formats of one server.

    Attributes:
        name: the server.
        title: what its directive is called.
        directives: the directives in a text: a configuration file, or one pasted directive.
        parse: a format string and its escape mode to a template.
        recognizes: whether a bare format string can only be one of this server.
        refine: rewrites columns of a template whose text alone is not their value.
        warnings: escape modes an analyst must know about.
    """

    name: str
    title: str
    directives: Callable[[str], list[Directive]]
    parse: Callable[[str, str], Template]
    recognizes: Callable[[str], bool]
    refine: Callable[[Template, str], Refine | None] = lambda _template, _escape: None
    warnings: Mapping[str, str] = field(default_factory=dict)
