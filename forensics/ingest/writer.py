"""Finished sources into the case: first noted, then moved, registered and recorded, so that any crash can be made good.

The note of a finished source (`staging.finish`) is written before anything in the tables changes and removed after
the chain of custody speaks of it. Whatever a killed command had finished is published by the next one, with the
options it was read with; what it had not finished is taken up at the next chunk. Parts without a row or a note are
nobody's and removed. So any number of crashes ends in the same tables.
"""

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from forensics.case import Case, canonical
from forensics.ingest import hours, staging
from forensics.ingest.acquire import Acquired
from forensics.ingest.counts import Counts
from forensics.ingest.memory import Remembered
from forensics.ingest.rotation import Run
from forensics.ingest.rotation import opening as opening_sha256
from forensics.ingest.staging import PARTS, Staged
from forensics.parquet import read_parquet, write_parquet
from forensics.schema import LOG_FILES, LOG_HOURS, Table
from forensics.sources import file_sha256

_TIMES = ("first_timestamp", "last_timestamp")
_INPUT = ("path", "log_file_sha256", "content_sha256", "bytes_on_disk", "bytes_content")
_COUNTED = ("lines", "records", "events", "rejects", "comments", "blanks", "duplicates")


class Register:
    """The register of log files while a command runs: what is known, what was added, what changed its name."""

    def __init__(self, case: Case, options: Mapping[str, Any] | None = None) -> None:
        self._case, self._options = case, dict(options or {})
        self.rows: dict[str, dict[str, Any]] = {row["content_sha256"]: row for row in case.read(LOG_FILES).to_pylist()}
        self._recorded = _recorded(case)
        self._notes: dict[str, dict[str, Any]] = {}  # content -> the note of what is to be published
        for note in staging.finished(case.folder):
            row = note["row"] | {
                name: note["row"][name] and datetime.fromisoformat(note["row"][name]) for name in _TIMES
            }
            self.rows[row["content_sha256"]] = row
            self._notes[row["content_sha256"]] = note
        self.runs: dict[str, list[Run]] = {}  # content -> what of it others hold
        self.openings: dict[str, str | None] = {}
        self.places = {note["row"]["log_file_sha256"]: note["file"] for note in self._notes.values() if note["new"]}
        details = [entry["detail"] for entry in case.entries() if entry["action"] == "ingest"]
        for told in [*details, *(note["told"] for note in self._notes.values() if note["new"])]:
            self._learn(told)
        self._clean()

    def _learn(self, told: Mapping[str, Any]) -> None:
        """Take in what an entry of the chain of custody, or the note of one to come, says about contents."""
        self.openings |= {each["content_sha256"]: each.get("opening_sha256") for each in told.get("inputs", ())}
        for each in told.get("duplicates", ()):
            run = Run(each["start"], each["end"], each["held_by"], each["at"])
            self.runs.setdefault(each["content_sha256"], []).append(run)

    def _clean(self) -> None:
        """Remove what a killed command left: parts of nobody, files that were never renamed."""
        known = {staging.key(sha256) for sha256 in self.rows}
        tables = self._case.folder / "tables"
        for part in (each for name in PARTS for each in sorted((tables / name).glob("*"))):
            if part.name not in known:
                shutil.rmtree(part)
        leftovers = (tables.rglob(".*.parquet.*"), (self._case.folder / "sources").glob(".stdin-*"))
        for leftover in (path for found in leftovers for path in sorted(found)):
            leftover.unlink()

    def knows(self, content_sha256: str) -> bool:
        """Tell whether this content is in the case already."""
        return content_sha256 in self.rows

    def read_otherwise(self, content_sha256: str, options: Mapping[str, Any]) -> list[str]:
        """Return which options of this command differ from those a known content was read with."""
        note = self._notes.get(content_sha256)
        before = note["options"] if note and note["new"] else self._recorded.get(content_sha256, options)
        return [name for name in options if name != "max_reject_rate" and before[name] != options[name]]

    # --- adding --------------------------------------------------------------------------------------------

    def stage(self, acquired: Acquired, reading: Mapping[str, object]) -> Staged:
        """Return where the chunks of a source are kept until it is finished."""
        return Staged(self._case.folder, acquired.content_sha256, reading)

    def publish(
        self,
        acquired: Acquired,
        staged: Staged,
        counts: Counts,
        zone: str,
        *,
        chunks: set[int],
        remarks: Sequence[str],
        runs: Sequence[Run] = (),
        mixed: str | None = None,
    ) -> None:
        """Enter a finished source in the register. Its parts are moved when the register is written."""
        row = _row(acquired, counts, zone)
        row |= {"log_format": mixed} if mixed else {}
        told = _told(acquired, runs)
        by_hour = hours.rows(acquired.content_sha256, counts.hours, counts.clock.minutes)
        note = self._note(
            row, new=True, warnings=list(remarks), told=told, file=str(acquired.named.file), hours=by_hour
        )
        staged.finish(note, chunks)
        self._learn(told)
        self.rows[acquired.content_sha256], self._notes[acquired.content_sha256] = row, note

    def _note(self, row: Mapping[str, Any], *, new: bool, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        times = {name: row[name] and row[name].isoformat() for name in _TIMES}
        return {"new": new, "row": dict(row) | times, "options": self._options, "renamed": [], "warnings": []} | more

    # --- copies --------------------------------------------------------------------------------------------

    def adopt(self, copy: Acquired | Remembered) -> None:
        """Let the smallest path name a content, so that the order of commands does not matter."""
        row = self.rows[copy.content_sha256]
        if (copy.named.name, copy.log_file_sha256) >= (row["path"], row["log_file_sha256"]):
            return
        renamed = {"content_sha256": copy.content_sha256, "from": row["path"], "to": copy.named.name}
        row |= {
            "path": copy.named.name,
            "log_file_sha256": copy.log_file_sha256,
            "bytes_on_disk": copy.bytes_on_disk,
        }
        before = self._notes.get(copy.content_sha256, {"new": False, "renamed": []})
        note = (before if before["new"] else {}) or self._note(row, new=False)
        note |= {"row": self._note(row, new=False)["row"], "renamed": [*before["renamed"], renamed]}
        staging.finish(self._case.folder, copy.content_sha256, note)
        self._notes[copy.content_sha256] = note

    # --- the register itself -------------------------------------------------------------------------------

    def write(self) -> None:
        """Move the parts of finished sources into place and write the register, sorted by path and content."""
        for content_sha256, note in sorted(self._notes.items()):
            staging.publish(self._case.folder, content_sha256)
            if note["renamed"]:
                for name, table in PARTS.items():
                    for part in sorted(self._parts(name, content_sha256).glob("*.parquet")):
                        _readdress(table, part, note["row"]["log_file_sha256"])
        if self._notes:
            self._case.write(LOG_FILES, self.table(self.rows))
            self._case.write(LOG_HOURS, self._by_hour())

    def parts(self, content_sha256: str) -> list[Path]:
        """Return the files with the events of a content, published or only finished."""
        staged = self._case.folder / staging.FOLDER / staging.key(content_sha256)
        published = self._parts("events", content_sha256).glob("*.parquet")
        return sorted(published) or sorted(staged.glob("*/events/*.parquet"))

    def copied(self, acquired: Acquired, runs: Sequence[Run], duplicates: int) -> list[str]:
        """Return what an analyst must know about records that other sources hold already."""
        if not runs or not duplicates:
            return []
        size = acquired.bytes_content
        ends = {(True, True): "", (True, False): "first", (False, True): "last"}
        told = [(ends[run.start == 0, run.end >= size - 1], self.rows[run.other]["path"]) for run in runs]
        if len(told) == 1 and not told[0][0]:
            what = f"its {duplicates:,} records stand in {told[0][1]}, too"
        elif len(told) == 1:
            other_end = {"first": "last", "last": "first"}[told[0][0]]
            what = f"its {told[0][0]} {duplicates:,} records are the {other_end} ones of {told[0][1]}"
        else:
            what = f"{duplicates:,} of its records are the last ones of {told[0][1]} or the first ones of {told[1][1]}"
        return [f"{acquired.named.name}: {what}, byte for byte: they are counted as duplicates, not requests"]

    def _parts(self, name: str, content_sha256: str) -> Path:
        return self._case.folder / "tables" / name / staging.key(content_sha256)

    def table(self, contents: Iterable[str]) -> pa.Table:
        """Return the rows of some contents, sorted by path and content."""
        rows = sorted((self.rows[each] for each in set(contents)), key=lambda row: (row["path"], row["content_sha256"]))
        return pa.Table.from_pylist(rows, schema=LOG_FILES.arrow())

    def _by_hour(self) -> pa.Table:
        """Return the hours of all contents, those of finished sources from their notes."""
        fresh = {sha256: note["hours"] for sha256, note in self._notes.items() if note["new"]}
        before = self._case.read(LOG_HOURS)
        kept = before.filter(pc.invert(pc.is_in(before["content_sha256"], pa.array(list(fresh), pa.string()))))
        made = pa.Table.from_pylist([row for rows in fresh.values() for row in rows], schema=LOG_HOURS.arrow())
        return pa.concat_tables([kept, made]).sort_by([("content_sha256", "ascending"), ("hour", "ascending")])

    def record(self, warnings: Sequence[str]) -> None:
        """Add to the chain of custody what it does not speak of, one entry per set of options; nothing if nothing.

        Then nothing is left to be made good: what is staged, finished or not, is forgotten.
        """
        new = set(self.rows) - set(self._recorded)
        told = [renamed for entry in self._case.entries() for renamed in entry["detail"].get("renamed", ())]
        groups: dict[str, list[str]] = {canonical(self._options): []}
        for content_sha256 in sorted({*new, *self._notes}):
            note = self._notes.get(content_sha256, {"options": self._options, "renamed": []})
            if content_sha256 in new or any(renamed not in told for renamed in note["renamed"]):
                groups.setdefault(canonical(note["options"]), []).append(content_sha256)
        for options, contents in sorted(groups.items()):
            if contents:
                own = warnings if options == canonical(self._options) else ()
                self._case.record("ingest", self._detail(contents, new, own))
        staging.forget(self._case.folder)

    def _detail(self, contents: Sequence[str], new: set[str], warnings: Sequence[str]) -> dict[str, Any]:
        """Return one entry: what was read, how, what became of it, and the hash of every file written."""
        notes = [self._notes[each] for each in contents if each in self._notes]
        rows = self.table(each for each in contents if each in new).to_pylist()
        parts = [
            part for each in contents for name in PARTS for part in sorted(self._parts(name, each).glob("*.parquet"))
        ]
        places = [*parts, *(self._case.folder / table.path for table in (LOG_FILES, LOG_HOURS))]
        return {
            "inputs": [
                {key: row[key] for key in _INPUT} | {"opening_sha256": self.openings.get(row["content_sha256"])}
                for row in rows
            ],
            "duplicates": [each for note in notes if note["new"] for each in note["told"]["duplicates"]],
            "outputs": {path.relative_to(self._case.folder).as_posix(): file_sha256(path) for path in places},
            "options": notes[0]["options"] if notes else self._options,
            "counts": {name: sum(row[name] for row in rows) for name in _COUNTED},
            "renamed": [renamed for note in notes for renamed in note["renamed"]],
            "warnings": list(dict.fromkeys([*warnings, *(each for note in notes for each in note["warnings"])])),
        }


def _told(acquired: Acquired, runs: Sequence[Run]) -> dict[str, Any]:
    """Return what the chain of custody says about a source besides its row."""
    sha256 = acquired.content_sha256
    opening = None if acquired.is_parquet else opening_sha256(acquired.excerpt.head)
    copied = [
        {"content_sha256": sha256, "start": run.start, "end": run.end, "held_by": run.other, "at": run.at}
        for run in runs
    ]
    return {"inputs": [{"content_sha256": sha256, "opening_sha256": opening}], "duplicates": copied}


def _recorded(case: Case) -> dict[str, dict[str, Any]]:
    """Return the contents that the chain of custody speaks of, with the options they were read with."""
    details = [entry["detail"] for entry in case.entries() if entry["action"] == "ingest"]
    return {each["content_sha256"]: detail["options"] for detail in details for each in detail.get("inputs", ())}


def _readdress(table: Table, part: Path, log_file_sha256: str) -> None:
    """Write a part again under the hash of another copy of the same content, unless it is."""
    rows = read_parquet(part, table.arrow())
    column = rows["log_file_sha256"]
    if column.unique().to_pylist() in ([], [log_file_sha256]):
        return
    place = rows.schema.get_field_index("log_file_sha256")
    renamed = pa.array([log_file_sha256] * len(rows), pa.string())
    coded = renamed.dictionary_encode() if pa.types.is_dictionary(column.type) else renamed
    write_parquet(rows.set_column(place, "log_file_sha256", coded).combine_chunks(), part)


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
        "duplicates": counts.duplicates,
        "bytes_on_disk": acquired.bytes_on_disk,
        "bytes_content": acquired.bytes_content,
        "first_timestamp": counts.first,
        "last_timestamp": counts.last,
        "complete": acquired.complete,
        "timezone": f"assumed {zone}" if counts.assumed_zone else "explicit",
        "out_of_order": counts.clock.out_of_order,
        "largest_gap_s": counts.clock.largest_gap_s(),
    }
