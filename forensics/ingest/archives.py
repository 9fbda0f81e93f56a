"""What a zip or tar archive holds: every regular file is a source of its own, everything else has a reason.

Names in an archive are written by whoever packed it. One that leads out of the archive is refused, so are links,
devices and what is encrypted. Nothing is unpacked to disk: members are read where they are. An archive in an archive
is read, one in that is not; bytes and files are bounded over all of them together.
"""

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from forensics import sources
from forensics.text import visible

SEPARATOR = "!"  # between the name of an archive and that of what it holds
LARGE = 1 << 30  # bytes: what unpacks to less is never a bomb
MOST_EXPANSION = 1_000  # times its own size; deflate cannot do more than 1,032
_MOST_MEMBERS = 100_000
_ENCRYPTED = 0x1
_LINK = 0o120000
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_OFFICE = "[Content_Types].xml"


@dataclass(frozen=True)
class Member:
    """One entry of an archive: its path through the archive, or why it is not read.

    The name of one in an inner archive is `inner.zip!name`.
    """

    name: str
    path: Path | None = None
    refused: str | None = None
    hint: str | None = None


@dataclass(frozen=True)
class _Entry:
    """What the table of an archive says about one entry."""

    name: str
    size: int
    refused: str | None = None


class _Budget:
    """What all archives of one file may hold together."""

    def __init__(self, size: int) -> None:
        self.size, self.allowed, self.files = 0, size, 0

    def spend(self, size: int) -> bool:
        """Count one entry and tell whether there is room for it."""
        self.size += size
        self.files += 1
        return self.size <= self.allowed and self.files <= _MOST_MEMBERS


def members(path: Path, most_expansion: int = MOST_EXPANSION) -> list[Member] | None:
    """Return the files in an archive in the order of their names, None for a file that is no archive."""
    if sources.archive(path) is None:
        return None
    budget = _Budget(max(LARGE, most_expansion * path.stat().st_size))
    found = [inner for member in _listed(path, budget) for inner in _inside(member, budget)]
    return sorted(found, key=lambda member: member.name)


def _inside(member: Member, budget: _Budget) -> list[Member]:
    """Return what an archive in an archive holds; a member that is none as it is."""
    try:
        inner = _listed(member.path, budget) if member.path and sources.archive(member.path) else None
    except sources.DAMAGE:  # said again, with its reason, where the file is identified
        return [member]
    if inner is None:
        return [member]
    if not inner:
        return [Member(member.name, refused="the archive holds no files", hint="is it the right one?")]
    return [replace(each, name=f"{member.name}{SEPARATOR}{each.name}".rstrip(SEPARATOR)) for each in inner]


def _listed(path: Path, budget: _Budget) -> list[Member]:
    """Return the entries of one archive."""
    entries, trouble = _read(_zip(path) if sources.archive(path) == "zip" else _tar(path), budget)
    if any(entry.name == _OFFICE for entry in entries):
        return [Member("", refused="it is an office document, not a log", hint="export it as CSV")]
    names = [sources.member_name(entry.name) for entry in entries]
    found = [
        _member(path, entry, name, twice=name is not None and name in names[:place])
        for place, (entry, name) in enumerate(zip(entries, names, strict=True))
        if name is None or not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
    ]
    return [*found, *trouble]


def _member(path: Path, entry: _Entry, name: str | None, *, twice: bool) -> Member:
    shown = visible(name or entry.name)
    if name is None:
        return Member(shown, refused="its name leads out of the archive", hint="unpack it by hand if it is a log")
    if twice:
        return Member(shown, refused="its name occurs before in the archive", hint="unpack the archive by hand")
    if entry.refused:
        return Member(shown, refused=entry.refused, hint="unpack it by hand if it is a log")
    return Member(shown, path / name)


def _read(entries: Iterator[_Entry], budget: _Budget) -> tuple[list[_Entry], list[Member]]:
    """Return the entries until the archive ends, breaks or grows past a bound, and what stopped it early."""
    found: list[_Entry] = []
    try:
        for entry in entries:
            if not budget.spend(entry.size):
                most = min(budget.size, budget.allowed)
                reason = f"it unpacks to more than {most:,} bytes or holds more than {_MOST_MEMBERS:,} files"
                return found, [Member("", refused=reason, hint="unpack it by hand, or allow more: --max-expansion N")]
            found.append(entry)
    except sources.DAMAGE as error:
        return found, [Member("", refused=f"the archive is damaged: {visible(str(error))}", hint="copy it again")]
    return found, []


def _zip(path: Path) -> Iterator[_Entry]:
    with sources.open_zip(path) as packed:
        for info in packed.infolist():
            if info.is_dir():
                continue
            refused = "it is encrypted" if info.flag_bits & _ENCRYPTED else None
            if info.compress_type not in _METHODS:
                refused = f"it is packed by method {info.compress_type}, which is not known here"
            if (info.external_attr >> 16) & 0o170000 == _LINK:
                refused = "it is a link"
            yield _Entry(info.filename, info.file_size, refused)


def _tar(path: Path) -> Iterator[_Entry]:
    with sources.open_content(path) as stream, tarfile.open(fileobj=stream, mode="r|") as packed:
        for entry in packed:
            if entry.isdir():
                continue
            reason = "it is a link" if entry.issym() or entry.islnk() else "it is no regular file"
            yield _Entry(entry.name, entry.size, None if entry.isreg() else reason)
