"""Cited lines: read again from their sources, hashed, and laid into a package byte for byte."""

import csv
import hashlib
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
from forensics.text import guard_cell

_ROWS = "parquet"  # the format whose rows have an ordinal, not a byte range
# What verify.sh reads comes first; what people wrote comes last, because a path may hold a comma.
INDEX_COLUMNS = (
    "exhibit_id", "finding_id", "source", "extract", "extract_offset", "length", "line_sha256", "offset", "log_line",
    "compression", "log_file_sha256", "content_sha256", "event_id", "path", "title",
)  # fmt: skip
SOURCE_COLUMNS = ("source", "log_file_sha256", "bytes_on_disk", "compression", "content_sha256", "path")


@dataclass(frozen=True)
class Source:
    """One log file of the case under its short name, and where it can be read now (None: out of reach)."""

    name: str
    log_file_sha256: str
    content_sha256: str
    path: str
    bytes_on_disk: int
    place: Path | None

    def compression(self) -> str:
        """Return how the file is compressed; empty where that cannot be told without it."""
        if self.place:
            return compression(self.place)
        return "plain" if self.log_file_sha256 == self.content_sha256 else ""


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
    rows = case.read(LOG_FILES).select(["path", "content_sha256", "log_file_sha256", "bytes_on_disk"]).to_pylist()
    ordered = sorted(rows, key=lambda row: (row["path"], row["content_sha256"]))
    return [
        Source(
            f"S{number:04d}",
            row["log_file_sha256"],
            row["content_sha256"],
            row["path"],
            row["bytes_on_disk"],
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


def extract(folder: Path, registered: Iterable[Source], cited: list[Citation]) -> tuple[int, int]:
    """Write raw lines, their index and the register of sources below `folder`.

    Return how many exhibits have their line in the package, and how many do not because the source was out of
    reach. Raise `IntegrityError` for a source or a line that does not hash to what was recorded.
    """
    (folder / "raw").mkdir(parents=True)
    by_content: dict[str, list[Citation]] = {}
    for citation in cited:
        by_content.setdefault(citation.content_sha256, []).append(citation)
    rows: dict[str, tuple[object, ...]] = {}
    register = list(registered)
    for source in register:
        rows |= _extract_one(folder, source, by_content.get(source.content_sha256, []))
    _write_csv(folder / "evidence-index.csv", INDEX_COLUMNS, [rows[citation.exhibit_id] for citation in cited])
    _write_csv(folder / "sources.csv", SOURCE_COLUMNS, map(_source_row, register))
    addressable = [citation for citation in cited if citation.addressable]
    present = sum(1 for citation in addressable if rows[citation.exhibit_id][INDEX_COLUMNS.index("extract")])
    return present, len(addressable) - present


def _extract_one(folder: Path, source: Source, cited: list[Citation]) -> dict[str, tuple[object, ...]]:
    """Write the cited lines of one source, each followed by a line end; return its rows of the index."""
    name = f"raw/{source.name}.lines"
    found: dict[ByteRange, tuple[int, str]] = {}
    position = 0
    for at, content in reread(source, cited):
        with (folder / name).open("ab") as stream:
            stream.write(content + b"\n")
        found[at] = (position, hashlib.sha256(content).hexdigest())
        position += len(content) + 1
    rows = {}
    for citation in cited:
        extracted = found.get(citation.range) if citation.addressable else None
        if extracted and citation.line_sha256 not in {None, extracted[1]}:
            raise IntegrityError(
                f"the line of exhibit {citation.exhibit_id} does not hash to what was recorded",
                hint="run forensics verify on the case to see everything that differs",
            )
        rows[citation.exhibit_id] = _index_row(source, citation, name, extracted)
    return rows


def _index_row(source: Source, citation: Citation, name: str, extracted: tuple[int, str] | None) -> tuple[object, ...]:
    offset, sha256 = extracted or (None, citation.line_sha256)
    return (
        citation.exhibit_id,
        citation.finding_id,
        source.name,
        name if extracted else None,
        offset,
        citation.range.length,
        sha256,
        citation.range.offset,
        citation.log_line,
        source.compression(),
        source.log_file_sha256,
        source.content_sha256,
        citation.event_id,
        source.path,
        citation.title,
    )


def _source_row(source: Source) -> tuple[object, ...]:
    compressed = source.compression()
    return (source.name, source.log_file_sha256, source.bytes_on_disk, compressed, source.content_sha256, source.path)


def _write_csv(path: Path, columns: Iterable[str], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([guard_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
