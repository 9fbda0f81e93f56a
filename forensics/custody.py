"""The chain of custody: JSON lines that each carry the SHA-256 of the line before, and what a break in it says.

Stored bytes are chained, never parsed values. A chain alone cannot tell that its end was cut off: whoever keeps
its length and the hash of its last line (its *head*) can. Both go into every package.
"""

import getpass
import hashlib
import json
import os
import platform
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

from forensics import __version__
from forensics.errors import IntegrityError

GENESIS = "0" * 64
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


class Anchor(NamedTuple):
    """What a chain was at some moment: its number of lines, and the SHA-256 of the last of them."""

    length: int
    head: str


def canonical(value: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, ASCII. What is hashed is always this."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def sha256_text(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


# --- writing -----------------------------------------------------------------------------------------------


def chained(path: Path, entry: Mapping[str, Any]) -> None:
    """Append one link: what happened, when, by whom, with which software, after which line."""
    lines = whole_lines(path)
    link = {"seq": len(lines) + 1, "prev": hashlib.sha256(lines[-1]).hexdigest() if lines else GENESIS}
    append(path, {**entry, **link, **who_and_when(), "packages": dict(software())})


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Append one JSON line and force it to disk; a half line left by a crash is cut off first."""
    with path.open("ab+") as stream:
        stream.seek(0)
        content = stream.read()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            stream.truncate(whole)
        stream.write(canonical(entry).encode() + b"\n")
        stream.flush()
        os.fsync(stream.fileno())


def who_and_when() -> dict[str, str]:
    """Return time, operator and version, as every line of both logs carries them."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    try:
        operator = getpass.getuser()
    except (KeyError, OSError):
        operator = f"uid {os.getuid()}"
    return {"time": now, "operator": operator, "tool": f"forensics {__version__}"}


@cache
def software() -> tuple[tuple[str, str], ...]:
    """Return name, version and hash of this program and of every package it runs on, by name.

    The hash of a package is that of the sorted lines of its RECORD that name its own code, so that the same wheel
    has the same hash wherever it is installed. The hash of this program is that of its files.
    """
    own = Path(__file__).parent
    parts = sorted(path for kind in ("py", "sql", "sh", "txt") for path in own.rglob(f"*.{kind}"))
    sums = [(path.relative_to(own).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in parts]
    found = {"python": platform.python_version(), "forensics": f"{__version__} {sha256_text(canonical(sums))}"}
    wanted = ["forensics"]
    for name in wanted:  # grows while it is read
        for package in _requirements(name):
            if package.name.lower() not in found:
                found[package.name.lower()] = f"{package.version} {_recorded(package)}"
                wanted.append(package.name)
    return tuple(sorted(found.items()))


def _requirements(name: str) -> Iterator[Distribution]:
    """Yield the installed packages that one needs, without its extras."""
    try:
        requires = distribution(name).requires or []
    except PackageNotFoundError:
        return
    for requirement in requires:
        matched = _REQUIREMENT.match(requirement)
        if matched and "extra ==" not in requirement:
            try:
                yield distribution(matched[0])
            except PackageNotFoundError:
                continue  # for another version of Python or another system


def _recorded(package: Distribution) -> str:
    lines = (package.read_text("RECORD") or "").splitlines()
    code = [line for line in lines if ",sha256=" in line and ".dist-info/" not in line and not line.startswith("..")]
    return sha256_text("\n".join(sorted(code)))


# --- reading -----------------------------------------------------------------------------------------------


def whole_lines(path: Path) -> list[bytes]:
    """Return the lines of a log without their ends. A last line without its end, left by a crash, is none."""
    *lines, _ = path.read_bytes().split(b"\n") if path.is_file() else [b""]
    return lines


def entry_of(line: bytes) -> dict[str, Any] | None:
    """Return one line of a log that a stranger may have written; None if it is no JSON object."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def check_custody(path: Path) -> tuple[int, str]:
    """Return length and head of a chain of custody. Raise `IntegrityError` naming the first deviation."""
    lines = whole_lines(path)
    for problem in deviations(lines):
        raise IntegrityError(f"custody.jsonl {problem}")
    return len(lines), anchor(lines).head


def anchor(lines: Sequence[bytes]) -> Anchor:
    """Return the length and the head of a chain."""
    return Anchor(len(lines), hashlib.sha256(lines[-1]).hexdigest() if lines else GENESIS)


def deviations(lines: Sequence[bytes], sealed: Anchor | None = None) -> list[str]:
    """Return a sentence for every place where a chain is not as it was written, empty for a whole one.

    A changed line no longer has the hash that its successor carries; a removed one leaves a gap in the numbers; a
    moved one names a predecessor that stands elsewhere. The end of the chain is checked against `sealed` only.
    """
    chain = _Chain(lines)
    problems = [f"line {number} is not a JSON object" for number in range(1, len(lines) + 1) if number in chain.broken]
    told = set(chain.broken)
    for number in range(1, len(lines) + 1):
        if number in told or (follows := chain.follows(number)) == number - 1:
            continue
        problems.append(_break(chain, number, follows, told, sealed))
    problems += [
        f"line {number} changed: it carries number {chain.entries[number - 1].get('seq')}"
        for number in range(1, len(lines) + 1)
        if number not in told and chain.follows(number) == number - 1 and chain.misnumbered(number)
    ]
    return problems + _end(chain, sealed, known=bool(problems))


class _Chain:
    """The lines of a chain with their hashes; lines are numbered from 1, 0 is the genesis."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self.hashes = [GENESIS, *(hashlib.sha256(line).hexdigest() for line in lines)]
        parsed = [entry_of(line) for line in lines]
        self.broken = {number for number, entry in enumerate(parsed, start=1) if entry is None}
        self.entries = [entry or {} for entry in parsed]
        self._places = {sha256: number for number, sha256 in enumerate(self.hashes)}

    def follows(self, number: int) -> int | None:
        """Return the number of the line that a line names as its predecessor; None if it is not there."""
        previous = self.entries[number - 1].get("prev")
        if self.hashes[number - 1] == previous:
            return number - 1  # a line may stand there twice
        return self._places.get(previous) if isinstance(previous, str) else None

    def seq(self, number: int) -> int | None:
        """Return the number a line carries; 0 for the genesis, None for a line that carries none."""
        value = self.entries[number - 1].get("seq") if number else 0
        return value if isinstance(value, int) else None

    def misnumbered(self, number: int) -> bool:
        """Tell whether the number of a line is not the next after that of the line before it."""
        before, here = self.seq(number - 1), self.seq(number)
        return number - 1 not in self.broken and before is not None and here != before + 1


def _break(chain: _Chain, number: int, follows: int | None, told: set[int], sealed: Anchor | None) -> str:
    """Return what happened before or at a line that does not follow from the line before it; note who was told of."""
    last = len(chain.entries)
    if follows is not None:
        return f"line {number} follows from line {follows}: lines were moved, or put in between"
    here, before = chain.seq(number), chain.seq(number - 1)
    if here is not None and before is not None and here > before + 1 and here > number:
        gone = f"line {before + 1} was" if here == before + 2 else f"lines {before + 1} to {here - 1} were"
        return f"{gone} removed before line {number}"
    if number - 1 in told:
        return f"line {number} does not follow from line {number - 1}, which changed"
    itself = number < last and chain.follows(number + 1) is None
    itself = itself or (number == last and sealed is not None and chain.hashes[last] != sealed.head)
    if itself or number == 1:
        told |= {number, number + 1} if number < last and chain.follows(number + 1) is None else {number}
        return f"line {number} changed"
    if number == last and sealed is None:
        return f"line {number - 1} or line {number} changed"
    return f"line {number - 1} changed: line {number} carries another hash of it"


def _end(chain: _Chain, sealed: Anchor | None, *, known: bool) -> list[str]:
    """Return what the end of a chain and the recorded end of it say against each other."""
    length = len(chain.entries)
    if sealed is None or (length, chain.hashes[-1]) == sealed:
        return []
    if length > sealed.length and chain.hashes[sealed.length] == sealed.head:
        added = f"line {length} was" if length == sealed.length + 1 else f"lines {sealed.length + 1} to {length} were"
        return [f"{added} added after the chain was sealed"]
    if length < sealed.length:
        return [f"ends at line {length}: it was sealed with {sealed.length} lines, the last are gone"]
    if known:
        return [f"has {length} lines and head {chain.hashes[-1]}: sealed were {sealed.length}, head {sealed.head}"]
    return [f"line {length} changed: the sealed head is {sealed.head}"]
