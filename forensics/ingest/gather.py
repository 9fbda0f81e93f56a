"""What the command line names: files, folders, globs and stdin, to a sorted list of files with stable names.

The name of a file is its POSIX path relative to the SOURCE given, so that a case made on another machine, or from
another working directory, has the same rows.
"""

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from forensics.errors import SourceError
from forensics.ingest import archives
from forensics.text import visible

STDIN = "-"
_MAGIC = frozenset("*?[")
Members = Callable[[Path], list[archives.Member] | None]  # what an archive holds; None for a file that is none


@dataclass(frozen=True)
class Named:
    """One file and the name under which the case knows it."""

    file: Path
    name: str


@dataclass(frozen=True)
class Trouble:
    """One source that gave nothing, or less than it should: which, why, and what to do."""

    name: str
    reason: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}" + (f" ({self.hint})" if self.hint else "")


def gather(
    sources: Sequence[str], case_folder: Path | None, members: "Members | None" = None
) -> tuple[list[Named], list[Trouble]]:
    """Return the files of all sources, each once, sorted by name, and what could not be found.

    Hidden files and the case folder itself are no sources; each file in an archive is one, and `members` says which.
    """
    found: dict[Path, Named] = {}
    troubles: list[Trouble] = []
    for source in sources:
        named = [] if source == STDIN else list(_expand(source, case_folder))
        if not named and source != STDIN:
            troubles.append(Trouble(source, _why_nothing(source), "check the path; folders are read recursively"))
        for each in named:
            key = each.file.resolve()
            if key not in found or each.name < found[key].name:
                found[key] = each
    files = [member for each in found.values() for member in _members(each, troubles, members or archives.members)]
    return sorted(files, key=lambda each: (each.name, each.file)), troubles


def _members(each: Named, troubles: list[Trouble], members: "Members") -> list[Named]:
    """Return the files in an archive, a file that is none as it is; note what of an archive is not read."""
    try:
        inside = members(each.file)
    except OSError:  # said again, with its reason, where the file is identified
        return [each]
    if inside is None:
        return [each]
    troubles += [Trouble(_inner_name(each, member), member.refused, member.hint) for member in inside if member.refused]
    if not inside:
        troubles.append(Trouble(each.name, "the archive holds no files", "is this the right file?"))
    return [Named(member.path, _inner_name(each, member)) for member in inside if member.path]


def _inner_name(archive: Named, member: archives.Member) -> str:
    """Return the name of a file in an archive: `logs.tar!access.log`."""
    return f"{archive.name}{archives.SEPARATOR}{member.name}".rstrip(archives.SEPARATOR)


def _why_nothing(source: str) -> str:
    path = Path(source)
    if path.is_dir():
        return "the folder holds no files"
    if path.exists():
        return "it is no regular file: give its content on stdin with `-`"
    return "there is no such file or folder"


def _expand(source: str, case_folder: Path | None) -> Iterator[Named]:
    path = Path(source)
    if path.is_file():
        yield Named(path.absolute(), _name(Path(path.name)))
    elif path.is_dir():
        yield from _walk(path, path, case_folder)
    elif _MAGIC & set(source):
        base = _fixed_part(path)
        for match in sorted(glob.glob(source, recursive=True)):  # noqa: PTH207 - Path.glob takes no absolute pattern
            if Path(match).is_dir():
                yield from _walk(Path(match), base, case_folder)
            elif Path(match).is_file():
                yield Named(Path(match).absolute(), _name(Path(match).relative_to(base)))


def _fixed_part(pattern: Path) -> Path:
    """Return the leading folders of a glob that hold no wildcard."""
    fixed: list[str] = []
    for part in pattern.parts[:-1]:
        if _MAGIC & set(part):
            break
        fixed.append(part)
    return Path(*fixed)


def _name(path: Path) -> str:
    """Return a relative path as text that cannot act; bytes of a file name that are no UTF-8 become U+FFFD."""
    return visible(path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _walk(folder: Path, base: Path, case_folder: Path | None) -> Iterator[Named]:
    own = case_folder.resolve() if case_folder else None
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and (Path(parent) / name).resolve() != own
        )
        for name in sorted(files):
            path = Path(parent) / name
            if not name.startswith(".") and path.is_file():
                yield Named(path.absolute(), _name(path.relative_to(base)))


def nothing_found(troubles: Sequence[Trouble]) -> SourceError:
    """Return the error of a run whose sources all gave nothing."""
    if len(troubles) == 1:
        only = troubles[0]
        return SourceError(f"{only.name}: {only.reason}", hint=only.hint)
    shown = "; ".join(f"{each.name}: {each.reason}" for each in troubles[:5])
    more = f"; and {len(troubles) - 5} more" if len(troubles) > 5 else ""  # noqa: PLR2004 - as shown above
    return SourceError(f"no source could be read: {shown}{more}", hint="`forensics formats test PATH` says why")
