"""One source from bytes to published rows: recognize, parse its chunks on all cores, check the books, publish."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl
import pyarrow as pa

from forensics import __version__, sources
from forensics.engine import Resources, spread
from forensics.errors import SourceError
from forensics.ingest import batches, compiled, encoding, reader
from forensics.ingest.acquire import Acquired
from forensics.ingest.content import Content, border
from forensics.ingest.copies import NONE, Overlap
from forensics.ingest.counts import Counts
from forensics.ingest.envelopes.fragments import ends_of
from forensics.ingest.formats import Family, parquet
from forensics.ingest.options import Orders
from forensics.ingest.parse import Parsed, Reading, parse_columns, parse_text
from forensics.ingest.pieces import Piece, pieces
from forensics.ingest.recognize import Recognition, recognize
from forensics.ingest.rotation import Run
from forensics.ingest.staging import Behind, Mark, Staged
from forensics.ingest.stamp import Stamp
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
    copies: Callable[[Acquired, Reading], Overlap] = lambda *_: NONE,
    chunk_size: int = reader.CHUNK,
) -> list[str]:
    """Read one source into the case and return what an analyst must know about it.

    What `copies` finds in the case already is counted, not read.
    Raise `SourceError` where it is not recognized, or changed while it was read; then nothing of it is in the case.
    """
    chosen = recognize(acquired, orders.format, orders.wishes)
    compiled.expect(acquired.bytes_content)  # an excerpt is read sooner by expressions
    reading = _reading(acquired, chosen, orders)
    overlap = copies(acquired, reading)
    known = overlap.runs
    staged = register.stage(acquired, _fingerprint(acquired, reading, orders, chunk_size, known))
    done, behind = staged.leading(partial(_mark, acquired))
    begin = behind or Behind(reader.START)
    content = Content(
        acquired.named.file,
        limit=acquired.bytes_content,
        expected=acquired.borders,
        start=begin.place.offset,
        hashed=acquired.stamp is None,
    )
    read_rows = partial(_rows, acquired, reading, begin)
    read_records = partial(_records, acquired, content, reading, chunk_size, known, begin)
    jobs = read_rows() if acquired.is_parquet else read_records()
    chunks = set(done)
    try:
        threads = resources.threads or os.cpu_count() or 1
        before = sum(done.values(), Counts())
        total = _parsed(acquired, staged, before, _noted(jobs, chunks), threads=threads, report=report)
        _check(acquired, content, total, lines=_is_by_line(reading))
    except SourceError:
        staged.drop()
        raise
    remarks = _remarks(acquired, chosen, total, orders)
    remarks += [*register.copied(acquired, known, total.duplicates), *overlap.remarks]
    register.publish(
        acquired,
        staged,
        total,
        orders.terms.zone,
        chunks=chunks,
        remarks=remarks,
        runs=known,
        mixed=reading.name if reading.others else None,
    )
    return remarks


def _reading(acquired: Acquired, chosen: Recognition, orders: Orders) -> Reading:
    flags = ((encoding.FLAG,) if acquired.encoding else ()) + ((batches.FLAG,) if chosen.view.is_batches else ())
    hashes = acquired.log_file_sha256, acquired.content_sha256
    return Reading(
        *hashes,
        chosen.format,
        chosen.binding,
        orders.terms,
        chosen.view.envelopes,
        chosen.view.shape,
        flags,
        chosen.others,
    )


def _fingerprint(
    acquired: Acquired, reading: Reading, orders: Orders, chunk_size: int, known: Sequence[Run]
) -> dict[str, object]:
    """Return all that the rows of a source depend on besides its bytes: equal for parts that may stand together."""
    return {
        "version": __version__,
        "source": [reading.log_file_sha256, reading.content_sha256, chunk_size, known],
        "stamp": acquired.stamp if acquired.is_parquet else None,  # its bytes are not compared as they are read
        "format": [
            orders.format,
            View((), reading.shape, reading.envelopes).named(reading.name),
            repr([reading.binding, *(binding for _, binding in reading.others)]),
        ],
        "terms": [key_id(orders.terms.key), orders.terms.zone, orders.terms.trusted, str(orders.terms.account)],
    }


def _noted(jobs: Iterator["Job"], chunks: set[int]) -> Iterator["Job"]:
    """Pass jobs on and note which chunks there are."""
    for job in jobs:
        chunks.add(job.index)
        yield job


def _parsed(
    acquired: Acquired, staged: Staged, total: Counts, jobs: Iterator["Job"], *, threads: int, report: Report
) -> Counts:
    """Parse all chunks and stage their rows; return what became of these records and those before them.

    Reading, hashing and cutting happen here while the workers parse and write.
    """
    for counts in spread(lambda job: _stage(staged, job), jobs, threads, ahead=0):
        total += counts
        done = (total.records, acquired.lines, "rows") if acquired.is_parquet else None
        report(Progress("read", *(done or (total.bytes_content, acquired.bytes_content, "bytes")), total.rejects))
    return total


@dataclass(frozen=True)
class Job:
    """One chunk and how to parse it: what is handed to a worker. `mark` says which bytes it comes from."""

    index: int
    parse: Callable[[], Parsed]
    mark: Mark | None = None
    behind: Behind | None = None


def _mark(acquired: Acquired, end: int, read: int | None = None) -> Mark | None:
    """Return the mark of a chunk that ends at a byte (or row); None where too little was `read` to vouch for it."""
    if acquired.is_parquet:
        return Mark(end, acquired.content_sha256) if acquired.stamp else None
    number, sha256 = border(acquired.borders, end)
    settled = min((number + 1) * sources.BLOCK, acquired.bytes_content)
    return Mark(end, sha256) if read is None or read >= settled else None


def _stage(staged: Staged, job: Job) -> Counts:
    """Parse one chunk and write its rows aside, unless a killed command did."""
    if (counts := staged.finished(job.index, job.mark)) is not None:
        return counts
    parsed = job.parse()
    staged.add(job.index, job.mark, parsed, job.behind)
    return parsed.counts


def _records(
    acquired: Acquired, content: Content, reading: Reading, size: int, known: Sequence[Run], begin: Behind
) -> Iterator[Job]:
    reading = replace(reading, binding=replace(reading.binding, in_force=begin.in_force))
    for piece in pieces(acquired, content, reading.format, reading.shape, size, begin.place, reading.envelopes):
        parse = partial(_parse_piece, piece, reading, known)
        if reading.format.carry:  # in order of the file, whatever is spread: a header holds until the next one
            reading = _carried(reading, piece.rows())
        behind = Behind(piece.behind, reading.binding.in_force) if piece.behind else None
        end = piece.behind.offset if piece.behind else int(piece.starts[-1] + piece.lengths[-1])
        yield Job(piece.index, parse, _mark(acquired, end, content.settled), behind)


def _carried(reading: Reading, records: pl.DataFrame) -> Reading:
    """Return how to read on behind some records, the headers among them in force."""
    if not reading.format.carry:
        return reading
    in_force = reading.format.carry(unwrapped(records, reading.envelopes)["text"], reading.binding)
    return replace(reading, binding=replace(reading.binding, in_force=in_force))


def _parse_piece(piece: Piece, reading: Reading, known: Sequence[Run]) -> Parsed:
    """Parse a piece; records that lie within a run at either end of the source are duplicates and give no rows."""
    ends = piece.starts + piece.lengths
    repeated = np.zeros(len(ends), np.bool_)
    for run in known:
        repeated |= (piece.starts >= run.start) & (ends <= run.end)
    if repeated.all():
        return Parsed(pl.DataFrame(), pl.DataFrame(), _duplicates(piece.lengths, piece.between))
    rows = piece.rows()
    if not repeated.any():
        return parse_text(rows, reading, newlines=piece.between)
    old, new = rows.filter(pl.Series(repeated)), rows.filter(pl.Series(~repeated))
    before = old.filter(pl.col("log_offset") < new["log_offset"][0])
    parsed = parse_text(new, _carried(reading, before), newlines=piece.between)
    return replace(parsed, counts=_duplicates(piece.lengths[repeated], 0) + parsed.counts)


def _duplicates(lengths: reader.Positions, newlines: int) -> Counts:
    size = int(lengths.sum()) + newlines
    return Counts(records=len(lengths), duplicates=len(lengths), newlines=newlines, bytes_content=size)


def _rows(acquired: Acquired, reading: Reading, begin: Behind) -> Iterator[Job]:
    batch = parquet.batches(acquired.named.file, begin.place.offset)
    for index, (ordinal, rows) in enumerate(batch, begin.place.number):
        end = ordinal + rows.height
        behind = Behind(reader.Place(index + 1, end))
        yield Job(index, partial(parse_columns, rows, ordinal, reading), _mark(acquired, end), behind)


def _is_by_line(reading: Reading) -> bool:
    """Tell whether each line of a source is a record."""
    in_lines = reading.shape is None and reading.format.family != Family.DELIMITED
    return in_lines and ends_of(reading.envelopes) is None


def _check(acquired: Acquired, content: Content, total: Counts, *, lines: bool) -> None:
    """Compare what was parsed with what was identified, to the byte and the line.

    Every MiB had the CRC-32 it had, and the stamp of the file did not change. Where it did, or the file system gives no
    stamp, the whole stream has the SHA-256 it had: see docs/adr/0012.
    """
    file = acquired.named.file
    if acquired.is_parquet or content.proven:
        same = acquired.content_sha256 == (sources.file_sha256(file) if acquired.is_parquet else content.sha256)
    else:
        now = Stamp.of(file)
        same = bool(acquired.stamp and now and acquired.stamp.is_of(now, moved=False)) or _stands(acquired)
    if not same:
        raise SourceError("it changed while it was read", hint="copy it first, and ingest the copy")
    size = 0 if acquired.is_parquet else acquired.bytes_content  # rows have no byte ranges
    books = ((total.bytes_content, size), (total.records, acquired.lines if lines else total.records))
    if any(found != expected for found, expected in books):
        raise RuntimeError(f"{acquired.named.name}: accounts do not balance (found, expected): {books}")


def _stands(acquired: Acquired) -> bool:
    """Tell whether a file that is another now still begins with what was identified: it may only have grown."""
    content = Content(acquired.named.file, limit=acquired.bytes_content)
    for _ in content:
        pass
    return content.sha256 == acquired.content_sha256


def _remarks(acquired: Acquired, chosen: Recognition, total: Counts, orders: Orders) -> list[str]:
    """Return what an analyst must know about a source that was read."""
    name = acquired.named.name
    remarks = [f"{name}: {warning}" for warning in chosen.warnings]
    if total.assumed_zone and not orders.zone_given:
        remarks.append(f"{name}: its times have no offset and were taken as UTC (say otherwise with --timezone)")
    if not acquired.complete:
        size = f"{acquired.bytes_content:,}"
        remarks.append(f"{name}: it is truncated or damaged; the {size} bytes that could be read are kept")
    if (rate := _reject_rate(total.events, total.rejects)) > orders.max_reject_rate:
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in total.reasons.items())
        remarks.append(
            f"{name}: {rate:.1%} of its records could not be read ({reasons}); see the table rejects"
            + (f"; {chosen.doubt}" if chosen.doubt else "")
        )
    return remarks


def _reject_rate(events: int, rejects: int) -> float:
    return rejects / max(1, events + rejects)


def is_partial(files: pa.Table, max_reject_rate: float) -> bool:
    """Tell whether any of these log files is damaged or over the reject rate."""
    rows = files.select(["events", "rejects", "complete"]).to_pylist()
    return any(not row.pop("complete") or _reject_rate(**row) > max_reject_rate for row in rows)
