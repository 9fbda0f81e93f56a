"""A pattern as a program that reads a line from left to right and never goes back.

At every step it does what a regular expression would try first. Where that leads to the end of the line, the regular
expression has found the same; where it does not, the line *deviates* and is left to the regular expression. So the
program may be strict, but never wrong. What is tried first: a repetition takes all it can get, and of alternatives
the first one that can begin with the next byte is taken.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from forensics.ingest.cut.syntax import (
    BEYOND_ASCII,
    BYTES,
    Choice,
    Group,
    Lazy,
    Node,
    NotCut,
    Repeat,
    Row,
    Set,
    begins,
    follows,
    parsed,
)

# What a step does, and its arguments: FIXED place, count; SPAN set, least, most; UNTIL stops, least; LAZY set;
# HOLDING set, needed; ENDING set, last; QUOTED; CASE set, elsewhere, second; WHEN set, to; JUMP to; MARK; END.
FIXED, SPAN, UNTIL, LAZY, HOLDING, ENDING, QUOTED, CASE, WHEN, JUMP, MARK, END = range(12)
_READING = frozenset({FIXED, SPAN, UNTIL, LAZY, HOLDING, ENDING, QUOTED})
WIDTH = 6  # kind, three arguments, the mark set before it, the mark set behind it
NO_MARK = NO_SET = -1
_STOPS = 3
_ENDLESS = (1 << 31) - 1
_MOST_STEPS, _MOST_SETS, _UNROLLED = 1_000, 250, 8
_QUOTE, _BACKSLASH = 1 << ord('"'), 1 << ord("\\")
_ALL = (1 << BYTES) - 1


@dataclass(frozen=True, eq=False)
class Program:
    """Steps, the sets they speak of and the groups they find.

    Attributes:
        names: the groups, in the order of the pattern; group `n` begins at mark `2n` and ends at mark `2n + 1`.
        steps: one row of `WIDTH` numbers per step.
        fixed: sets of the bytes that follow each other, for the steps `FIXED`.
        sets: which bytes are in each set.
        stops: bytes that end the values of the steps `UNTIL`, three for each, eight times over.
        loose: the marks of groups that need not take part.
    """

    names: tuple[str, ...]
    steps: npt.NDArray[np.int32]
    fixed: npt.NDArray[np.uint8]
    sets: npt.NDArray[np.uint8]
    loose: npt.NDArray[np.int32]
    stops: npt.NDArray[np.uint64]


@lru_cache(maxsize=256)
def program(pattern: str) -> Program | None:
    """Return the program of an anchored pattern with named groups; None for one that is left to regular expressions."""
    try:
        return _Writer().written(parsed(pattern))
    except NotCut:
        return None


class _Writer:
    """Writes the steps of a tree."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.steps: list[list[int]] = []
        self.fixed: list[int] = []
        self.sets: dict[int, int] = {}
        self.pending: list[int] = []  # marks to be set before the next step
        self.loose: list[int] = []
        self.stops: list[list[int]] = []
        self.depth = 0  # of choices and of what may be missing
        self.target = 0  # no step before this one may be changed: others lead here

    def written(self, node: Node) -> Program:
        self._node(node)
        self._step(END)
        if len(self.steps) > _MOST_STEPS or len(self.sets) > _MOST_SETS or not self.names:
            raise NotCut("too long, or nothing to find")
        followed = pairwise(step[0] for step in self.steps)
        if any(kind == LAZY and behind != FIXED for kind, behind in followed):
            raise NotCut("as few bytes as what allows?")
        sets = [[members >> byte & 1 for byte in range(BYTES)] for members in self.sets]
        return Program(
            tuple(self.names),
            np.array(self.steps, np.int32),
            np.array(self.fixed or [0], np.uint8),
            np.array(sets or [[0] * BYTES], np.uint8),
            np.array(self.loose, np.int32),
            np.array(self.stops or [[0] * _STOPS], np.uint64) * np.uint64(0x0101010101010101),
        )

    # --- steps -----------------------------------------------------------------------------------------------

    def _set(self, members: int) -> int:
        return self.sets.setdefault(members, len(self.sets))

    def _step(self, kind: int, *arguments: int) -> int:
        *early, before = self.pending or [NO_MARK]
        for mark in early:
            self.steps.append([MARK, 0, 0, 0, mark, NO_MARK])
        self.pending = []
        self.steps.append([kind, *arguments, *[0] * (3 - len(arguments)), before, NO_MARK])
        return len(self.steps) - 1

    def _here(self) -> int:
        """Return the place of the next step, to which others may lead."""
        for mark in self.pending:
            self.steps.append([MARK, 0, 0, 0, mark, NO_MARK])
        self.pending = []
        self.target = len(self.steps)
        return self.target

    def _closed(self, mark: int) -> None:
        """Set a mark behind the step before."""
        last = self.steps[-1] if len(self.steps) > self.target and not self.pending else None
        if last and last[-1] == NO_MARK and last[0] in _READING:
            last[-1] = mark
        else:
            self.pending.append(mark)

    # --- nodes -----------------------------------------------------------------------------------------------

    def _node(self, node: Node) -> None:
        match node:
            case Set(members):
                self._byte(members)
            case Row(parts):
                self._row(list(parts))
            case Group(name, part):
                self._group(name, part)
            case Choice(parts):
                self._choice(parts)
            case Repeat(part, least, most):
                self._repeat(part, least, most)
            case Lazy(members):
                self._step(LAZY, self._set(members))

    def _row(self, parts: list[Node]) -> None:
        while parts:
            match parts:
                case [Repeat(Set(whole), 0, None), Set(needed), Repeat(Set(again), 0, None), *rest] if (
                    whole == again and not needed & ~whole and not needed & BEYOND_ASCII
                ):
                    self._step(HOLDING, self._set(whole), self._set(needed))
                case [Repeat(Set(whole), 0, None), Set(last), *rest] if not last & ~whole:
                    self._step(ENDING, self._set(whole), self._set(last))
                case [first, *rest]:
                    self._node(first)
                case _:
                    return
            parts = rest

    def _byte(self, members: int) -> None:
        """Read one byte: together with those before it, where nothing is to be marked in between."""
        if members & BEYOND_ASCII:  # one character may be several bytes
            members &= ~BEYOND_ASCII
        last = self.steps[-1] if len(self.steps) > self.target and not self.pending else None
        number = self._set(members)
        if last and last[0] == FIXED and last[-1] == NO_MARK and last[1] + last[2] == len(self.fixed):
            last[2] += 1
        else:
            self._step(FIXED, len(self.fixed), 1)
        self.fixed.append(number)

    def _group(self, name: str, part: Node) -> None:
        if name in self.names:
            raise NotCut("two groups of one name")
        place = 2 * len(self.names)
        self.names.append(name)
        self.pending.append(place)
        self.loose += [place, place + 1] if self.depth else []
        self._node(part)
        self._closed(place + 1)

    def _choice(self, parts: tuple[Node, ...]) -> None:
        leaving = []
        self.depth += 1
        for number, part in enumerate(parts):
            first, empty = begins(part)
            if empty or number == len(parts) - 1:
                self._node(part)
                break
            later, _ = begins(Choice(parts[number + 1 :]))
            asked = self._case(part, first & later)
            self._here()
            self._node(part)
            leaving.append(self._step(JUMP, 0))
            self.steps[asked][2] = self._here()
        for step in leaving:
            self.steps[step][1] = self._here()
        self.depth -= 1

    def _case(self, part: Node, doubtful: int) -> int:
        """Ask whether a part can stand here: by its first byte, and its second one where the first leaves a doubt."""
        first, _ = begins(part)
        second = follows(part, doubtful) if doubtful else _ALL
        if second == _ALL:
            return self._step(CASE, self._set(first), 0, NO_SET)
        if sure := first & ~doubtful:
            place = self._step(WHEN, self._set(sure), 0)
            self.steps[place][2] = place + 2  # behind the next step
        return self._step(CASE, self._set(doubtful), 0, self._set(second))

    def _repeat(self, part: Node, least: int, most: int | None) -> None:
        if isinstance(part, Set):
            self._span(part.members, least, most)
        elif _is_quoted(part) and (least, most) == (0, None):
            self._step(QUOTED)
        else:
            self.depth += least == 0
            self._several(part, least, most)
            self.depth -= least == 0

    def _span(self, members: int, least: int, most: int | None) -> None:
        if members & BEYOND_ASCII and (least > 1 or most is not None):  # counted in characters
            members &= ~BEYOND_ASCII
        if least == most and least <= _UNROLLED:
            for _ in range(least):
                self._byte(members)
        elif most is None and least <= 1 and 1 <= (left := _ALL & ~members).bit_count() <= _STOPS:
            stops = [byte for byte in range(BYTES) if left >> byte & 1]
            self._step(UNTIL, len(self.stops), least)
            self.stops.append([*stops, *[stops[0]] * (_STOPS - len(stops))])
        else:
            self._step(SPAN, self._set(members), least, _ENDLESS if most is None else most)

    def _several(self, part: Node, least: int, most: int | None) -> None:
        first, empty = begins(part)
        names = len(self.names)
        if empty or max(least, most or 0) > _UNROLLED:
            raise NotCut("nothing may be read any number of times, or too much")
        if (least, most) not in {(0, 1), (1, 1), (0, None)} and _has_group(part):
            raise NotCut("a group that is read several times")
        for _ in range(least):
            self._node(part)
        if most is None:
            again = self._here()
            asked = self._case(part, first)
            self._here()
            self._node(part)
            self._step(JUMP, again)
            self.steps[asked][2] = self._here()
            if len(self.names) > names:
                raise NotCut("a group that is read several times")
            return
        asked_all = []
        for _ in range(most - least):
            asked_all.append(self._case(part, first))
            self._here()
            self._node(part)
        end = self._here()
        for asked in asked_all:
            self.steps[asked][2] = end


def _has_group(node: Node) -> bool:
    match node:
        case Group():
            return True
        case Set() | Lazy():
            return False
        case Repeat(part, _, _):
            return _has_group(part)
        case Row(parts) | Choice(parts):
            return any(_has_group(part) for part in parts)


def _is_quoted(node: Node) -> bool:
    r"""Tell whether a node is one character of text in quotes: any but a quote or a backslash, or an escape."""
    plain, escape = Set(_ALL & ~_QUOTE & ~_BACKSLASH), Row((Set(_BACKSLASH), Set(_ALL & ~(1 << ord("\n")))))
    return node == Choice((plain, escape))
