"""Package in, everything that is not as sealed out. A package is a stranger's folder: nothing in it is trusted."""

import csv
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from forensics.custody import Anchor, deviations, whole_lines
from forensics.evidence import seals
from forensics.evidence.bag import INFO, TOP, differences, digests, information
from forensics.evidence.outcome import Expected, Verified
from forensics.text import shorten, visible

INDEX = "data/evidence/evidence-index.csv"
_EXTRACT = re.compile(r"raw/S[0-9]{4,9}\.lines")
_NUMBER = re.compile(r"[0-9]{1,18}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WIDTH = 40


def verify_package(folder: Path, expected: Expected) -> Verified:
    """Check every file, the chain of custody and every cited line of a package."""
    count, problems = differences(folder)
    problems += _check_custody(folder, expected.chain)
    lines, absent, wrong = _check_lines(folder)
    wrong_seals, notes = seals.check(folder, expected)
    problems += wrong_seals
    if absent:
        notes.append(f"{absent:,} cited lines are not in the package: their source was out of reach, or has no bytes")
    seal = folder / TOP
    if seal.is_file():
        notes.append(f"the seal is {digests(seal)['sha256']}: compare it with the one noted at export")
    return Verified("package", count, lines, (*problems, *wrong), tuple(notes))


def _check_custody(folder: Path, expected: Anchor | None) -> list[str]:
    """Return what is wrong with the chain, and whether it is the one the package was sealed with."""
    path = folder / "data" / "custody" / "custody.jsonl"
    if path.is_symlink() or not path.is_file():
        return []  # named as missing already
    said = information(folder)
    length, head = said.get("Custody-Chain-Length", ""), said.get("Custody-Chain-Head", "")
    if not (_NUMBER.fullmatch(length) and _SHA256.fullmatch(head)):
        return [f"{INFO} does not say length and head of the chain of custody"]
    found = deviations(whole_lines(path), Anchor(int(length), head))
    problems = [f"data/custody/custody.jsonl {problem}" for problem in found]
    if expected and expected != (int(length), head):
        problems.append(f"{INFO}: its chain has {length} lines and head {head}, you expect another")
    return problems


def _check_lines(folder: Path) -> tuple[int, int, list[str]]:
    """Return how many cited lines were checked, how many have no bytes here, and what is wrong."""
    if (folder / INDEX).is_symlink() or not (folder / INDEX).is_file():
        return 0, 0, []  # named as missing already
    checked, absent, problems = 0, 0, []
    try:
        for row in _rows(folder / INDEX):
            if not row.get("extract"):
                absent += 1
                continue
            checked += 1
            if wrong := _check_line(folder, row):
                problems.append(f"exhibit {shorten(row.get('exhibit_id') or '?', _WIDTH)}: {wrong}")
    except (csv.Error, UnicodeDecodeError) as error:
        problems.append(f"{INDEX} cannot be read: {visible(str(error))}")
    return checked, absent, problems


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream, restval="", restkey="surplus")


def _check_line(folder: Path, row: dict[str, str]) -> str | None:
    """Return what is wrong with one line of the index, or None."""
    name, offset, length = row["extract"], row.get("extract_offset", ""), row.get("length", "")
    if not (_EXTRACT.fullmatch(name) and _NUMBER.fullmatch(offset) and _NUMBER.fullmatch(length)):
        return f"its row in {INDEX} names no byte range"
    path = folder / "data" / "evidence" / name
    if path.is_symlink() or not path.is_file():
        return f"data/evidence/{name} is missing"
    if int(offset) + int(length) > path.stat().st_size:
        return f"data/evidence/{name} ends before its line does"
    with path.open("rb") as stream:
        stream.seek(int(offset))
        content = stream.read(int(length))
    if hashlib.sha256(content).hexdigest() != row.get("line_sha256"):
        return f"its line in data/evidence/{name} at byte {offset} does not hash to line_sha256"
    return None
