"""One source from bytes to published rows: recognize, parse its chunks on all cores, check the books, publish."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import polars as pl
import pyarrow as pa

from forensics import __version__, sources
from forensics.engine import Resources, spread
from forensics.errors import SourceError
from forensics.ingest import batches, encoding, reader
from forensics.ingest.acquire import Acquired
from forensics.ingest.counts import Counts
from forensics.ingest.envelopes.fragments import ends_of
from forensics.ingest.formats import Binding, Family, parquet
from forensics.ingest.options import Orders
from forensics.ingest.parse import Parsed, Reading, parse_columns, parse_text
from forensics.ingest.pieces import Piece, pieces
from forensics.ingest.recognize import Recognition, recognize
from forensics.ingest.rotation import NONE, Overlap
from forensics.ingest.staging import Mark, Staged
from forensics.ingest.unwrap import unwrapped
from forensics.ingest.views import View
from forensics.ingest.writer import Register
from forensics.keyed import key_id
from forensics.model import Progress, Report


def read(
    acquired: Acquired,
    register: Register,
    orders: Orders,
    *,
    resources: Resources,
    report: Report,
    overlap: Overlap = NONE,
    chunk_size: int = reader.CHUNK,
) -> list[str]:
    """Read one source into the case and return what an analyst must know about it.

    The records of `overlap` at its beginning are in the case already: they are counted, not read.
    Raise `SourceError` where it is not recognized, or changed while it was read; then nothing of it is in the case.
    """
    chosen = recognize(acquired, orders.format, orders.wishes)
    reading = _reading(acquired, chosen, orders)
    content = reader.Content(acquired.named.file, limit=acquired.bytes_content)
    known = 0 if acquired.is_parquet else overlap.size
    jobs = _rows(acquired, reading) if acquired.is_parquet else _records(acquired, content, reading, chunk_size, known)
    staged = register.stage(acquired, _fingerprint(reading, orders, chunk_size, known))
    chunks: set[int] = set()
    try:
        threads = resources.threads or os.cpu_count() or 1
        total = _parsed(acquired, staged, _noted(jobs, chunks), threads=threads, report=report)
        _check(acquired, content, total, lines=_is_by_line(reading))
    except SourceError:
        staged.drop()
        raise
    remarks = _remarks(acquired, chosen.binding, total, orders, overlap)
    register.publish(acquired, staged, total, orders.terms.zone, chunks=chunks, remarks=remarks)
    return remarks


def _reading(acquired: Acquired, chosen: Recognition, orders: Orders) -> Reading:
    flags = ((encoding.FLAG,) if acquired.encoding else ()) + ((batches.FLAG,) if chosen.view.is_batches else ())
    hashes = acquired.log_file_sha256, acquired.content_sha256
    return Reading(
        *hashes, chosen.format, chosen.binding, orders.terms, chosen.view.envelopes, chosen.view.shape, flags
    )


def _fingerprint(reading: Reading, orders: Orders, chunk_size: int, known: int) -> dict[str, object]:
    """Return all that the rows of a source depend on besides its bytes: equal for parts that may stand together."""
    return {
        "version": __version__,
        "source": [reading.log_file_sha256, reading.content_sha256, chunk_size, known],
        "format": [
            orders.format,
            View((), reading.shape, reading.envelopes).named(reading.format.name),
            repr(reading.binding),
        ],
        "terms": [key_id(orders.terms.key), orders.terms.zone, orders.terms.trusted, str(orders.terms.account)],
    }


def _noted(jobs: Iterator["Job"], chunks: set[int]) -> Iterator["Job"]:
    """Pass jobs on and note which chunks there are."""
    for job in jobs:
        chunks.add(job.index)
        yield job


def _parsed(acquired: Acquired, staged: Staged, jobs: Iterator["Job"], *, threads: int, report: Report) -> Counts:
    """Parse all chunks and stage their rows; return what became of the records.

    Reading, hashing and cutting happen here while the workers parse and write.
    """
    total = Counts()
    for counts in spread(lambda job: _stage(staged, job), jobs, threads):
        total += counts
        done = (total.records, acquired.lines, "rows") if acquired.is_parquet else None
        report(Progress("read", *(done or (total.bytes_content, acquired.bytes_content, "bytes"))))
    return total


@dataclass(frozen=True)
class Job:
    """One chunk and how to parse it: what is handed to a worker. `mark` says which bytes it comes from."""

    index: int
    parse: Callable[[], Parsed]
    mark: Mark | None = None


def _stage(staged: Staged, job: Job) -> Counts:
    """Parse one chunk and write its rows aside, unless a killed command did."""
    if (counts := staged.finished(job.index, job.mark)) is not None:
        return counts
    parsed = job.parse()
    staged.add(job.index, job.mark, parsed)
    return parsed.counts


def _records(acquired: Acquired, content: reader.Content, reading: Reading, size: int, known: int) -> Iterator[Job]:
    for piece in pieces(acquired, content, reading.format, reading.shape, size, reading.envelopes):
        mark = Mark(content.size, content.sha256)
        yield Job(piece.index, partial(_parse_piece, piece, reading, known), mark)
        if reading.format.carry:  # in order of the file, whatever is spread: a header holds until the next one
            reading = _carried(reading, piece.rows())


def _carried(reading: Reading, records: pl.DataFrame) -> Reading:
    """Return how to read on behind some records, the headers among them in force."""
    if not reading.format.carry:
        return reading
    in_force = reading.format.carry(unwrapped(records, reading.envelopes)["text"], reading.binding)
    return replace(reading, binding=replace(reading.binding, in_force=in_force))


def _parse_piece(piece: Piece, reading: Reading, known: int) -> Parsed:
    """Parse a piece; records that end within the first `known` bytes are duplicates and give no rows."""
    repeated = piece.starts + piece.lengths <= known
    if repeated.all():
        return Parsed(pl.DataFrame(), pl.DataFrame(), _duplicates(piece.lengths, piece.between))
    rows = piece.rows()
    if not repeated.any():
        return parse_text(rows, reading, newlines=piece.between)
    old, new = rows.filter(pl.Series(repeated)), rows.filter(pl.Series(~repeated))
    parsed = parse_text(new, _carried(reading, old), newlines=piece.between)
    return replace(parsed, counts=_duplicates(piece.lengths[repeated], 0) + parsed.counts)


def _duplicates(lengths: reader.Positions, newlines: int) -> Counts:
    size = int(lengths.sum()) + newlines
    return Counts(records=len(lengths), duplicates=len(lengths), newlines=newlines, bytes_content=size)


def _rows(acquired: Acquired, reading: Reading) -> Iterator[Job]:
    for index, (ordinal, rows) in enumerate(parquet.batches(acquired.named.file)):
        yield Job(index, partial(parse_columns, rows, ordinal, reading))


def _is_by_line(reading: Reading) -> bool:
    """Tell whether each line of a source is a record."""
    in_lines = reading.shape is None and reading.format.family != Family.DELIMITED
    return in_lines and ends_of(reading.envelopes) is None


def _check(acquired: Acquired, content: reader.Content, total: Counts, *, lines: bool) -> None:
    """Compare what was parsed with what was identified, to the byte and the line."""
    sha256 = sources.file_sha256(acquired.named.file) if acquired.is_parquet else content.sha256
    if sha256 != acquired.content_sha256:
        raise SourceError("it changed while it was read", hint="copy it first, and ingest the copy")
    size = 0 if acquired.is_parquet else acquired.bytes_content  # rows have no byte ranges
    books = ((total.bytes_content, size), (total.records, acquired.lines if lines else total.records))
    if any(found != expected for found, expected in books):
        raise RuntimeError(f"{acquired.named.name}: accounts do not balance (found, expected): {books}")


def _remarks(acquired: Acquired, binding: Binding, total: Counts, orders: Orders, overlap: Overlap) -> list[str]:
    """Return what an analyst must know about a source that was read."""
    name = acquired.named.name
    remarks = [f"{name}: {warning}" for warning in binding.warnings]
    if total.assumed_zone and not orders.zone_given:
        remarks.append(f"{name}: its times have no offset and were taken as UTC (say otherwise with --timezone)")
    if not acquired.complete:
        size = f"{acquired.bytes_content:,}"
        remarks.append(f"{name}: it is truncated or damaged; the {size} bytes that could be read are kept")
    if total.duplicates:
        remarks.append(
            f"{name}: its first {total.duplicates:,} records are the last ones of {overlap.older}, byte for byte: they "
            "are counted as duplicates, not requests"
        )
    if (rate := _reject_rate(total.events, total.rejects)) > orders.max_reject_rate:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in total.reasons.items())
        remarks.append(f"{name}: {rate:.1%} of its records could not be read ({reasons}); see the table rejects")
    return remarks


def _reject_rate(events: int, rejects: int) -> float:
    return rejects / max(1, events + rejects)


def is_partial(files: pa.Table, max_reject_rate: float) -> bool:
    """Tell whether any of these log files is damaged or over the reject rate."""
    rows = files.select(["events", "rejects", "complete"]).to_pylist()
    return any(not row.pop("complete") or _reject_rate(**row) > max_reject_rate for row in rows)
