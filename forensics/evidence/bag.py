"""BagIt (RFC 8493): a folder whose every file is named with its hashes, written and checked without a library.

The manifests name the payload, the tag manifests name everything else but themselves, each in two algorithms.
Names are ours (`[A-Za-z0-9._/-]`), so nothing needs escaping.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from forensics.text import visible

ALGORITHMS = ("sha256", "sha512")
DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
INFO = "bag-info.txt"
TOP = "tagmanifest-sha512.txt"  # names every other file, directly or through the manifests: what seals speak of
SEALS = "seal/"
NAMESPACE = "forensics-package@v1"  # of signatures: what else the key signs is no signature of a package
SIGNER = "forensics"  # the name of the signer in allowed_signers: who it is, only the key says
_BLOCK = 1 << 20
_LINE = {"sha256": re.compile(r"([0-9a-f]{64})  (.+)"), "sha512": re.compile(r"([0-9a-f]{128})  (.+)")}
_TAG_MANIFESTS = tuple(f"tagmanifest-{algorithm}.txt" for algorithm in ALGORITHMS)


def seal(folder: Path, info: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Write the tag files around a finished `data/`. Return the number of payload files and their bytes."""
    payload = [f"data/{name}" for name in files_below(folder / "data")]
    octets = sum((folder / name).stat().st_size for name in payload)
    tags = [*info, ("Payload-Oxum", f"{octets}.{len(payload)}")]
    _write(folder / "bagit.txt", DECLARATION)
    _write(folder / INFO, "".join(f"{label}: {visible(value)}\n" for label, value in sorted(tags)))
    _write_manifests(folder, "manifest", payload)
    _write_manifests(folder, "tagmanifest", [name for name in files_below(folder) if name not in payload])
    return len(payload), octets


def files_below(folder: Path) -> list[str]:
    """Return the names of all files below a folder, sorted; symbolic links are named, never followed."""
    found = []
    for parent, folders, names in os.walk(folder):
        place = Path(parent)
        links = [name for name in folders if (place / name).is_symlink()]
        found += [(place / name).relative_to(folder).as_posix() for name in (*names, *links)]
    return sorted(found)


def digests(path: Path) -> dict[str, str]:
    """Return the hashes of a file in every algorithm, in one pass."""
    hashes = {name: hashlib.new(name) for name in ALGORITHMS}
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            for running in hashes.values():
                running.update(block)
    return {name: running.hexdigest() for name, running in hashes.items()}


def _write_manifests(folder: Path, family: str, names: list[str]) -> None:
    hashes = {name: digests(folder / name) for name in names}
    for algorithm in ALGORITHMS:
        lines = (f"{hashes[name][algorithm]}  {name}\n" for name in names)
        _write(folder / f"{family}-{algorithm}.txt", "".join(lines))


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def information(folder: Path) -> dict[str, str]:
    """Return what `bag-info.txt` says, empty if it is gone."""
    path = folder / INFO
    is_there = path.is_file() and not path.is_symlink()
    text = path.read_text(encoding="utf-8", errors="replace") if is_there else ""
    return dict(line.split(": ", 1) for line in text.split("\n") if ": " in line)


def differences(folder: Path) -> tuple[int, list[str]]:
    """Return how many files a package has, and a sentence for each that is not as sealed."""
    everything = files_below(folder)
    hashes = {name: _digests(folder / name) for name in everything if not name.startswith(SEALS)}
    payload = [name for name in hashes if name.startswith("data/")]
    tags = [name for name in hashes if name not in {*payload, *_TAG_MANIFESTS}]
    problems = [f"{name} is a symbolic link" for name in everything if (folder / name).is_symlink()]
    problems += _compare(folder, "tagmanifest", {name: hashes[name] for name in tags})
    problems += _compare(folder, "manifest", {name: hashes[name] for name in payload})
    regular = [folder / name for name in payload if hashes[name]]
    oxum = f"{sum(path.stat().st_size for path in regular)}.{len(regular)}"
    if (said := information(folder).get("Payload-Oxum")) != oxum:
        problems.append(f"{INFO}: Payload-Oxum says {said}, the payload is {oxum}")
    return len(hashes), [visible(problem) for problem in problems]


def _digests(path: Path) -> dict[str, str]:
    """Return the hashes of a file; none of a link, which could point anywhere."""
    return {} if path.is_symlink() or not path.is_file() else digests(path)


def _compare(folder: Path, family: str, present: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return what the manifests of one family and the files they speak of say against each other.

    A file is changed if no manifest confirms it. Where one confirms and the other does not, the other is wrong.
    """
    problems: list[str] = []
    listed: dict[str, dict[str, str]] = {}
    for algorithm in ALGORITHMS:
        manifest = folder / f"{family}-{algorithm}.txt"
        if manifest.is_file() and not manifest.is_symlink():
            listed[algorithm], broken = _read(manifest, algorithm)
            problems += broken
        elif family == "tagmanifest":  # a missing payload manifest is named by the tag manifests
            problems.append(f"{manifest.name} is missing")
    doubts: dict[str, list[str]] = {}
    for name in sorted({*present, *(name for entries in listed.values() for name in entries)}):
        claims = {algorithm: entries.get(name) for algorithm, entries in listed.items()}
        actual = present.get(name)
        wrong = [algorithm for algorithm, claim in claims.items() if claim != (actual and actual.get(algorithm))]
        if wrong and len(wrong) == len(claims):
            problems.append(_sentence(name, is_there=actual is not None, is_listed=any(claims.values())))
        for algorithm in wrong if len(wrong) < len(claims) else ():
            doubts.setdefault(algorithm, []).append(name)
    for algorithm, names in doubts.items():
        problems.append(f"{family}-{algorithm}.txt changed: {len(names)} of its entries are wrong, first {names[0]}")
    return problems


def _sentence(name: str, *, is_there: bool, is_listed: bool) -> str:
    if not is_there:
        return f"{name} is missing"
    return f"{name} changed" if is_listed else f"{name} was added"


def _read(manifest: Path, algorithm: str) -> tuple[dict[str, str], list[str]]:
    """Return the entries of a manifest, and a sentence for each line that is none."""
    entries: dict[str, str] = {}
    problems = []
    lines = manifest.read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate(lines, start=1):
        matched = _LINE[algorithm].fullmatch(line)
        if matched and matched[2] not in entries:
            entries[matched[2]] = matched[1]
        elif line or number != len(lines):
            problems.append(f"{manifest.name} changed: line {number} is no entry")
    return entries, problems
