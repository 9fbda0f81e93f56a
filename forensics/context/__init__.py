"""STAGE 1b: side tables in, `tables/KIND.parquet` out: who, where, when and under which terms.

A side table decides who is called whom, so a doubtful cell stops the import instead of being guessed: every
problem names file, row and column, and nothing is stored until there is none.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from forensics.case import Case
from forensics.context.build import build
from forensics.context.kinds import KINDS, Kind
from forensics.context.reader import read
from forensics.errors import SourceError, UsageError
from forensics.sources import file_sha256

__all__ = ["KINDS", "Loaded", "load"]


@dataclass(frozen=True)
class Loaded:
    """What an import did.

    `replaced` says that rows of an earlier import are gone; `unchanged` that the case already held exactly
    this file, and nothing was written.
    """

    rows: int
    replaced: bool
    warnings: tuple[str, ...]
    unchanged: bool = False


def load(case: Case, kind: str, path: Path) -> Loaded:
    """Import one side table of a kind in `KINDS` into the case. The caller holds the lock.

    Raise `UsageError` for a kind nobody knows, `SourceError` for a file that cannot be read, `ContextError`
    naming up to ten cells that break the contract.
    """
    spec = _spec(kind)
    sha256 = _sha256(path)
    sheet = read(path, spec)
    if _sha256(path) != sha256:
        raise SourceError(f"{path.name} changed while it was read", hint="wait until it is complete, then try again")
    frame, warnings = build(sheet, spec, case.key())
    rows = spec.table.conform(frame.to_arrow())
    before = case.read(spec.table) if case.has(spec.table) else None
    if before is not None and before.equals(rows) and _last_import(case, kind).get("sha256") == sha256:
        return Loaded(rows.num_rows, replaced=False, warnings=warnings, unchanged=True)
    _store(case, spec, kind, rows, {"file": path.name, "sha256": sha256, "replaced": before is not None})
    return Loaded(rows.num_rows, replaced=before is not None, warnings=warnings)


def _store(case: Case, spec: Kind, kind: str, rows: pa.Table, origin: dict[str, Any]) -> None:
    """Write the table, then the custody entry that names it by its hash."""
    written = case.write(spec.table, rows)
    outputs = {spec.table.path: file_sha256(written)}
    case.record("context", {"kind": kind, **origin, "rows": rows.num_rows, "outputs": outputs})


def _last_import(case: Case, kind: str) -> dict[str, Any]:
    """Return the detail of the newest custody entry about this kind; empty if there is none.

    A process killed between table and entry leaves the table without its entry: the next import writes both.
    """
    entries = map(json.loads, (case.folder / "custody.jsonl").read_text(encoding="utf-8").splitlines())
    details = [entry["detail"] for entry in entries if entry["action"] == "context"]
    return next((detail for detail in reversed(details) if detail["kind"] == kind), {})


def _spec(kind: str) -> Kind:
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no kind of context", hint=f"known: {', '.join(KINDS)}")
    return KINDS[kind]


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise SourceError(
            f"cannot read {path}: {error.strerror}", hint="name a CSV, NDJSON or Parquet file that exists"
        ) from None
