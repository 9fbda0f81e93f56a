"""Case in, everything that no longer agrees with what was recorded out."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forensics.case import Case
from forensics.custody import Anchor, anchor, deviations, entry_of, whole_lines
from forensics.errors import ForensicsError
from forensics.evidence.lines import Citation, Source, citations, reread, sources
from forensics.evidence.outcome import Verified
from forensics.schema import EVENTS, LOG_FILES, REJECTS, TABLES, Table
from forensics.sources import ByteRange, check, file_sha256
from forensics.text import visible

_PARTS = ("events", "rejects", "comments", "blanks", "duplicates")


def verify_case(folder: Path, expected: Anchor | None = None) -> Verified:
    """Check the chain of custody, the tables, the balance of records, every source and every cited line."""
    custody, notes = _check_custody(folder, expected)
    if custody:
        return Verified("case", 1, 0, tuple(custody), ("nothing else was checked: the chain says what to expect",))
    case = Case.open(folder)
    files, problems = _check_tables(case)
    if problems:
        return Verified("case", files, 0, tuple(problems), (*notes, "sources and lines were not checked"))
    problems += _check_outputs(case) + _check_balance(case)
    registered = sources(case)
    lines, wrong, unseen = _check_sources(case, registered)
    return Verified("case", files + len(registered), lines, (*problems, *wrong), (*notes, *unseen))


def _check_custody(folder: Path, expected: Anchor | None) -> tuple[list[str], list[str]]:
    """Return what is wrong with the chain; else a note that a cut tail can be told by.

    The chain may have grown since somebody noted its length and head: it must still begin with what they saw.
    """
    lines = whole_lines(folder / "custody.jsonl")
    if not lines:
        return ["custody.jsonl is missing or empty"], []
    problems = [f"custody.jsonl {problem}" for problem in deviations(lines)]
    seen = [("the chain you expect", expected)] if expected else []
    for who, known in (*seen, *_exported(folder)):
        problems += [f"custody.jsonl, against {who}: {one}" for one in deviations(lines[: known.length], known)]
    length, head = anchor(lines)
    notes = [f"the chain of custody has {length:,} entries and ends in {head}: compare with report and package"]
    if not (folder / "custody.jsonl").read_bytes().endswith(b"\n"):
        notes.append("custody.jsonl ends in half a line, as a killed process leaves it: it is no entry")
    return list(dict.fromkeys(problems)), notes


def _exported(folder: Path) -> Iterator[tuple[str, Anchor]]:
    """Yield what the exports of this case sealed of its chain, from the access log."""
    for entry in map(entry_of, whole_lines(folder / "access.jsonl")):
        detail = entry.get("detail") if entry and entry.get("action") == "export" else None
        if isinstance(detail, dict) and isinstance(detail.get("custody_length"), int):
            when = f"the package exported {entry['time']}" if entry else ""
            yield visible(when), Anchor(detail["custody_length"], str(detail.get("custody_head")))


def _check_tables(case: Case) -> tuple[int, list[str]]:
    """Read every table file to its end; name each that is damaged."""
    count, problems = 0, []
    for table in TABLES:
        for path in sorted(case.folder.glob(table.path)):
            count += 1
            try:
                with pq.ParquetFile(path) as stream:
                    missing = set(table.names()) - set(stream.schema_arrow.names)
                    for _ in stream.iter_batches():
                        pass
            except (pa.ArrowException, OSError, ValueError) as error:
                problems.append(f"{_inside(case, path)} cannot be read: {str(error).splitlines()[0]}")
                continue
            if missing:
                problems.append(f"{_inside(case, path)} lacks the column {min(missing)}")
    return count, problems


def _check_outputs(case: Case) -> list[str]:
    """Compare files with the hashes that the newest custody entry about each of them recorded."""
    recorded: dict[str, str] = {}
    for entry in case.entries():
        if entry.get("action") == "purge":
            recorded = {}  # what was recorded before is gone on purpose
        detail = entry.get("detail")
        outputs = detail.get("outputs") if isinstance(detail, dict) else None
        recorded |= outputs if isinstance(outputs, dict) else {}
    problems = []
    for name, sha256 in sorted(recorded.items()):
        path = case.folder / name
        if not path.resolve().is_relative_to(case.folder.resolve()):
            problems.append(f"{visible(name)} was recorded and lies outside the case")
        elif not path.is_file():
            problems.append(f"{name} is missing")
        elif file_sha256(path) != sha256:
            problems.append(f"{name} changed since it was recorded")
    return problems


def _check_balance(case: Case) -> list[str]:
    """Check that the records of every source add up, and that the tables hold as many as the register says."""
    register = case.read(LOG_FILES)
    held = {table.name: _count(case, table) for table in (EVENTS, REJECTS)}
    problems = []
    for row in register.select(["path", "content_sha256", "records", *_PARTS]).to_pylist():
        total = sum(row[name] for name in _PARTS)
        if row["records"] != total:
            problems.append(f"log_files, {row['path']}: {row['records']:,} records, but their parts are {total:,}")
        for name, counted in held.items():
            found = counted.pop(row["content_sha256"], 0)
            if found != row[name]:
                problems.append(f"{name} of {row['path']}: {found:,} rows, the register says {row[name]:,}")
    problems += [
        f"{name} holds {rows:,} rows of a source that log_files does not have ({sha256})"
        for name, counted in held.items()
        for sha256, rows in sorted(counted.items())
    ]
    return problems


def _count(case: Case, table: Table) -> Counter[str]:
    """Return the rows of each source in a table of many files."""
    rows: Counter[str] = Counter()
    for path in sorted(case.folder.glob(table.path)):
        with pq.ParquetFile(path) as stream:
            for batch in stream.iter_batches(columns=["content_sha256"]):
                counted = pc.value_counts(batch.column(0)).to_pylist()
                rows.update({entry["values"]: entry["counts"] for entry in counted})
    return rows


def _check_sources(case: Case, registered: Iterable[Source]) -> tuple[int, list[str], list[str]]:
    """Hash every reachable source and every cited line again; note what is out of reach."""
    lines, problems, notes = 0, [], []
    cited: dict[str, list[Citation]] = {}
    for citation in citations(case):
        cited.setdefault(citation.content_sha256, []).append(citation)
    for source in registered:
        mine = cited.get(source.content_sha256, [])
        if source.place is None:
            notes.append(f"{source.path} is out of reach: neither it nor its {len(mine)} citations were checked")
            continue
        try:
            check(source.place, source.log_file_sha256)
            found = {at: hashlib.sha256(content).hexdigest() for at, content in reread(source, mine)}
        except ForensicsError as error:
            problems.append(str(error))
            continue
        lines += sum(1 for citation in mine if citation.range in found)
        unread = sum(1 for citation in mine if citation.addressable and citation.range not in found)
        if unread:
            notes.append(f"{unread} citations of {source.path} could not be read again: the file is damaged")
        problems += [_wrong(citation, source) for citation in mine if _differs(citation, found)]
    return lines, problems, notes


def _differs(citation: Citation, found: Mapping[ByteRange, str]) -> bool:
    recorded = citation.line_sha256
    return recorded is not None and found.get(citation.range, recorded) != recorded


def _wrong(citation: Citation, source: Source) -> str:
    return f"exhibit {citation.exhibit_id}: its line in {source.path} does not hash to line_sha256"


def _inside(case: Case, path: Path) -> str:
    return path.relative_to(case.folder).as_posix()
