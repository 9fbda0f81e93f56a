r"""Patterns of lines taken apart: the part of regular expressions that says what a line looks like, byte by byte.

What is read: literals, classes of characters, groups, alternatives, repetition, `.`, and `^` and `$` at the ends.
Everything else (`\b`, `\s`, flags) is a `NotCut`, and such a pattern stays a regular expression.
Sets are sets of bytes of UTF-8: those beyond ASCII are in a set together or not at all.
"""

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

BYTES: Final = 256
BEYOND_ASCII: Final = ((1 << BYTES) - 1) ^ ((1 << 128) - 1)
ANY: Final = ((1 << BYTES) - 1) ^ (1 << ord("\n"))
_PUNCTUATION = frozenset("\\.+*?()|[]{}^$#&-~/ \"'!%,:;<=>@`")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r"}


class NotCut(ValueError):  # noqa: N818 - not an error of anybody
    """A pattern that is left to the regular expressions."""


@dataclass(frozen=True)
class Set:
    """One byte of a set: bit `n` for byte `n`."""

    members: int


@dataclass(frozen=True)
class Row:
    """One thing after the other."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Choice:
    """The first of several that fits."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Repeat:
    """As many as there are, at least and at most so many; `most` None: no bound."""

    part: "Node"
    least: int
    most: int | None


@dataclass(frozen=True)
class Lazy:
    """As few bytes of a set as what follows allows."""

    members: int


@dataclass(frozen=True)
class Group:
    """What is to be known of a line."""

    name: str
    part: "Node"


Node = Set | Row | Choice | Repeat | Lazy | Group


def parsed(pattern: str) -> Node:
    """Return the tree of a pattern anchored at both ends. Raise `NotCut` for one that says more than is read here."""
    if not (pattern.startswith("^") and pattern.endswith("$")) or pattern.endswith("\\$"):
        raise NotCut("not anchored")
    reader = _Reader(pattern[1:-1])
    node = reader.choice()
    if reader.rest:
        raise NotCut(f"what is {reader.rest[0]!r}?")
    return node


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, rest: str) -> None:
        self.rest = rest

    def _take(self, text: str) -> bool:
        if not self.rest.startswith(text):
            return False
        self.rest = self.rest[len(text) :]
        return True

    def _next(self) -> str:
        if not self.rest:
            raise NotCut("it ends too soon")
        first, self.rest = self.rest[0], self.rest[1:]
        return first

    def choice(self) -> Node:
        parts = [self._row()]
        while self._take("|"):
            parts.append(self._row())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _row(self) -> Node:
        parts: list[Node] = []
        while self.rest and self.rest[0] not in "|)":
            parts.append(self._repeated(self._one()))
        return parts[0] if len(parts) == 1 else Row(tuple(parts))

    def _repeated(self, node: Node) -> Node:
        if self._take("*"):
            bounds: tuple[int, int | None] = (0, None)
        elif self._take("+"):
            bounds = (1, None)
        elif self._take("?"):
            bounds = (0, 1)
        elif self._take("{"):
            inside, _, self.rest = self.rest.partition("}")
            least, comma, most = inside.partition(",")
            if not least.isdigit() or (most and not most.isdigit()):
                raise NotCut("a count that is none")
            bounds = (int(least), (int(most) if most else None) if comma else int(least))
        else:
            return node
        if bounds == (0, None) and isinstance(node, Set) and self._take("?"):
            return Lazy(node.members)
        if self.rest[:1] in {"?", "*", "+", "{"} and self.rest:
            raise NotCut("lazy or double repetition")
        return Repeat(node, *bounds)

    def _one(self) -> Node:
        first = self._next()
        match first:
            case "(":
                return self._group()
            case "[":
                return Set(self._class())
            case ".":
                return Set(ANY)
            case "^" | "$" | "*" | "+" | "?" | "{":
                raise NotCut(f"{first!r} within")
            case _:
                return _literal(self._escaped() if first == "\\" else first)

    def _escaped(self) -> str:
        mark = self._next()
        if mark in _PUNCTUATION:
            return mark
        if mark in _PLAIN:
            return _PLAIN[mark]
        raise NotCut(f"\\{mark}")

    def _group(self) -> Node:
        name = None
        if self._take("?P<"):
            name, _, self.rest = self.rest.partition(">")
        elif not self._take("?:"):
            raise NotCut("a group without a name")
        node = self.choice()
        if not self._take(")"):
            raise NotCut("a group that is not closed")
        return node if name is None else Group(name, node)

    def _class(self) -> int:
        negated = self._take("^")
        members, first = 0, True
        while first or not self.rest.startswith("]"):
            first = False
            low = self._member()
            high = low
            if self.rest.startswith("-") and not self.rest.startswith("-]"):
                self._take("-")
                high = self._member()
            if high < low:
                raise NotCut("a range that is none")
            members |= (1 << high + 1) - (1 << low)
        self._take("]")
        return ((1 << BYTES) - 1) & ~members if negated else members

    def _member(self) -> int:
        mark = self._next()
        if mark == "\\":
            mark = self._escaped()
        elif mark == "[" or (mark in "&~-" and self.rest.startswith(mark)):
            raise NotCut("a class in a class")
        if not mark.isascii():
            raise NotCut("a class of more than ASCII")
        return ord(mark)


def _literal(mark: str) -> Node:
    parts = tuple(Set(1 << byte) for byte in mark.encode())
    return parts[0] if len(parts) == 1 else Row(parts)


def begins(node: Node) -> tuple[int, bool]:  # noqa: PLR0911 - one for each kind of node
    """Return the bytes with which what a node reads can begin, and whether it may read nothing."""
    match node:
        case Set(members):
            return members, False
        case Lazy(members):
            return members, True
        case Group(_, part):
            return begins(part)
        case Repeat(part, least, most):
            first, empty = begins(part)
            return (0, True) if most == 0 else (first, empty or least == 0)
        case Choice(parts):
            both = [begins(part) for part in parts]
            return reduce(or_, (own for own, _ in both), 0), any(empty for _, empty in both)
        case Row(parts):
            first = 0
            for part in parts:
                own, empty = begins(part)
                first |= own
                if not empty:
                    return first, False
            return first, True


def follows(node: Node, first: int) -> int:
    """Return the bytes that can stand second in what a node reads if the first one is of a set; more rather than less.

    All there are, where a node can be read to its end with one byte.
    """
    seconds, whole = _seconds(node, first)
    return (1 << BYTES) - 1 if whole else seconds


def _seconds(node: Node, first: int) -> tuple[int, bool]:
    """Return what can stand second, and whether one byte may be all."""
    match node:
        case Set():
            return 0, True
        case Lazy(members):
            return members, True
        case Group(_, part):
            return _seconds(part, first)
        case Repeat(part, _, most):
            seconds, whole = _seconds(part, first)
            return (seconds | begins(part)[0] if whole and most != 1 else seconds), whole
        case Choice(parts):
            several = [_seconds(part, first) for part in parts if begins(part)[0] & first]
            return reduce(or_, (seconds for seconds, _ in several), 0), any(whole for _, whole in several)
        case Row(parts):
            return _seconds_of_row(parts, first)


def _seconds_of_row(parts: tuple[Node, ...], first: int) -> tuple[int, bool]:
    found, all_read = 0, False
    for place, part in enumerate(parts):
        own, empty = begins(part)
        if own & first:
            seconds, whole = _seconds(part, first)
            behind, nothing = begins(Row(parts[place + 1 :]))
            found |= seconds | (behind if whole else 0)
            all_read = all_read or (whole and nothing)
        if not empty:
            break
    return found, all_read
