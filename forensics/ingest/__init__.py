"""STAGE 1: log files in, `events`, `rejects` and `log_files` out. Nothing is dropped, and the books balance.

Gather what the command names, identify every file by its hashes, recognize its format, parse it chunk by chunk,
publish, record. Content that the case knows is not read again, whatever it is called or however it is compressed.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO, Literal

from forensics.case import Case
from forensics.engine import Resources, spread
from forensics.errors import SourceError, UsageError
from forensics.ingest import archives, hours, rotation, source
from forensics.ingest.acquire import Acquired, acquire, spool
from forensics.ingest.copies import Copies
from forensics.ingest.formats import FORMATS
from forensics.ingest.gather import STDIN, Named, Trouble, gather, nothing_found
from forensics.ingest.memory import Memory, Remembered
from forensics.ingest.options import Options, Orders, Outcome, Planned
from forensics.ingest.recognize import Explanation, explain, explain_line, recognize
from forensics.ingest.writer import Register
from forensics.model import Progress, Report, silent
from forensics.schema import LOG_FILES, LOG_HOURS

__all__ = [
    "FORMATS",
    "Explanation",
    "Options",
    "Outcome",
    "Planned",
    "explain",
    "explain_line",
    "ingest",
    "plan",
]


def ingest(
    case: Case,
    sources: Sequence[str],
    options: Options,
    *,
    resources: Resources,
    report: Report = silent,
    stdin: BinaryIO | None = None,
) -> Outcome:
    """Read sources into the case. The caller holds the lock of the case.

    Raise `UsageError` for options that cannot be used and `SourceError` where no source could be read at all. Of
    several sources, one that cannot be read is a warning and makes the outcome partial; what was read is kept.
    """
    orders = options.orders(case)
    register = Register(case, options.record())
    memory = Memory(case.folder)
    named, troubles = gather(sources, case.folder, partial(memory.members, most_expansion=options.max_expansion))
    if STDIN in sources:
        named.append(_spooled(case, stdin))
    ordered = rotation.in_order(named)  # of two copies the one with the smaller name counts, see `Register.adopt`
    copies = Copies(register, memory, case.locations() | register.places)
    work = _Work(register, memory, options, orders, resources, report, copies)
    identified_as = {sha256: (row["path"], row["log_file_sha256"]) for sha256, row in register.rows.items()}
    look = partial(_identified, memory=memory, known=identified_as, most_expansion=options.max_expansion)
    identified = spread(look, ordered, resources.threads or os.cpu_count() or 1)
    for number, (each, found) in enumerate(identified):
        report(Progress("identify", number, len(named), "files"))
        try:
            work.take(each, found)
        except SourceError as error:
            troubles.append(Trouble(each.name, str(error), error.hint))
    register.write()
    _locate(case, register, work.places)
    warnings = (*(str(trouble) for trouble in troubles), *work.remarks)
    register.record(warnings)
    memory.forget()
    if troubles and not work.places:
        raise nothing_found(troubles)
    files = register.table(work.read).sort_by([("first_timestamp", "ascending"), ("content_sha256", "ascending")])
    touched = register.table(work.read | set(work.known.values()))
    incomplete = bool(troubles) or source.is_partial(touched, options.max_reject_rate)
    names = {sha256: register.rows[sha256]["path"] for sha256 in work.read}
    return Outcome(files, tuple(sorted(work.known)), warnings, incomplete, hours.odd(case.read(LOG_HOURS), names))


def _identified(
    each: Named, memory: Memory, known: Mapping[str, tuple[str, str]], most_expansion: int
) -> tuple[Named, Acquired | Remembered | SourceError]:
    """Return what a file is, from memory if it did not change; a copy that would give its content a name is read."""
    held = memory.of(each)
    if held and held.content_sha256 in known and known[held.content_sha256] <= (each.name, held.log_file_sha256):
        return each, held
    if begun := memory.begun(each):
        return each, begun
    try:
        acquired = acquire(each, most_expansion)
    except SourceError as error:
        return each, error
    memory.begin(acquired)
    return each, acquired


@dataclass
class _Work:
    """What a run has done so far."""

    register: Register
    memory: Memory
    options: Options
    orders: Orders
    resources: Resources
    report: Report
    copies: Copies
    remarks: list[str] = field(default_factory=list)
    places: dict[str, Named] = field(default_factory=dict)  # hash of a file -> the file
    read: set[str] = field(default_factory=set)
    known: dict[str, str] = field(default_factory=dict)  # name -> content
    rejects: int = 0  # of the sources read so far

    def take(self, each: Named, acquired: Acquired | Remembered | SourceError) -> None:
        """Read an identified file, unless its content is known. Raise `SourceError` if it cannot be read."""
        if isinstance(acquired, SourceError):
            raise acquired
        if isinstance(acquired, Acquired):
            self.memory.add(acquired)
        if isinstance(acquired, Remembered) or self.register.knows(acquired.content_sha256):
            self.register.adopt(acquired)
            self.known[each.name] = acquired.content_sha256
            if other := self.register.read_otherwise(acquired.content_sha256, self.options.record()):
                self.remarks.append(
                    f"{each.name}: in the case already, read with another {', '.join(other)}: it was not read again "
                    "(a new case reads it anew)"
                )
        else:
            try:
                self.remarks += source.read(
                    acquired,
                    self.register,
                    self.orders,
                    resources=self.resources,
                    report=lambda step: self.report(replace(step, rejects=self.rejects + step.rejects)),
                    copies=self.copies.of,
                )
            except SourceError:
                self.memory.finish(each.file)
                raise
            self.memory.finish(each.file)
            self.read.add(acquired.content_sha256)
            self.rejects += self.register.rows[acquired.content_sha256]["rejects"]
        self.places[acquired.log_file_sha256] = each
        self.copies.read.setdefault(acquired.content_sha256, each.file)


def plan(
    case: Case | None, sources: Sequence[str], options: Options, *, report: Report = silent
) -> tuple[Planned, ...]:
    """Return what `ingest` would do with every file, and write nothing."""
    orders = options.orders(case)
    if STDIN in sources:
        raise UsageError("--dry-run cannot look at stdin: its bytes can be read only once", hint="save it to a file")
    members = partial(archives.members, most_expansion=options.max_expansion)
    named, troubles = gather(sources, case.folder if case else None, members)
    known = set(case.read(LOG_FILES)["content_sha256"].to_pylist()) if case else set()
    rows = [Planned(trouble.name, 0, "refused", reason=trouble.reason, hint=trouble.hint) for trouble in troubles]
    for number, each in enumerate(named):
        report(Progress("identify", number, len(named), "files"))
        try:
            acquired = acquire(each, most_expansion=options.max_expansion)
            state: Literal["known", "new"] = "known" if acquired.content_sha256 in known else "new"
            rows.append(Planned.of(acquired, state, recognize(acquired, orders.format, orders.wishes)))
            known.add(acquired.content_sha256)
        except SourceError as error:
            size = each.file.stat().st_size if each.file.exists() else 0
            rows.append(Planned(each.name, size, "refused", reason=str(error), hint=error.hint))
    return tuple(sorted(rows, key=lambda row: row.path))


def _spooled(case: Case, stdin: BinaryIO | None) -> Named:
    if stdin is None:
        raise UsageError("nothing is connected to stdin", hint="zcat access.log.gz | forensics ingest - -C CASE")
    return spool(stdin, case.folder / "sources")


def _locate(case: Case, register: Register, places: Mapping[str, Named]) -> None:
    """Remember where the copies lie, and let go of a copy of stdin that the case has under another name."""
    registered = {row["log_file_sha256"]: row["path"] for row in register.rows.values()}
    kept = dict(register.places)  # of what a killed command had finished
    for sha256, each in sorted(places.items()):
        is_spooled = each.file.parent == case.folder / "sources"
        if is_spooled and registered.get(sha256) != each.name:
            each.file.unlink(missing_ok=True)
        else:
            kept[sha256] = str(each.file)
    if kept:
        case.locate(kept)
