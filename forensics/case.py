"""The case folder: its tables, its key, its lock, its two logs.

`custody.jsonl` is a hash chain of what changed the case: each line carries the SHA-256 of the line before.
`access.jsonl` says who looked and is not chained. A table is written aside and renamed, so a killed process
leaves the old table or the new one, never half of one.
"""

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from forensics import __version__, settings
from forensics.custody import (
    append,
    canonical,
    chained,
    check_custody,
    entry_of,
    sha256_text,
    who_and_when,
    whole_lines,
)
from forensics.errors import BusyError, CaseError, UsageError
from forensics.parquet import write_aside, write_parquet
from forensics.schema import CONTEXT, FOCUS, FOCUS_CHOICE, LOG_FILES, Table
from forensics.sources import file_sha256

__all__ = ["FORMAT", "Case", "canonical", "check_custody", "sha256_text", "write_aside", "write_parquet"]

FORMAT = 1  # of the case folder; a change that old cases cannot continue with raises it
_MIN_KEY_BYTES = 16


class Case:
    """One investigation: a folder that stages read and write, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = settings.read(folder / "case.toml")

    # --- opening -------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an existing case. Raise `CaseError` if the folder is none, or of another format."""
        if not (folder / "case.toml").is_file():
            raise CaseError(f"{folder} is not a case: it has no case.toml", hint="forensics ingest SOURCE -C FOLDER")
        first = entry_of(next(iter(whole_lines(folder / "custody.jsonl")), b"")) or {}
        detail = first.get("detail")
        if not isinstance(detail, dict) or detail.get("case_format") != FORMAT:
            raise CaseError(
                f"{folder} was not written by this version of forensics (case format {FORMAT})",
                hint="open it with the version its custody.jsonl names, or start a new case",
            )
        return cls(folder)

    @classmethod
    def create(cls, folder: Path, key_file: Path | None = None) -> Self:
        """Open the case, or make it where the folder is absent or empty. Raise `CaseError` for a foreign folder."""
        if (folder / "case.toml").is_file() and whole_lines(folder / "custody.jsonl"):
            case = cls.open(folder)
            if key_file and _key_from(key_file) != case.key():
                raise UsageError(
                    "--case-key differs from the key of this case", hint="a case keeps the key it began with"
                )
            return case
        if folder.exists() and (not folder.is_dir() or any(_foreign(folder))):
            raise CaseError(f"{folder} exists and is not a case", hint="name a new or an empty folder with -C")
        key = _key_from(key_file) if key_file else secrets.token_bytes(32)
        try:
            (folder / "private").mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            _write_private(folder / "private" / "case.key", key.hex() + "\n")
            _write_private(folder / "case.toml", settings.TEMPLATE)
        except OSError as error:
            raise CaseError(
                f"cannot create {folder}: {error.strerror}", hint="choose a folder you can write to"
            ) from None
        case = cls(folder)
        case.record("open", {"case_format": FORMAT})
        return case

    def key(self) -> bytes:
        """Return the secret that keyed ids are made with; it never leaves `private/`."""
        try:
            return bytes.fromhex((self.folder / "private" / "case.key").read_text(encoding="ascii").strip())
        except FileNotFoundError:
            raise CaseError(
                f"{self.folder} has no key: its data was purged, or private/ was not copied with it",
                hint="start a new case, or bring private/case.key back",
            ) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the case against every other writer. Raise `BusyError` if one is at work."""
        with (self.folder / ".lock").open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BusyError(
                    f"another forensics process is writing to {self.folder}", hint="wait for it to end, then try again"
                ) from None
            yield

    # --- tables --------------------------------------------------------------------------------------------

    def glob(self, table: Table) -> str:
        """Return where the files of a table lie, as a glob."""
        return str(self.folder / table.path)

    def has(self, table: Table) -> bool:
        """Tell whether a table was ever written."""
        return next(self.folder.glob(table.path), None) is not None

    def read(self, table: Table) -> pa.Table:
        """Read a one-file table; a table never written is an empty one."""
        if not self.has(table):
            return table.empty()
        with pq.ParquetFile(self.folder / table.path) as file:  # `read_table` loads what reads many files
            return file.read()

    def count(self, table: Table) -> int:
        """Return how many rows a table has, from what its files say of themselves."""
        return sum(pq.read_metadata(path).num_rows for path in self.folder.glob(table.path))

    def write(self, table: Table, rows: pa.Table | pa.RecordBatchReader) -> Path:
        """Write a one-file table with exactly its columns. The caller has ordered the rows totally."""
        write_parquet(rows, path := self.folder / table.path, table.arrow())
        return path

    def outputs(self, *tables: Table) -> dict[str, str]:
        """Return the SHA-256 of every file of some tables, by path in the case, for the chain of custody."""
        return {
            path.relative_to(self.folder).as_posix(): file_sha256(path)
            for table in tables
            for path in sorted(self.folder.glob(table.path))
        }

    def within(self, relative: str) -> Self:
        """Return a case whose tables lie in a folder of this one: with its settings, without a key or logs."""
        inner = copy(self)
        inner.folder = self.folder / relative
        return inner

    def forget(self, relative: str) -> None:
        """Remove a file or folder of the case that a later step replaces."""
        path = self.folder / relative
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    # --- what happened -------------------------------------------------------------------------------------

    def run_id(self) -> str:
        """Return the SHA-256 of inputs, settings and version: equal runs have equal ids, on any day."""
        sources = self.read(LOG_FILES)["content_sha256"].to_pylist()
        context = {name: file_sha256(self.folder / table.path) for name, table in CONTEXT.items() if self.has(table)}
        inputs = {"sources": sorted(sources), "context": context, "settings": self.settings.record()}
        if chosen := self.read(FOCUS_CHOICE).to_pylist():  # what the last analysis tested
            inputs["focus"] = [*chosen, file_sha256(self.folder / FOCUS.path)]
        return sha256_text(canonical({**inputs, "version": __version__}))

    def record(self, action: str, detail: Mapping[str, Any]) -> None:
        """Append one link to the chain of custody. Called last, when the tables it speaks of are in place."""
        settings_sha256 = sha256_text(canonical(self.settings.record()))
        entry = {"action": action, "detail": detail, "settings_sha256": settings_sha256}
        chained(self.folder / "custody.jsonl", entry)

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield the entries of the chain of custody. A last line without its end, left by a crash, is none."""
        yield from filter(None, map(entry_of, whole_lines(self.folder / "custody.jsonl")))

    def looked(self, action: str, detail: Mapping[str, Any]) -> None:
        """Append to the access log: somebody rendered, exported, verified or queried."""
        append(self.folder / "access.jsonl", {"action": action, "detail": detail, **who_and_when()})

    def locations(self) -> dict[str, str]:
        """Return where each source was read: SHA-256 of the file to its absolute path. Never exported."""
        path = self.folder / "private" / "locations.json"
        return json.loads(path.read_bytes()) if path.is_file() else {}

    def locate(self, places: Mapping[str, str]) -> None:
        """Remember where sources were read, in addition to those known."""
        _write_private(self.folder / "private" / "locations.json", canonical(self.locations() | dict(places)) + "\n")


def _write_private(path: Path, text: str) -> None:
    write_aside(path, text.encode(), mode=0o600)


def _foreign(folder: Path) -> Iterator[Path]:
    """Yield what in a folder is not left over from a case whose making was interrupted."""
    own = {"private", "case.toml", "custody.jsonl", "lock"}
    return (path for path in folder.iterdir() if path.name.strip(".0123456789") not in own)  # also what is aside


def _key_from(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except OSError as error:
        raise UsageError(f"cannot read the case key {path}: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{path} is not a case key", hint="its file holds one line of 32 or more hex digits") from None
    if len(key) < _MIN_KEY_BYTES:
        raise UsageError(f"the case key in {path} is too short", hint="use at least 32 hex digits")
    return key
