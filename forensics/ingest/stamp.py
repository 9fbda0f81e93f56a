"""What the file system says about a file: enough to tell that it is the one that was read before."""

import time
from pathlib import Path
from typing import NamedTuple, Self

from forensics import sources

_TICK = 20_000_000  # ns: a file system may give two changes within one tick of its clock the same time


class Stamp(NamedTuple):
    """Number, size and times of a file; of the archive where it is in one.

    The time of the last change of the inode (`ctime`) cannot be set back as that of the content (`mtime`) can. It
    counts for a file under its old path only: on most file systems a new name is a change of the inode.
    """

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, file: Path) -> Self | None:
        """Return the stamp of a file; None for one that changed just now, and may change again unseen."""
        begun = time.time_ns()
        place = None if file.is_file() else sources.in_archive(file)
        found = (place[0] if place else file).stat()
        if max(found.st_mtime_ns, found.st_ctime_ns) + _TICK > begun:
            return None
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)

    def is_of(self, other: "Stamp", *, moved: bool) -> bool:
        """Tell whether another stamp is of the same, unchanged file; `moved`: it has another path now."""
        return self[:3] == other[:3] and (moved or self.ctime_ns == other.ctime_ns)
