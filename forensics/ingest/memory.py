"""What was identified before, so that it is not read again: private to the case, worth nothing but time.

    private/identified.jsonl          path and stamp of every file and archive, and what it holds
    private/resume/PATH.json, .head   a long file that a command has begun: all that identifying it gave

Nothing here is believed of a file whose stamp (`stamp.Stamp`) is another now. Whatever is lost is found out again.
"""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from forensics import sources
from forensics.case import canonical, sha256_text, write_aside
from forensics.ingest.acquire import Acquired, Excerpt
from forensics.ingest.archives import Member, members
from forensics.ingest.content import Border
from forensics.ingest.gather import Named
from forensics.ingest.reader import CHUNK
from forensics.ingest.stamp import Stamp

LEAST = CHUNK  # bytes: a shorter stream has no finished chunk to resume behind
_FACTS = (
    "compression", "log_file_sha256", "content_sha256", "bytes_on_disk", "bytes_content", "lines", "complete",
    "encoding",
)  # fmt: skip


@dataclass(frozen=True)
class Remembered:
    """A file that was identified by an earlier command and did not change since."""

    named: Named
    log_file_sha256: str
    content_sha256: str
    bytes_on_disk: int


class Memory:
    """The files that a case has identified so far."""

    def __init__(self, case_folder: Path) -> None:
        self._file = case_folder / "private" / "identified.jsonl"
        self._begun = case_folder / "private" / "resume"
        self._by_path: dict[str, dict[str, Any]] = {}
        self._by_inode: dict[tuple[object, ...], dict[str, Any]] = {}
        self.places: dict[str, set[Path]] = {}  # content -> where it was seen, at any time
        for line in self._file.read_bytes().split(b"\n")[:-1] if self._file.is_file() else ():
            self._learn(json.loads(line))

    def _learn(self, entry: dict[str, Any]) -> None:
        self._by_path[entry["path"]] = entry
        self._by_inode[_inode(Path(entry["path"]), Stamp(*entry["stamp"]))] = entry
        if "content_sha256" in entry:
            self.places.setdefault(entry["content_sha256"], set()).add(Path(entry["path"]))

    def _find(self, file: Path) -> dict[str, Any] | None:
        try:
            stamp = Stamp.of(file)
        except OSError:
            return None
        if stamp is None:
            return None
        if (entry := self._by_path.get(str(file))) and Stamp(*entry["stamp"]).is_of(stamp, moved=False):
            return entry
        entry = self._by_inode.get(_inode(file, stamp))
        return entry if entry and entry["path"] != str(file) else None

    def content_of(self, file: Path) -> str | None:
        """Return the hash of the content of a file that did not change since it was identified."""
        entry = self._find(file)
        return entry.get("content_sha256") if entry else None

    def of(self, named: Named) -> Remembered | None:
        """Return what a file is known to be, None for one that is new or changed."""
        if not (entry := self._find(named.file)) or "content_sha256" not in entry:
            return None
        return Remembered(named, entry["log_file_sha256"], entry["content_sha256"], entry["bytes_on_disk"])

    def members(self, file: Path, most_expansion: int) -> list[Member] | None:
        """Return what an archive holds, None for a file that is none (see `archives.members`)."""
        if (entry := self._find(file)) and entry.get("most_expansion", most_expansion) == most_expansion:
            return [_member(each) for each in entry["members"]] if "members" in entry else None
        stamp = Stamp.of(file)
        found = members(file, most_expansion)
        if found is not None and stamp:
            held = [{**asdict(each), "path": each.path and str(each.path)} for each in found]
            self._keep(file, stamp, {"members": held, "most_expansion": most_expansion})
        return found

    def add(self, acquired: Acquired) -> None:
        """Keep what a file is."""
        if acquired.stamp:
            names = ("log_file_sha256", "content_sha256", "bytes_on_disk")
            self._keep(acquired.named.file, acquired.stamp, {name: getattr(acquired, name) for name in names})

    def _keep(self, file: Path, stamp: Stamp, facts: dict[str, Any]) -> None:
        entry = {"path": str(file), "stamp": list(stamp), **facts}
        if self._by_path.get(str(file)) == entry:
            return
        self._learn(entry)
        with self._file.open("ab+") as stream:
            stream.seek(0, 2)
            if stream.tell():
                stream.seek(-1, 2)
                if stream.read() != b"\n":  # a crash left half a line
                    stream.seek(0)
                    stream.truncate(stream.read().rfind(b"\n") + 1)
            stream.write(canonical(entry).encode() + b"\n")

    # --- files that a command has begun ---------------------------------------------------------------------

    def begin(self, acquired: Acquired) -> None:
        """Keep all that identifying a long file gave, until it is finished."""
        if acquired.stamp is None or max(acquired.bytes_content, acquired.bytes_on_disk) <= LEAST:
            return
        excerpt = acquired.excerpt
        parts = (excerpt.head, *excerpt.pieces)
        held = b"".join(parts)
        facts = {name: getattr(acquired, name) for name in _FACTS} | {
            "path": str(acquired.named.file),
            "stamp": list(acquired.stamp),
            "parts": [len(part) for part in parts],
            "whole": excerpt.whole,
            "held_sha256": hashlib.sha256(held).hexdigest(),
            "borders": acquired.borders,
        }
        note = self._note(acquired.named.file)
        note.parent.mkdir(mode=0o700, exist_ok=True)
        write_aside(note.with_suffix(".head"), held)
        write_aside(note, canonical(facts).encode())

    def begun(self, named: Named) -> Acquired | None:
        """Return what identifying a file gave that a killed command had begun, if the file did not change."""
        note = self._note(named.file)
        if not note.is_file():
            return None
        facts = json.loads(note.read_bytes())
        stamp = Stamp.of(named.file)
        held = note.with_suffix(".head").read_bytes() if note.with_suffix(".head").is_file() else b""
        if facts["path"] != str(named.file) or stamp is None or not Stamp(*facts["stamp"]).is_of(stamp, moved=False):
            return None
        if hashlib.sha256(held).hexdigest() != facts["held_sha256"]:
            return None
        ends = [sum(facts["parts"][: number + 1]) for number in range(len(facts["parts"]))]
        head, *pieces = (held[end - size : end] for end, size in zip(ends, facts["parts"], strict=True))
        return Acquired(
            named,
            excerpt=Excerpt(head, tuple(pieces), facts["whole"]),
            borders=tuple(Border(*each) for each in facts["borders"]),
            stamp=stamp,
            **{name: facts[name] for name in _FACTS},
        )

    def finish(self, file: Path) -> None:
        """Forget what only a resumed command would need: excerpts are text of the log."""
        note = self._note(file)
        for each in (note, note.with_suffix(".head")):
            each.unlink(missing_ok=True)

    def forget(self) -> None:
        """Forget every file that was begun."""
        if self._begun.is_dir():
            shutil.rmtree(self._begun)

    def _note(self, file: Path) -> Path:
        return self._begun / f"{sha256_text(canonical(str(file)))[:16]}.json"


def _inode(file: Path, stamp: Stamp) -> tuple[object, ...]:
    """Return what a file keeps when it is renamed; a member of an archive also has its name in there."""
    place = None if file.is_file() else sources.in_archive(file)
    return (*stamp[:3], place[1] if place else "")


def _member(held: dict[str, Any]) -> Member:
    return Member(**held | {"path": held["path"] and Path(held["path"])})
