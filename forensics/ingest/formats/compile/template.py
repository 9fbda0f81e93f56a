"""A log format as literals and variables, and the anchored pattern that reads its lines.

What a variable may hold follows from the literal behind it: up to a quote, escapes and all; up to a bracket; up to a
blank. Variables whose value may hold blanks reach to the whole literal. Two variables without a literal between them
cannot be told apart unless the second one always begins with a mark the first cannot hold (`%U%q`): then the
directive is refused, naming both.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from forensics.errors import UsageError
from forensics.ingest.formats.named import TRAILING
from forensics.ingest.formats.pattern import QUOTED

NUMBER = r"[+-]?[0-9]+(?:\.[0-9]+)?|-"
_TAIL = rf"(?: (?P<{TRAILING}>.*))?$"
# Where quotes are not escaped, more quoted fields than there should be come from a quote inside a value.
_TAIL_WITHOUT_QUOTES = rf"(?: (?P<{TRAILING}>[^\"]*))?$"
_UNQUOTED = r'[^"]*'


@dataclass(frozen=True)
class Literal:
    """Text that stands in every line as it stands in the directive."""

    text: str


@dataclass(frozen=True)
class Variable:
    """One value of a line.

    Attributes:
        name: what the field is called: letters, digits and `_`.
        written: how the directive writes it, for messages.
        role: the role it plays; None keeps it in `extra`.
        shape: a pattern of its values, where they have one of their own.
        bare: the same, where no quotes protect them.
        blanks: its values may hold blanks where no quotes protect them.
        begins: the mark every value begins with that is not empty and follows another value at once.
        firm: its values show where they end.
        optional: it is missing together with the blank behind it where there is nothing to log.
    """

    name: str
    written: str
    role: str | None = None
    shape: str | None = None
    bare: str | None = None
    blanks: bool = False
    begins: str = ""
    firm: bool = False
    optional: bool = False


Token = Literal | Variable


@dataclass(frozen=True)
class Template:
    """A directive after parsing: its tokens, and how its server protects quotes inside values."""

    tokens: tuple[Token, ...]
    escapes: bool = True  # a quote inside a quoted value is written as \" or \x22
    empty: bool = False  # a missing value is empty, not `-`

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Return the variables in order."""
        return tuple(token for token in self.tokens if isinstance(token, Variable))

    @property
    def exposed(self) -> tuple[str, ...]:
        """Return the variables whose blanks, which a client may send, would move the fields behind them."""
        found = []
        for place, token in enumerate(self.tokens[:-1]):
            if isinstance(token, Variable) and token.blanks and not token.bare and token.shape is None:
                behind = self.tokens[place + 1]
                firm = self.tokens[place + 2 :] == () or not isinstance(behind, Literal)
                if isinstance(behind, Literal) and not firm and not behind.text.strip():
                    found.append(token.written)
        return tuple(found)

    def pattern(self, *, stray: bool = False) -> str:
        """Return the anchored pattern of a line; `stray` lets values hold quotes that should have been escaped."""
        tokens = list(self.tokens)
        pieces = ["^"]
        skip = ""
        for place, token in enumerate(tokens):
            if isinstance(token, Literal):
                pieces.append(re.escape(token.text.removeprefix(skip)))
                skip = ""
                continue
            group = f"(?P<{token.name}>{self._value(token, tokens[place + 1 :], stray=stray)})"
            skip = " " if token.optional and _next(tokens[place + 1 :]).startswith(" ") else ""
            pieces.append(f"(?:{group}{skip})?" if token.optional else group)
        tail = _TAIL if self.escapes or stray else _TAIL_WITHOUT_QUOTES
        return "".join(pieces) + (tail if _ends_firmly(tokens) else "$")

    def _value(self, variable: Variable, following: Sequence[Token], *, stray: bool) -> str:
        """Return the pattern of a value: its own shape, else what the literal behind it allows."""
        behind = _next(following)
        quoted = behind.startswith('"')
        shape = variable.shape if quoted or variable.shape else variable.bare
        if shape is not None:
            return f"(?:{shape}|)" if self.empty else f"(?:{shape})"
        if quoted:
            return ".*?" if stray else QUOTED if self.escapes else _UNQUOTED
        if variable.begins:
            return rf"(?:{re.escape(variable.begins)}[^{_in_class(_stops(following))} ]*)?"
        if not following or variable.blanks:
            return ".*?" if following else ".*"
        if behind.startswith("]"):
            return r"[^\]]*"
        return f"[^{_in_class(_stops(following))} ]{'+' if behind.startswith(' ') and not self.empty else '*'}"


def _next(following: Sequence[Token]) -> str:
    """Return the literal behind a variable, empty where there is none."""
    first = following[0] if following else Literal("")
    return first.text if isinstance(first, Literal) else ""


def _stops(following: Sequence[Token]) -> str:
    """Return the marks a value without blanks cannot hold: how what follows begins; variables may be empty."""
    stops = ""
    for token in following:
        if isinstance(token, Literal):
            return stops + token.text[0]
        stops += token.begins
    return stops


def _in_class(marks: str) -> str:
    return "".join(f"\\{mark}" if mark in r"\]^-[&~" else mark for mark in marks)


def _ends_firmly(tokens: Sequence[Token]) -> bool:
    """Tell whether the end of the last value can be seen, so that more fields may follow it."""
    last = tokens[-1]
    return isinstance(last, Literal) or (last.shape or last.bare) is not None


def template(tokens: Sequence[Token], *, escapes: bool = True, empty: bool = False) -> Template:
    """Return the template of these tokens. Raise `UsageError` where two variables touch, or there is none."""
    merged: list[Token] = []
    for token in tokens:
        if isinstance(token, Literal) and merged and isinstance(merged[-1], Literal):
            merged[-1] = Literal(merged[-1].text + token.text)
        elif not isinstance(token, Literal) or token.text:
            merged.append(token)
    for one, two in pairwise(merged):
        if isinstance(one, Variable) and isinstance(two, Variable) and not (one.firm or two.begins):
            raise UsageError(
                f"the log format has {one.written} directly before {two.written}: no line says where one ends",
                hint="put a blank or a mark between them, or log one of them alone",
            )
    if not any(isinstance(token, Variable) for token in merged):
        raise UsageError("the log format has no variable", hint="paste the whole directive, in single quotes")
    return Template(tuple(_numbered(_led(merged))), escapes, empty)


def _led(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens; what a value begins with counts only where it follows another one at once."""
    before: list[Token] = [Literal(""), *tokens]
    return [
        replace(token, begins="") if isinstance(token, Variable) and isinstance(last, Literal) else token
        for last, token in pairwise(before)
    ]


def _numbered(tokens: Sequence[Token]) -> list[Token]:
    """Return the tokens with the second `status` called `status_2`, and so on."""
    seen: dict[str, int] = {}
    numbered: list[Token] = []
    for token in tokens:
        if isinstance(token, Variable):
            seen[token.name] = seen.get(token.name, 0) + 1
            times = seen[token.name]
            numbered.append(token if times == 1 else replace(token, name=f"{token.name}_{times}"))
        else:
            numbered.append(token)
    return numbered


def identifier(text: str) -> str:
    """Return a name made of letters, digits and `_`.

    >>> identifier("X-Api-Key")
    'x_api_key'
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "value"
