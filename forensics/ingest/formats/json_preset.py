"""A JSON format of one product as data: what claims a record, and at which pointers its fields stand.

A preset holds no code of its own beyond small repairs of values (`settle`); `json_family.py` reads all of them. The
pointers of a role are in order: the first that holds a value counts. A role that starts with a dot is a part from
which `settle` makes another one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import polars as pl

from forensics.ingest.formats.base import Sample
from forensics.ingest.formats.json_text import Shape

Settle = Callable[[pl.DataFrame], pl.DataFrame]  # roles as logged to roles as `normalize` expects them


@dataclass(frozen=True)
class Mark:
    """A member that tells: it is there, and its value matches a pattern."""

    pointer: str
    pattern: str = ""

    def holds(self) -> pl.Expr:
        """Return where the mark is found, over columns named by pointer."""
        value = pl.col(self.pointer)
        return value.str.contains(self.pattern).fill_null(value=False) if self.pattern else value.is_not_null()


_SAID = r"^(?:[^-]|-.)"  # neither empty nor the dash that stands for it
Marks: TypeAlias = tuple[Mark | str, ...]  # any of them; a bare pointer is a mark without a pattern
Claim: TypeAlias = tuple[Mark | str | Marks, ...]  # all of them


@dataclass(frozen=True)
class Preset:
    """The JSON log of one product.

    Attributes:
        name: the value of `log_format`.
        title: what people call it.
        reference: where its fields are documented.
        claims: a record is of this product if one of these holds: every mark of it, of a group of marks any.
        roles: role to JSON pointers; a role without any is one that nothing the product logs can play.
        requests: a claimed record is a request if one of these says something, else it is refused as `non_http`.
        refusals: reason to mark: claimed records that cannot be read, and why.
        shapes: what is done to a claimed record before its fields are looked up.
        void: pattern of values that say nothing.
        flags: flag to condition, over roles as logged and over pointers.
        elapsed: the duration is the time between the logged start and end, where none is logged.
        chosen: its users choose the names of further fields, which are bound by their usual names.
        repairs: pattern and replacement that make JSON of what its escaping leaves invalid.
        settle: repairs of values.
        accepted: samples and their events.
        rejected: samples and their reasons.
    """

    name: str
    title: str
    reference: str
    claims: tuple[Claim, ...]
    roles: Mapping[str, tuple[str, ...]]
    accepted: tuple[Sample, ...]
    rejected: tuple[Sample, ...]
    requests: Marks = ()
    refusals: Mapping[str, Mark] = field(default_factory=dict)
    shapes: tuple[Shape, ...] = ()
    void: str = r"^-?$"
    flags: Mapping[str, pl.Expr] = field(default_factory=dict)
    elapsed: bool = False
    chosen: bool = False
    repairs: tuple[tuple[str, str], ...] = ()
    settle: Settle | None = None

    def claimed(self) -> pl.Expr:
        """Return which records are of this product, over columns named by pointer."""
        claims = [pl.all_horizontal(any_of(group) for group in groups(claim)) for claim in self.claims]
        return pl.any_horizontal(claims)

    def told_by(self) -> list[str]:
        """Return the pointers that its claims look at."""
        return [mark(each).pointer for claim in self.claims for group in groups(claim) for each in group]


def groups(claim: Claim) -> list[Marks]:
    """Return a claim as groups of marks, one of each of which has to hold."""
    return [each if isinstance(each, tuple) else (each,) for each in claim]


def any_of(marks: Marks) -> pl.Expr:
    """Return where any of some marks holds."""
    return pl.any_horizontal(mark(each).holds() for each in marks)


def mark(mark_or_pointer: Mark | str) -> Mark:
    """Return a mark; a bare pointer is one that matches any value."""
    return mark_or_pointer if isinstance(mark_or_pointer, Mark) else Mark(mark_or_pointer)


def below(parent: str, *names: str) -> tuple[str, ...]:
    """Return the pointers of members of one object.

    >>> below("/properties", "clientIP", "clientIp")
    ('/properties/clientIP', '/properties/clientIp')
    """
    return tuple(f"{parent}/{name}" for name in names)


def nested_or_flat(*names: str) -> tuple[str, ...]:
    """Return the pointers of dotted names, written as objects in objects or as one flat key.

    >>> nested_or_flat("url.path")
    ('/url/path', '/url.path')
    """
    return tuple(pointer for name in names for pointer in ("/" + name.replace(".", "/"), f"/{name}"))


def said(marks: Marks) -> Marks:
    """Return marks of which the bare ones have to say something."""
    return tuple(Mark(each, _SAID) if isinstance(each, str) else each for each in marks)


def either(*alternatives: Marks) -> tuple[Claim]:
    """Return the claim that needs one mark out of each group."""
    return (alternatives,)
