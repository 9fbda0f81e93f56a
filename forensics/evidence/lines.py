"""Cited lines and the log files they come from: what was recorded of them, and their bytes read again."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.errors import IntegrityError
from forensics.schema import EVENTS, EXHIBITS, LOG_FILES
from forensics.sources import DAMAGE, ByteRange, check, compression, is_there, read_ranges

_ROWS = "parquet"  # the format whose rows have an ordinal, not a byte range


@dataclass(frozen=True)
class Source:
    """One log file of the case under its short name, and where it can be read now (None: out of reach)."""

    name: str
    log_file_sha256: str
    content_sha256: str
    path: str
    bytes_on_disk: int
    log_format: str | None
    place: Path | None

    def compression(self) -> str:
        """Return how the file is compressed; empty where that cannot be told without it."""
        if self.place:
            return compression(self.place)
        return "plain" if self.log_file_sha256 == self.content_sha256 else ""

    def has_lines(self) -> bool:
        """Tell whether it is a stream of bytes that can be read now."""
        return self.place is not None and self.log_format != _ROWS


@dataclass(frozen=True)
class Citation:
    """One exhibit that is a raw line: its range in the decompressed stream, and the hash recorded for it."""

    exhibit_id: str
    finding_id: str
    title: str
    event_id: str
    content_sha256: str
    range: ByteRange
    line_sha256: str | None
    log_line: int | None
    addressable: bool


def citations(case: Case, resources: Resources | None = None) -> list[Citation]:
    """Return every cited line in the order of exhibits. Raise `IntegrityError` for a source nobody registered."""
    query = files("forensics.evidence") / "cited_lines.sql"
    with Engine.over(case, EXHIBITS, EVENTS, LOG_FILES, resources=resources) as engine:
        rows = engine.rows(query).to_pylist()
    for row in rows:
        if row["log_file_sha256"] is None:
            raise IntegrityError(
                f"exhibit {row['exhibit_id']} cites a source that log_files does not have",
                hint="run forensics analyze again",
            )
    return [_citation(row) for row in rows]


def _citation(row: Mapping[str, Any]) -> Citation:
    return Citation(
        row["exhibit_id"],
        row["finding_id"] or "",
        row["title"] or "",
        row["event_id"] or "",
        row["content_sha256"],
        ByteRange(row["log_offset"] or 0, row["log_length"] or 0),
        row["line_sha256"],
        row["log_line"],
        addressable=row["log_format"] != _ROWS,
    )


def sources(case: Case) -> list[Source]:
    """Return the log files of a case in the order of their paths, named S0001 onward."""
    places = case.locations()
    names = ["path", "content_sha256", "log_file_sha256", "bytes_on_disk", "log_format"]
    rows = case.read(LOG_FILES).select(names).to_pylist()
    ordered = sorted(rows, key=lambda row: (row["path"], row["content_sha256"]))
    return [
        Source(
            f"S{number:04d}",
            row["log_file_sha256"],
            row["content_sha256"],
            row["path"],
            row["bytes_on_disk"],
            row["log_format"],
            _reachable(places.get(row["log_file_sha256"])),
        )
        for number, row in enumerate(ordered, start=1)
    ]


def _reachable(place: str | None) -> Path | None:
    path = Path(place) if place else None
    return path if path and is_there(path) and (not path.is_file() or os.access(path, os.R_OK)) else None


def reread(source: Source, cited: Iterable[Citation]) -> Iterator[tuple[ByteRange, bytes]]:
    """Yield the bytes of each cited range once, in the order of offsets; nothing where the source is out of reach.

    Damage in a compressed source ends it early. Raise `IntegrityError` if the file is not the one ingested.
    """
    ranges = {citation.range for citation in cited if citation.addressable}
    if source.place is None or not ranges:
        return
    check(source.place, source.log_file_sha256)
    try:
        yield from read_ranges(source.place, ranges)
    except DAMAGE:
        return
