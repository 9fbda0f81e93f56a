"""Checks disclosed log lines against the sealed root of their file, without the file. Python 3.9+, no packages.

    python3 verify_merkle.py [S0001=ROOT ...]

Run it in the folder data/proofs of a package. A root given on the command line, from a letter or from another
package of the case, must be the one the proof leads to; without one only the root in the package is compared.

  leaf = SHA256(00 | salt | line)      line: the bytes between two line ends (0A); salt: 16 bytes
  node = SHA256(01 | left | right)     the last node of a level without a neighbor moves up as it is (RFC 6962)

For each source: NAME.merkle.json (lines, root), NAME.leaves.csv (disclosed lines: index from 0, salt and place in
../evidence/raw/NAME.lines; or only the leaf of a line that stays hidden) and NAME.proof (the other hashes that are
needed, 32 bytes each, level by level from the leaves, by index). Nothing may be missing and nothing left over.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SALT, DIGEST = 16, 32
MOST_LINES = 1 << 40
COLUMNS = ("index", "salt", "extract_offset", "length", "leaf")
_NUMBER = re.compile(r"[0-9]{1,15}")
_NAME = re.compile(r"S[0-9]{4,9}")
_HEX = re.compile(r"(?:[0-9a-f]{2})*")


class ForgedError(Exception):
    """A proof does not hold; the message says why."""


class Found(NamedTuple):
    """What one proof showed: lines that are here, lines that stay hidden, lines of the file, its root."""

    shown: int
    hidden: int
    lines: int
    root: str


def leaf_of(salt: bytes, line: bytes) -> bytes:
    """Return the leaf of a line."""
    return hashlib.sha256(b"\0" + salt + line).digest()


def root_of(lines: int, leaves: dict[int, bytes], proof: bytes) -> bytes:
    """Return the root that some leaves of a file of so many lines lead to. Raise `ForgedError` if they do not."""
    if not leaves or min(leaves) < 0 or max(leaves) >= lines or lines > MOST_LINES or len(proof) % DIGEST:
        raise ForgedError("the proof does not fit the number of lines")
    known, width, used = leaves, lines, 0
    while width > 1:
        above: dict[int, bytes] = {}
        for index in sorted(known):
            if index & 1 and index - 1 in known:
                continue  # done together with its left neighbor
            digest = known[index]
            if index ^ 1 < width:
                neighbor = known.get(index ^ 1)
                if neighbor is None:
                    neighbor = proof[used : used + DIGEST]
                    used += DIGEST
                left, right = (neighbor, digest) if index & 1 else (digest, neighbor)
                digest = hashlib.sha256(b"\1" + left + right).digest()
            above[index >> 1] = digest
        if used > len(proof):
            raise ForgedError("the proof is too short")
        known, width = above, (width + 1) >> 1
    if used != len(proof):
        raise ForgedError("the proof holds more than is needed")
    return known[0]


def check(proofs: Path, raw: Path, name: str, root: str | None = None) -> Found:
    """Check one source. Raise `ForgedError` naming the first thing wrong with it."""
    try:
        about = json.loads((proofs / (name + ".merkle.json")).read_text(encoding="utf-8"))
        lines, sealed = about["lines"], about["root"]
        if not isinstance(lines, int) or not isinstance(sealed, str) or about["source"] != name:
            raise ForgedError("its .merkle.json is not about it")
        leaves, shown = _leaves(proofs / (name + ".leaves.csv"), raw / (name + ".lines"))
        proof = (proofs / (name + ".proof")).read_bytes()
    except (OSError, ValueError, KeyError, TypeError, RecursionError, csv.Error) as error:
        raise ForgedError("it cannot be read: " + type(error).__name__) from None
    if root is not None and root != sealed:
        raise ForgedError("the package says " + sealed[: 2 * DIGEST] + ", you expect another root")
    if leaves and root_of(lines, leaves, proof).hex() != sealed:
        raise ForgedError(
            "its lines do not lead to the root: a line, its place, a salt or the proof is not from this file"
        )
    return Found(shown, len(leaves) - shown, lines, sealed)


def _leaves(path: Path, raw: Path) -> tuple[dict[int, bytes], int]:
    """Return the leaves by index, and how many of them were made from lines that are here."""
    leaves: dict[int, bytes] = {}
    shown, last = 0, -1
    for row in _rows(path):
        index, salt, offset, length, leaf = (row[column] for column in COLUMNS)
        if not _NUMBER.fullmatch(index) or int(index) <= last or not _HEX.fullmatch(salt + leaf):
            raise ForgedError("its .leaves.csv is not a rising list of lines")
        last = int(index)
        if leaf:
            leaves[last] = bytes.fromhex(leaf)
        else:
            leaves[last] = leaf_of(bytes.fromhex(salt), _line(raw, offset, length))
            shown += 1
        if len(leaves[last]) != DIGEST or len(salt) != (0 if leaf else 2 * SALT):
            raise ForgedError("line " + index + " has neither a salt nor a leaf of the right length")
    return leaves, shown


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="ascii", newline="") as stream:
        reader = csv.DictReader(stream, restval="")
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ForgedError("its .leaves.csv has other columns")
        yield from reader


def _line(raw: Path, offset: str, length: str) -> bytes:
    """Return one line; a missing or short file gives other bytes, and so another root."""
    if not (_NUMBER.fullmatch(offset) and _NUMBER.fullmatch(length)) or raw.is_symlink():
        raise ForgedError("its .leaves.csv names no byte range")
    if int(offset) + int(length) > raw.stat().st_size:
        raise ForgedError("the extract ends before its line does")
    with raw.open("rb") as stream:
        stream.seek(int(offset))
        return stream.read(int(length))


def main(arguments: list[str]) -> int:
    """Check every source beside this script. Return 0 if all hold, 1 if one does not, 2 for wrong arguments."""
    expected = dict(argument.partition("=")[::2] for argument in arguments)
    if not all(_NAME.fullmatch(name) for name in expected):
        sys.stderr.write("usage: python3 verify_merkle.py [S0001=ROOT ...]\n")
        return 2
    here = Path(__file__).resolve().parent
    names = {path.name.split(".")[0] for path in here.glob("S*.merkle.json")} | set(expected)
    forged = 0
    for name in sorted(names):
        try:
            found = check(here, here.parent / "evidence" / "raw", name, expected.get(name))
        except ForgedError as error:
            forged += 1
            sys.stdout.write("DIFFERS  " + name + ": " + str(error) + "\n")
            continue
        said = f"{found.shown} lines shown and {found.hidden} hidden are lines of the file of {found.lines} lines"
        sys.stdout.write(f"{name}: {said} with the root {found.root}\n")
    sys.stdout.write(f"DIFFERENCES: {forged}\n" if forged else "all proofs hold\n")
    return 1 if forged else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
