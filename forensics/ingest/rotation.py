"""Rotated and grown files: which file continues which, and how much of it is in the case already.

A log is copied while it is written and rotated, so two files may hold the same requests. But equal lines are not
proof: two clients may well ask for the same thing in the same second. What counts as a second copy is one unbroken
run of bytes only: the end of the older file is the beginning of the newer one (`access.log.1` and `access.log`), or
all of a known file is the beginning of a new one (it grew). The run must hold three different records: lines carry
a time, and three different ones in the same order at the border of two files are no coincidence, while one line
repeated, or the same header, may be. Where more than one run fits, none is taken: too many requests can be seen and
counted, a request that was left out cannot.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from forensics.ingest.content import Content
from forensics.ingest.gather import Named

_RECORDS = 3
_LOOKED_AT = 64 << 10  # bytes of a file within which its first records must end
_CANDIDATES = 8
_ROTATED = re.compile(r"(?P<stem>.+?)(?:\.(?P<number>[0-9]{1,4})|[.-](?P<date>[0-9]{8,10}))?(?:\.(?:gz|bz2|xz|zst))?")
_NUMBER = re.compile(r"([0-9]+)")

Age: TypeAlias = tuple[int, int, int]  # sorts from old to new


class Run(NamedTuple):
    """A stretch of a source that another content holds already, byte for byte, from its byte `at` on."""

    start: int
    end: int
    other: str  # content_sha256
    at: int


def in_order(named: Sequence[Named]) -> list[Named]:
    """Return files by name, `.10` after `.9`, and those of one rotated set from old to new."""
    return sorted(named, key=lambda each: (_natural(_stem(each.name)), _age(each), _natural(each.name), str(each.file)))


def set_of(file: Path) -> tuple[Path, str]:
    """Return what the files of one rotated set have in common."""
    return file.parent, _stem(file.name)


def _stem(name: str) -> str:
    parts = _ROTATED.fullmatch(name)
    return parts["stem"] if parts else name


def _age(each: Named) -> Age:
    """Return the place in a rotated set: dates up, then numbers down, then the file that is being written."""
    parts = _ROTATED.fullmatch(each.name)
    if parts and parts["date"]:
        return 0, int(parts["date"]), 0
    return (1, -int(parts["number"]), 0) if parts and parts["number"] else (2, 0, 0)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in _NUMBER.split(name)]


def shared(before: Path, size: int, after: Path, head: bytes) -> int:
    """Return how many bytes at the end of the first `size` of a stream another begins with, whose `head` is given."""
    needle = beginning(head)
    places = list(_places(before, size, needle)) if needle else []
    runs = [place for place in places if continues(before, size, place, after)]
    return size - runs[0] if len(runs) == 1 and len(places) < _CANDIDATES else 0


def opening(head: bytes) -> str | None:
    """Return a hash that two contents have in common if one of them grew out of the other."""
    lines = beginning(head)
    return hashlib.sha256(lines).hexdigest() if lines else None


def beginning(head: bytes) -> bytes:
    """Return the lines of a file up to its third different record; nothing where that is too far away."""
    seen: set[bytes] = set()
    end = 0
    for line in head[:_LOOKED_AT].splitlines(keepends=True):
        end += len(line)
        if line.endswith(b"\n") and line.strip() and not line.lstrip().startswith(b"#"):
            seen.add(line)
        if len(seen) == _RECORDS:
            return head[:end]
    return b""


def _places(file: Path, size: int, needle: bytes) -> Iterator[int]:
    """Yield where a line begins that the needle begins with, at most so many as are worth a look."""
    held, start, found = b"\n", -1, 0  # `held` begins at byte `start`; a line begins behind the newline before byte 0
    for block in Content(file, limit=size):
        held += block
        place = held.find(b"\n" + needle)
        while place >= 0 and found < _CANDIDATES:
            found += 1
            yield start + place + 1
            place = held.find(b"\n" + needle, place + 1)
        keep = min(len(held), len(needle))
        start, held = start + len(held) - keep, held[len(held) - keep :]


def continues(before: Path, size: int, place: int, after: Path) -> bool:
    """Tell whether all bytes of a stream of `size` from `place` on are those that another begins with."""
    newer, other = iter(Content(after)), b""
    for piece in Content(before, limit=size, start=place):
        while len(other) < len(piece) and (more := next(newer, b"")):
            other += more
        if not other.startswith(piece):
            return False
        other = other[len(piece) :]
    return True
