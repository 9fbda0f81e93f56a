"""One source from bytes to published rows: recognize, parse its chunks on all cores, check the books, publish."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from forensics import sources
from forensics.engine import Resources, spread
from forensics.errors import SourceError
from forensics.ingest import reader
from forensics.ingest.acquire import Acquired
from forensics.ingest.formats import Binding, Family
from forensics.ingest.formats.parquet import batches
from forensics.ingest.options import Orders
from forensics.ingest.parse import Counts, Parsed, Reading, parse_columns, parse_text
from forensics.ingest.recognize import recognize
from forensics.ingest.writer import Register
from forensics.model import Progress, Report


def read(
    acquired: Acquired,
    register: Register,
    orders: Orders,
    *,
    resources: Resources,
    report: Report,
    chunk_size: int = reader.CHUNK,
) -> list[str]:
    """Read one source into the case and return what an analyst must know about it.

    Raise `SourceError` where it is not recognized, or changed while it was read; then nothing of it is in the case.
    """
    chosen = recognize(acquired, orders.format, orders.wishes)
    reading = Reading(acquired.log_file_sha256, acquired.content_sha256, chosen.format, chosen.binding, orders.terms)
    content = reader.Content(acquired.named.file, limit=acquired.bytes_content)
    jobs = _rows(acquired, reading) if acquired.is_parquet else _records(acquired, content, reading, chunk_size)
    try:
        total = _parsed(acquired, register, jobs, threads=resources.threads or os.cpu_count() or 1, report=report)
        _check(acquired, content, total, lines=chosen.format.family != Family.DELIMITED)
    except SourceError:
        register.drop(acquired)
        raise
    register.publish(acquired, total, orders.terms.zone)
    return _remarks(acquired, chosen.binding, total, orders)


def _parsed(acquired: Acquired, register: Register, jobs: Iterator["Job"], *, threads: int, report: Report) -> Counts:
    """Parse all chunks and stage their rows; return what became of the records."""
    total = Counts()
    for counts in spread(lambda job: _stage(acquired, register, job), jobs, threads):
        total += counts
        done = (total.records, acquired.lines, "rows") if acquired.is_parquet else None
        report(Progress("read", *(done or (total.bytes_content, acquired.bytes_content, "bytes"))))
    return total


@dataclass(frozen=True)
class Job:
    """One chunk and how to parse it: what is handed to a worker."""

    index: int
    parse: Callable[[], Parsed]


def _stage(acquired: Acquired, register: Register, job: Job) -> Counts:
    """Parse one chunk and write its rows aside."""
    parsed = job.parse()
    register.stage(acquired, job.index, parsed)
    return parsed.counts


def _records(acquired: Acquired, content: reader.Content, reading: Reading, size: int) -> Iterator[Job]:
    ends = reader.quoted_ends if reading.format.family == Family.DELIMITED else reader.line_ends
    carry = reading.format.carry
    for chunk in reader.chunks(content, ends, size):
        yield Job(chunk.index, partial(_parse_chunk, chunk, acquired, reading))
        if carry:  # in order of the file, whatever is spread: what a header says holds until the next one
            in_force = carry(reader.records(chunk)["text"], reading.binding)
            reading = replace(reading, binding=replace(reading.binding, in_force=in_force))


def _parse_chunk(chunk: reader.Chunk, acquired: Acquired, reading: Reading) -> Parsed:
    rows = reader.records(chunk, complete=acquired.complete, total=acquired.bytes_content)
    return parse_text(rows, reading, newlines=chunk.newlines)


def _rows(acquired: Acquired, reading: Reading) -> Iterator[Job]:
    for index, (ordinal, rows) in enumerate(batches(acquired.named.file)):
        yield Job(index, partial(parse_columns, rows, ordinal, reading))


def _check(acquired: Acquired, content: reader.Content, total: Counts, *, lines: bool) -> None:
    """Compare what was parsed with what was identified, to the byte and the line."""
    sha256 = sources.file_sha256(acquired.named.file) if acquired.is_parquet else content.sha256
    if sha256 != acquired.content_sha256:
        raise SourceError("it changed while it was read", hint="copy it first, and ingest the copy")
    size = 0 if acquired.is_parquet else acquired.bytes_content  # rows have no byte ranges
    books = ((total.bytes_content, size), (total.records, acquired.lines if lines else total.records))
    if any(found != expected for found, expected in books):
        raise RuntimeError(f"{acquired.named.name}: accounts do not balance (found, expected): {books}")


def _remarks(acquired: Acquired, binding: Binding, total: Counts, orders: Orders) -> list[str]:
    """Return what an analyst must know about a source that was read."""
    name = acquired.named.name
    remarks = [f"{name}: {warning}" for warning in binding.warnings]
    if total.assumed_zone and not orders.zone_given:
        remarks.append(f"{name}: its times have no offset and were taken as UTC (say otherwise with --timezone)")
    if not acquired.complete:
        size = f"{acquired.bytes_content:,}"
        remarks.append(f"{name}: it is truncated or damaged; the {size} bytes that could be read are kept")
    if (rate := _reject_rate(total.records, total.rejects, total.comments, total.blanks)) > orders.max_reject_rate:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in total.reasons.items())
        remarks.append(f"{name}: {rate:.1%} of its records could not be read ({reasons}); see the table rejects")
    return remarks


def _reject_rate(records: int, rejects: int, comments: int, blanks: int) -> float:
    return rejects / max(1, records - comments - blanks)


def is_partial(files: pa.Table, max_reject_rate: float) -> bool:
    """Tell whether any of these log files is damaged or over the reject rate."""
    rows = files.select(["records", "rejects", "comments", "blanks", "complete"]).to_pylist()
    return any(not row.pop("complete") or _reject_rate(**row) > max_reject_rate for row in rows)
