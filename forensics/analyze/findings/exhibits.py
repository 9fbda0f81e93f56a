"""Exhibits: the numbered rows and raw lines that findings rest on, each line hashed from its source.

A cited line is read again from the file it came from, which must still be the file that was acquired. Where
the source is out of reach the line keeps its place and has no hash, and a finding of kind scope says so.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from forensics import sources
from forensics.analyze.findings.phrases import counted, name, sentences
from forensics.analyze.findings.rows import CITED, QUERIES, Judged
from forensics.case import Case
from forensics.engine import Engine
from forensics.errors import SourceError
from forensics.model import Confidence, Sentence, Severity
from forensics.schema import EXHIBITS, LOG_FILES, TABLES

_Range = tuple[str, int, int]  # content_sha256, offset, length


@dataclass(frozen=True)
class Line:
    """One cited record: where it lies, what it is called, and its hash if it could be read again."""

    event_id: str
    content_sha256: str
    log_offset: int
    log_length: int
    title: str
    is_addressable: bool
    line_sha256: str | None


def read_lines(case: Case, engine: Engine, event_ids: Iterable[str]) -> dict[str, Line]:
    """Return the cited lines by event, in order of time, each source read in one pass.

    Raise `IntegrityError` if a source is not the file that was acquired.
    """
    rows = engine.rows(QUERIES / "cited_lines.sql", {"event_ids": sorted(set(event_ids))}).to_pylist()
    wanted: dict[str, list[sources.ByteRange]] = {}
    for row in rows:
        if not row["not_byte_addressable"]:
            wanted.setdefault(row["content_sha256"], []).append(sources.ByteRange(row["log_offset"], row["log_length"]))
    hashes = dict(_hashes(case, wanted))
    paths = {row["log_file_sha256"]: row["path"] for row in case.read(LOG_FILES).to_pylist()}
    return {
        row["event_id"]: Line(
            row["event_id"],
            row["content_sha256"],
            row["log_offset"],
            row["log_length"],
            _title(row, paths.get(row["log_file_sha256"])),
            not row["not_byte_addressable"],
            hashes.get((row["content_sha256"], row["log_offset"], row["log_length"])),
        )
        for row in rows
    }


def _hashes(case: Case, wanted: Mapping[str, Sequence[sources.ByteRange]]) -> Iterator[tuple[_Range, str]]:
    """Yield the SHA-256 of each wanted range that can be read."""
    places = case.locations()
    copies: dict[str, list[tuple[str, str]]] = {}
    for row in case.read(LOG_FILES).sort_by("path").to_pylist():
        if place := places.get(row["log_file_sha256"]):
            copies.setdefault(row["content_sha256"], []).append((place, row["log_file_sha256"]))
    for content_sha256, ranges in sorted(wanted.items()):
        path = _within_reach(copies.get(content_sha256, []))
        if path is None:
            continue
        try:
            for span, content in sources.read_ranges(path, ranges):
                yield (content_sha256, span.offset, span.length), hashlib.sha256(content).hexdigest()
        except sources.DAMAGE:
            continue  # a damaged source: what lies before the damage is kept, the rest has no hash


def _within_reach(copies: Iterable[tuple[str, str]]) -> Path | None:
    """Return the first copy that is where it was read."""
    for place, sha256 in copies:
        try:
            sources.check(Path(place), sha256)
        except (SourceError, OSError):
            continue
        return Path(place)
    return None


def _title(row: Mapping[str, Any], path: str | None) -> str:
    source = name(path) if path else "a source that is no longer registered"
    if row["not_byte_addressable"]:
        return f"Row {row['log_offset']:,} of {source}"
    if row["log_line"] is None:
        return f"Record at byte {row['log_offset']:,} of {source}"
    return f"Line {row['log_line']:,} of {source}"


def lines_finding(lines: Mapping[str, Line]) -> Judged:
    """Return the finding of kind scope that says how many cited lines have a hash, and why the others have none."""
    unread = [line for line in lines.values() if line.is_addressable and not line.line_sha256]
    rows = sum(not line.is_addressable for line in lines.values())
    hashed = sum(line.line_sha256 is not None for line in lines.values())
    statement = sentences(
        f"Read again from their source and hashed: {hashed:,} of {counted(len(lines), 'cited line')}.",
        f"{counted(len(unread), 'line')} could not be re-read, because the source is out of reach or damaged:"
        " no line hash." if unread else None,
        f"{counted(rows, 'row')} of Parquet sources cannot be cited by bytes: no line hash." if rows else None,
    )  # fmt: skip
    return Judged(
        "scope",
        "table:exhibits",
        None,
        "lines",
        tuple(line.event_id for line in unread[:CITED]),
        Sentence(
            statement,
            alternative="",
            severity=Severity.LOW if unread else Severity.INFO,
            confidence=Confidence.HIGH,
        ),
        assessed=True,
        detail={
            "lines": len(lines),
            "lines_hashed": hashed,
            "lines_unread": len(unread),
            "lines_not_addressable": rows,
        },
    )


def table(judged: Iterable[Judged], lines: Mapping[str, Line]) -> pa.Table:
    """Return all exhibits: for each finding its rows and then its lines in order of time; then whole tables."""
    order = {event_id: position for position, event_id in enumerate(lines)}
    rows: list[dict[str, Any]] = []
    for one in judged:
        rows.append({"finding_id": one.finding_id, "query_id": one.query_id, "title": _rows_title(one)})
        rows += [
            {
                "finding_id": one.finding_id,
                "query_id": one.query_id,
                "title": lines[event_id].title,
                "event_id": event_id,
                "content_sha256": lines[event_id].content_sha256,
                "log_offset": lines[event_id].log_offset,
                "log_length": lines[event_id].log_length,
                "line_sha256": lines[event_id].line_sha256,
            }
            for event_id in sorted(one.cite, key=order.__getitem__)
        ]
    numbered = [{"exhibit_id": f"E-{number:04}", **row} for number, row in enumerate(rows, start=1)]
    whole = [
        {"exhibit_id": f"TAB-{one.name}", "query_id": f"table:{one.name}", "title": f"Table {one.name}: {one.grain}"}
        for one in TABLES
    ]
    return pa.Table.from_pylist([*numbered, *whole], schema=EXHIBITS.arrow())


def _rows_title(one: Judged) -> str:
    if one.query_id.startswith("table:"):
        return "Rows of this table that cite a line"
    about = sentences(f"for cluster {one.cluster_id}" if one.cluster_id else "", name(one.subject))
    return f"Rows of {one.query_id}{f' {about}' if about else ''}"
