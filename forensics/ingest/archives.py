"""What a zip or tar archive holds: every regular file is a source of its own, everything else has a reason.

Names in an archive are written by whoever packed it. One that leads out of the archive is refused, so are links,
devices and what is encrypted. Nothing is unpacked to disk: members are read where they are.
"""

import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forensics import sources
from forensics.text import visible

LARGE = 1 << 30  # bytes: what unpacks to less is never a bomb
MOST_EXPANSION = 1_000  # times its own size; deflate cannot do more than 1,032
_MOST_MEMBERS = 100_000
_ENCRYPTED = 0x1
_LINK = 0o120000
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_OFFICE = "[Content_Types].xml"


@dataclass(frozen=True)
class Member:
    """One entry of an archive: its path through the archive, or why it is not read."""

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


def members(path: Path, most_expansion: int = MOST_EXPANSION) -> list[Member] | None:
    """Return the files in an archive in the order of their names, None for a file that is no archive."""
    kind = sources.archive(path)
    if kind is None:
        return None
    bound = max(LARGE, most_expansion * path.stat().st_size)
    entries, trouble = _read(_zip(path) if kind == "zip" else _tar(path), bound)
    if any(entry.name == _OFFICE for entry in entries):
        return [Member("", refused="it is an office document, not a log", hint="export it as CSV")]
    names = [sources.member_name(entry.name) for entry in entries]
    found = [
        _member(path, entry, name, twice=name is not None and name in names[:place])
        for place, (entry, name) in enumerate(zip(entries, names, strict=True))
        if name is None or not any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))
    ]
    return sorted([*found, *trouble], key=lambda member: member.name)


def _member(path: Path, entry: _Entry, name: str | None, *, twice: bool) -> Member:
    shown = visible(name or entry.name)
    if name is None:
        return Member(shown, refused="its name leads out of the archive", hint="unpack it by hand if it is a log")
    if twice:
        return Member(shown, refused="its name occurs before in the archive", hint="unpack the archive by hand")
    if entry.refused:
        return Member(shown, refused=entry.refused, hint="unpack it by hand if it is a log")
    return Member(shown, path / name)


def _read(entries: Iterator[_Entry], bound: int) -> tuple[list[_Entry], list[Member]]:
    """Return the entries until the archive ends, breaks or grows past a bound, and what stopped it early."""
    found: list[_Entry] = []
    total = 0
    try:
        for entry in entries:
            total += entry.size
            if total > bound or len(found) >= _MOST_MEMBERS:
                reason = (
                    f"it unpacks to more than {min(total, bound):,} bytes or holds more than {_MOST_MEMBERS:,} files"
                )
                return found, [Member("", refused=reason, hint="unpack it by hand, or allow more: --max-expansion N")]
            found.append(entry)
    except sources.DAMAGE as error:
        return found, [Member("", refused=f"the archive is damaged: {visible(str(error))}", hint="copy it again")]
    return found, []


def _zip(path: Path) -> Iterator[_Entry]:
    with zipfile.ZipFile(path) as packed:
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
