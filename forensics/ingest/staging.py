"""What a command has finished but not published: parts of chunks, and sources that only wait to be moved.

    tables/.staging/CONTENT/READING/{events,rejects}/00000.parquet   the rows of a chunk
    tables/.staging/CONTENT/READING/chunks/00000.json                the chunk is finished: what became of it
    tables/.staging/CONTENT/finished.json                            the source is: its row in the register

A chunk counts as finished only if the stream up to its end hashes to what it did, its parts sum to what was written,
and READING is the hash of everything else that rows depend on. So a killed command is taken up where it was cut off,
and rows made by another version, with other options or from other bytes are never mixed in. The note of a chunk says
where the next one begins, so that what is finished need not be read again (docs/adr/0012).
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
from isal import isal_zlib

from forensics.case import canonical, sha256_text, write_aside, write_parquet
from forensics.ingest.counts import Counts
from forensics.ingest.layout.lines import in_a_row
from forensics.ingest.parse import Parsed
from forensics.ingest.reader import Place
from forensics.schema import EVENTS, REJECTS, Table

FOLDER = "tables/.staging"
PARTS = {"events": EVENTS, "rejects": REJECTS}
_FINISHED = "finished.json"
_PACKED = ("extra",)  # text columns that are mostly written row by row


def key(content_sha256: str) -> str:
    """Return the name of the folder that holds the parts of a content."""
    return content_sha256[:16]


def conformed(table: Table, rows: pl.DataFrame, texts: Mapping[str, pa.Array] | None = None) -> pa.Table:
    """Return rows as the one Arrow table that a part is written from, some of its columns as they are given."""
    texts = texts or {}
    plain = rows.select(name for name in table.names() if name not in texts)
    packed = {name: text for name in _PACKED if name in plain.columns and (text := in_a_row(plain[name])) is not None}
    arrow = plain.drop(packed).to_arrow(compat_level=pl.CompatLevel.oldest()).combine_chunks()
    known = {**packed, **texts}
    columns = [
        known[column.name] if column.name in known else arrow[column.name].cast(column.type) for column in table.columns
    ]
    return pa.table(columns, names=table.names())


class Mark(NamedTuple):
    """Where a chunk ends, and the SHA-256 of all bytes of its stream up to the border behind it (`reader.Border`)."""

    end: int
    sha256: str


class Behind(NamedTuple):
    """What it takes to read a stream on behind a chunk: the place, and the header lines in force there."""

    place: Place
    in_force: tuple[str, ...] = ()


class Staged:
    """The chunks of one source, read in one way, that are finished."""

    def __init__(self, case_folder: Path, content_sha256: str, reading: Mapping[str, object]) -> None:
        self._content = case_folder / FOLDER / key(content_sha256)
        self.folder = self._content / sha256_text(canonical(reading))[:16]
        for other in sorted(self._content.glob("*")):
            if other != self.folder:  # read by another version, or with other options
                _remove(other)

    def finished(self, index: int, mark: Mark | None) -> Counts | None:
        """Return what became of a chunk that was finished from the same bytes; None for any other."""
        note = self._note(index)
        if mark is None or not note.is_file():
            return None
        held = json.loads(note.read_bytes())
        if held["mark"] != list(mark) or held["parts"] != self._sums(index):
            return None
        return Counts.of_record(held["counts"])

    def leading(self, mark: Callable[[int], Mark | None]) -> tuple[dict[int, Counts], Behind | None]:
        """Return the finished chunks at the beginning, in order, and where to go on behind them; None for nowhere.

        `mark` gives the mark that a chunk with a given end has.
        """
        done: dict[int, Counts] = {}
        behind, index = None, 0
        while index not in done and (note := self._note(index)).is_file():
            held = json.loads(note.read_bytes())
            counts = self.finished(index, mark(held["mark"][0])) if held["behind"] else None
            if counts is None:
                break
            done[index] = counts
            behind = Behind(Place(*held["behind"][0]), tuple(held["behind"][1]))
            index = behind.place.number
        return done, behind

    def add(self, index: int, mark: Mark | None, parsed: Parsed, behind: Behind | None = None) -> None:
        """Write the rows of one chunk, then the note that it is finished. Raise `BusyError` if they do not fit."""
        self._note(index).unlink(missing_ok=True)
        for name, rows, texts in (("events", parsed.frame, parsed.texts), ("rejects", parsed.rejects, {})):
            part = self._part(name, index)
            part.unlink(missing_ok=True)
            if rows.height:
                write_parquet(conformed(PARTS[name], rows, texts), part)
        if mark:
            note = {"mark": mark, "parts": self._sums(index), "counts": parsed.counts.record(), "behind": behind}
            write_aside(self._note(index), canonical(note).encode())

    def finish(self, entry: Mapping[str, Any], chunks: set[int]) -> None:
        """Leave the note that the source is finished: from here on it will be published, whatever happens."""
        for name in PARTS:
            for part in sorted((self.folder / name).glob("*")):
                if part.name not in {f"{index:05d}.parquet" for index in chunks}:
                    part.unlink()
        if not (self.folder / "events").is_dir() or not any((self.folder / "events").iterdir()):
            write_parquet(EVENTS.empty(), self.folder / "events" / "00000.parquet")
        write_aside(self._content / _FINISHED, canonical(entry).encode())

    def drop(self) -> None:
        """Forget all of it."""
        _remove(self._content)

    def _part(self, name: str, index: int) -> Path:
        return self.folder / name / f"{index:05d}.parquet"

    def _note(self, index: int) -> Path:
        return self.folder / "chunks" / f"{index:05d}.json"

    def _sums(self, index: int) -> dict[str, list[int]]:
        """Return size and CRC-32 of the parts: enough to tell what was written whole, and a tenth of a hash's time."""
        found = {name: self._part(name, index) for name in PARTS}
        read = {name: part.read_bytes() for name, part in found.items() if part.is_file()}
        return {name: [len(held), isal_zlib.crc32(held)] for name, held in read.items()}


def finish(case_folder: Path, content_sha256: str, entry: Mapping[str, Any]) -> None:
    """Leave the note that a source has a new row in the register."""
    write_aside(case_folder / FOLDER / key(content_sha256) / _FINISHED, canonical(entry).encode())


def finished(case_folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the notes of finished sources, in order of content."""
    for note in sorted((case_folder / FOLDER).glob(f"*/{_FINISHED}")):
        yield json.loads(note.read_bytes())


def publish(case_folder: Path, content_sha256: str) -> None:
    """Move the parts of a finished source into place; what was moved already stays."""
    content = case_folder / FOLDER / key(content_sha256)
    for name in PARTS:
        target = case_folder / "tables" / name / key(content_sha256)
        for parts in sorted(content.glob(f"*/{name}")):
            if any(parts.iterdir()):
                target.parent.mkdir(parents=True, exist_ok=True)
                parts.replace(target)


def forget(case_folder: Path) -> None:
    """Remove everything that is staged."""
    _remove(case_folder / FOLDER)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
