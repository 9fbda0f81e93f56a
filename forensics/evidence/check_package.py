"""Package in, everything that is not as sealed out. A package is a stranger's folder: nothing in it is trusted."""

import csv
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from forensics.custody import GENESIS, Anchor, deviations, entry_of, whole_lines
from forensics.evidence import seals
from forensics.evidence.bag import INFO, TOP, differences, digests, information
from forensics.evidence.extract import REASONS
from forensics.evidence.outcome import Expected, Verified
from forensics.evidence.verify_merkle import ForgedError
from forensics.evidence.verify_merkle import check as check_proof
from forensics.text import shorten, visible

HASHES = "data/custody/custody-hashes.csv"
DECISIONS = "data/custody/decisions.jsonl"
INDEX = "data/evidence/evidence-index.csv"
_EXTRACT = re.compile(r"raw/S[0-9]{4,9}\.lines")
_NUMBER = re.compile(r"[0-9]{1,18}")
_SOURCE = re.compile(r"S[0-9]{4,9}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WIDTH = 40


def verify_package(folder: Path, expected: Expected) -> Verified:
    """Check every file, the chain of custody and every cited line of a package."""
    count, problems = differences(folder)
    if any(problem.endswith(" is a symbolic link") for problem in problems):
        reason = "nothing else was checked: a package has no links, and one could lead anywhere"
        return Verified("package", count, 0, tuple(problems), (reason,))
    problems += _check_custody(folder, expected.chain)
    lines, absent, wrong = _check_lines(folder)
    proved, unproved = _check_proofs(folder)
    wrong += unproved
    wrong_seals, notes = seals.check(folder, expected)
    problems += wrong_seals
    notes += [f"{count:,} citations show no line: {REASONS[reason]}" for reason, count in absent.items()]
    notes += proved
    seal = folder / TOP
    if seal.is_file():
        notes.append(f"the seal is {digests(seal)['sha256']}: compare it with the one noted at export")
    return Verified("package", count, lines, (*problems, *wrong), tuple(notes))


def _check_custody(folder: Path, expected: Anchor | None) -> list[str]:
    """Return what is wrong with the chain, and whether it is the one the package was sealed with."""
    path = folder / "data" / "custody" / "custody.jsonl"
    said = information(folder)
    length, head = said.get("Custody-Chain-Length", ""), said.get("Custody-Chain-Head", "")
    if not (_NUMBER.fullmatch(length) and _SHA256.fullmatch(head)):
        return [f"{INFO} does not say length and head of the chain of custody"]
    sealed = Anchor(int(length), head)
    problems = _check_hashes(folder / HASHES, sealed)
    if path.is_file() and not path.is_symlink():  # else it is not for this reader, or named as missing already
        found = deviations(whole_lines(path), sealed)
        problems += [f"data/custody/custody.jsonl {problem}" for problem in found]
        problems += _check_decisions(path.with_name("decisions.jsonl"), path)
    if expected and expected != (int(length), head):
        problems.append(f"{INFO}: its chain has {length} lines and head {head}, you expect another")
    return problems


def _check_decisions(path: Path, chain: Path) -> list[str]:
    """Return which lines of what people decided the chain does not know; lines may be left out, never added."""
    if path.is_symlink() or not path.is_file():
        return []
    entries = filter(None, map(entry_of, whole_lines(chain)))
    known = {str(entry["detail"].get("sha256")) for entry in entries if entry.get("action") == "decision"}
    return [
        f"{DECISIONS} line {number} is no decision that the chain of custody knows"
        for number, line in enumerate(whole_lines(path), start=1)
        if hashlib.sha256(line).hexdigest() not in known
    ]


def _check_hashes(path: Path, sealed: Anchor) -> list[str]:
    """Return what is wrong with the hashes of the chain, each of which names the one before."""
    if path.is_symlink() or not path.is_file():
        return []  # named as missing already
    previous, number, problems = GENESIS, 0, []
    try:
        for number, row in enumerate(_rows(path), start=1):
            if (row.get("prev"), row.get("seq")) != (previous, str(number)):
                problems.append(f"{HASHES} entry {number} does not follow from the entry before it")
            previous = row.get("sha256", "")
    except (csv.Error, UnicodeDecodeError) as error:
        return [f"{HASHES} cannot be read: {visible(str(error))}"]
    if (number, previous) != sealed:
        problems.append(f"{HASHES} ends at entry {number} with another head than {INFO} says")
    return problems


def _check_lines(folder: Path) -> tuple[int, dict[str, int], list[str]]:
    """Return how many cited lines were checked, how many have no bytes here by reason, and what is wrong."""
    if (folder / INDEX).is_symlink() or not (folder / INDEX).is_file():
        return 0, {}, []  # named as missing already
    checked, problems = 0, []
    absent: dict[str, int] = {}
    try:
        for row in _rows(folder / INDEX):
            if not row.get("extract"):
                reason = row.get("withheld", "")
                if reason not in REASONS:
                    problems.append(f"{INDEX} does not say why the line of an exhibit is not there")
                else:
                    absent[reason] = absent.get(reason, 0) + 1
                continue
            checked += 1
            if wrong := _check_line(folder, row):
                problems.append(f"exhibit {shorten(row.get('exhibit_id') or '?', _WIDTH)}: {wrong}")
    except (csv.Error, UnicodeDecodeError) as error:
        problems.append(f"{INDEX} cannot be read: {visible(str(error))}")
    return checked, absent, problems


def _check_proofs(folder: Path) -> tuple[list[str], list[str]]:
    """Return what the proofs show, and what is wrong: every source with a root needs one that holds."""
    proofs, raw = folder / "data" / "proofs", folder / "data" / "evidence" / "raw"
    register = folder / "data" / "evidence" / "sources.csv"
    if proofs.is_symlink() or register.is_symlink() or not register.is_file():
        return [], []  # named as missing already
    shown, hidden, sources, problems = 0, 0, 0, []
    try:
        for row in _rows(register):
            name, root = row.get("source", ""), row.get("merkle_root", "")
            if not root or not _SOURCE.fullmatch(name):
                continue
            try:
                found = check_proof(proofs, raw, name, root)
            except ForgedError as error:
                problems.append(f"data/proofs, {name}: {error}")
                continue
            shown, hidden, sources = shown + found.shown, hidden + found.hidden, sources + 1
    except (csv.Error, UnicodeDecodeError) as error:
        problems.append(f"data/evidence/sources.csv cannot be read: {visible(str(error))}")
    said = f"{shown:,} lines shown and {hidden:,} hidden are lines of {sources:,} files, by their sealed roots"
    return [f"{said}: compare a root with another package of the case"] if sources else [], problems


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
