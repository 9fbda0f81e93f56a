"""Rows into the case: staged, then published by renames, so that a killed run leaves all of a source or nothing.

The order of publishing is the order of trust: parts of a source first, its row in `log_files` after them, the link
in the chain of custody last. What a killed run left without a row is removed by the next one, and rows the chain
does not speak of yet are recorded by the next run. So any number of crashes ends in the same tables.
"""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from forensics.case import Case, write_parquet
from forensics.ingest.acquire import Acquired
from forensics.ingest.parse import Counts, Parsed
from forensics.schema import EVENTS, LOG_FILES, REJECTS, Table

_STAGING = "tables/.staging"
_PARTS = {"events": EVENTS, "rejects": REJECTS}
_PENDING_BYTES, _PENDING_FILES = 1 << 30, 256  # the register is written again after this much, and at the end


def conformed(table: Table, rows: pl.DataFrame) -> pa.Table:
    """Return rows as the one Arrow table that a part is written from."""
    return table.conform(rows.to_arrow(compat_level=pl.CompatLevel.oldest())).combine_chunks()


class Register:
    """The register of log files while a command runs: what is known, what was added, what changed its name."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.rows: dict[str, dict[str, Any]] = {row["content_sha256"]: row for row in case.read(LOG_FILES).to_pylist()}
        self._pending_bytes = self._pending_files = 0
        self.renamed: list[dict[str, str]] = []
        self._recorded = _recorded(case)
        case.forget(_STAGING)
        for name in _PARTS:
            self._remove_orphans(case.folder / "tables" / name)
        for leftover in sorted((case.folder / "sources").glob(".stdin-*")):
            leftover.unlink()

    def _remove_orphans(self, folder: Path) -> None:
        known = {sha256[:16] for sha256 in self.rows}
        for part in sorted(folder.glob("*")):
            if part.name not in known:
                shutil.rmtree(part)

    def knows(self, content_sha256: str) -> bool:
        """Tell whether this content is in the case already."""
        return content_sha256 in self.rows

    def read_otherwise(self, content_sha256: str, options: Mapping[str, Any]) -> list[str]:
        """Return which options of this command differ from those a known content was read with."""
        before = self._recorded.get(content_sha256, options)
        return [name for name in options if name != "max_reject_rate" and before[name] != options[name]]

    # --- adding --------------------------------------------------------------------------------------------

    def stage(self, acquired: Acquired, index: int, parsed: Parsed) -> None:
        """Write the rows of one chunk aside."""
        for name, rows in (("events", parsed.events), ("rejects", parsed.rejects)):
            if rows.height:
                path = self._staged(acquired) / name / f"{index:05d}.parquet"
                write_parquet(conformed(_PARTS[name], rows), path)

    def publish(self, acquired: Acquired, counts: Counts, zone: str) -> None:
        """Move the staged parts of a source into place and enter it in the register."""
        staged = self._staged(acquired)
        if not (staged / "events").is_dir():
            write_parquet(EVENTS.empty(), staged / "events" / "00000.parquet")
        for name in _PARTS:
            target = self._parts(name, acquired.content_sha256)
            if (staged / name).is_dir():
                target.parent.mkdir(parents=True, exist_ok=True)
                (staged / name).replace(target)
        self._case.forget(f"{_STAGING}/{acquired.content_sha256[:16]}")
        self.rows[acquired.content_sha256] = _row(acquired, counts, zone)
        self._pending_bytes += acquired.bytes_content
        self._pending_files += 1
        if self._pending_bytes >= _PENDING_BYTES or self._pending_files >= _PENDING_FILES:
            self.write()

    def drop(self, acquired: Acquired) -> None:
        """Forget what was staged for a source that could not be finished."""
        self._case.forget(f"{_STAGING}/{acquired.content_sha256[:16]}")

    def _staged(self, acquired: Acquired) -> Path:
        return self._case.folder / _STAGING / acquired.content_sha256[:16]

    def _parts(self, name: str, content_sha256: str) -> Path:
        return self._case.folder / "tables" / name / content_sha256[:16]

    # --- copies --------------------------------------------------------------------------------------------

    def adopt(self, copy: Acquired) -> None:
        """Let the smallest path name a content, so that the order of commands does not matter."""
        row = self.rows[copy.content_sha256]
        if (copy.named.name, copy.log_file_sha256) >= (row["path"], row["log_file_sha256"]):
            return
        if copy.log_file_sha256 != row["log_file_sha256"]:
            for name, table in _PARTS.items():
                for part in sorted(self._parts(name, copy.content_sha256).glob("*.parquet")):
                    _readdress(table, part, copy.log_file_sha256)
        self.renamed.append({"content_sha256": copy.content_sha256, "from": row["path"], "to": copy.named.name})
        row |= {
            "path": copy.named.name,
            "log_file_sha256": copy.log_file_sha256,
            "bytes_on_disk": copy.bytes_on_disk,
        }
        self._pending_files += 1

    # --- the register itself -------------------------------------------------------------------------------

    def write(self) -> None:
        """Write the register, sorted by path and content."""
        if self._pending_files:
            self._case.write(LOG_FILES, self.table(self.rows))
            self._pending_bytes = self._pending_files = 0

    def table(self, contents: Iterable[str]) -> pa.Table:
        """Return the rows of some contents, sorted by path and content."""
        rows = sorted((self.rows[each] for each in set(contents)), key=lambda row: (row["path"], row["content_sha256"]))
        return pa.Table.from_pylist(rows, schema=LOG_FILES.arrow())

    def record(self, options: Mapping[str, Any], warnings: Sequence[str]) -> None:
        """Add to the chain of custody what the register holds and the chain does not speak of; nothing if nothing."""
        new = sorted(set(self.rows) - set(self._recorded))
        if not new and not self.renamed:
            return
        keys = ("path", "log_file_sha256", "content_sha256", "bytes_on_disk", "bytes_content")
        counts = ("lines", "records", "events", "rejects", "comments", "blanks", "duplicates")
        rows = self.table(new).to_pylist()
        detail = {
            "inputs": [{key: row[key] for key in keys} for row in rows],
            "options": dict(options),
            "counts": {name: sum(row[name] for row in rows) for name in counts},
            "renamed": self.renamed,
            "warnings": list(warnings),
        }
        self._case.record("ingest", detail)


def _recorded(case: Case) -> dict[str, dict[str, Any]]:
    """Return the contents that the chain of custody speaks of, with the options they were read with."""
    *lines, _ = (case.folder / "custody.jsonl").read_bytes().split(b"\n")  # a last line without its end is no entry
    details = [entry["detail"] for entry in map(json.loads, lines) if entry["action"] == "ingest"]
    return {each["content_sha256"]: detail["options"] for detail in details for each in detail["inputs"]}


def _readdress(table: Table, part: Path, log_file_sha256: str) -> None:
    """Write a part again under the hash of another copy of the same content."""
    rows = pq.read_table(part)
    place = rows.schema.get_field_index("log_file_sha256")
    column = pa.array([log_file_sha256] * len(rows), pa.string())
    write_parquet(table.conform(rows.set_column(place, "log_file_sha256", column)).combine_chunks(), part)


def _row(acquired: Acquired, counts: Counts, zone: str) -> dict[str, Any]:
    most = max(counts.formats.items(), key=lambda pair: (pair[1], pair[0]), default=(None, 0))[0]
    return {
        "log_file_sha256": acquired.log_file_sha256,
        "content_sha256": acquired.content_sha256,
        "path": acquired.named.name,
        "log_format": most,
        "lines": acquired.lines,
        "records": counts.records,
        "events": counts.events,
        "rejects": counts.rejects,
        "comments": counts.comments,
        "blanks": counts.blanks,
        "duplicates": 0,
        "bytes_on_disk": acquired.bytes_on_disk,
        "bytes_content": acquired.bytes_content,
        "first_timestamp": counts.first,
        "last_timestamp": counts.last,
        "complete": acquired.complete,
        "timezone": f"assumed {zone}" if counts.assumed_zone else "explicit",
    }
