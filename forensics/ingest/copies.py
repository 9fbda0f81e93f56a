"""Which records of a new source a content of the case holds already, whichever of the two came first.

A log is copied while it is written and rotated, so two files may hold the same requests. Three things count as a copy
(`rotation` says why so little does): one content begins with all of the other (it grew), or, inside one rotated set,
the end of one is the beginning of the other. Each is proven byte by byte; what the case knows only tells where to look:

- contents that begin with the same three records (a hash in the chain of custody) may be one that grew;
- the rows of a known content with the times and lengths of the first rows of the new one say where that one may begin
  in it. So a known file is opened again only where a new one repeats it, and read only from there.

What an earlier command read stays as it is: the records of the source that comes later are the duplicates.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from forensics import sources
from forensics.ingest import reader, rotation
from forensics.ingest.acquire import Acquired
from forensics.ingest.content import Content
from forensics.ingest.memory import Memory
from forensics.ingest.parse import Reading, parse_text
from forensics.ingest.pieces import Piece, pieces
from forensics.ingest.rotation import Run
from forensics.ingest.writer import Register

_ROWS = 50  # of the beginning of a source that must stand in another for a look at its bytes
_PLACES = 8
_PIECE = 64 << 10
_SLACK = timedelta(hours=1)  # between requests in the order of a log that is written as they end
_PLACE = ("timestamp", "log_offset", "log_length")


@dataclass(frozen=True)
class Overlap:
    """The stretches at both ends of a source that the case holds, and what an analyst must know about them."""

    runs: tuple[Run, ...] = ()
    remarks: tuple[str, ...] = ()


NONE = Overlap()


@dataclass
class Copies:
    """The search for copies during one command. `read` are the files whose content this command has seen."""

    register: Register
    memory: Memory
    locations: Mapping[str, str]
    read: dict[str, Path] = field(default_factory=dict)

    def of(self, acquired: Acquired, reading: Reading) -> Overlap:
        """Return what of a new source is in the case already."""
        beginning = rotation.beginning(acquired.excerpt.head)
        if acquired.is_parquet or not beginning or not self.register.rows:
            return NONE
        runs = list(self._grown(acquired, rotation.opening(acquired.excerpt.head)))
        if any(run.end == acquired.bytes_content for run in runs):
            return self._told(acquired, runs)
        others = self._set(acquired.named.file) if acquired.encoding is None else []
        lost: list[str] = []
        head = _rows(acquired, reading, acquired.excerpt.head[:_PIECE]) if others else pl.DataFrame()
        for other in others if head.height else ():
            row = self.register.rows[other]
            as_newer, as_older = _meet(*self._span(other), head, acquired, reading)
            if not (as_newer or as_older):
                continue
            if (file := self._file(other)) is None:
                lost.append(row["path"])
                continue
            if as_newer:
                runs += self._begun_by(acquired, other, file, head, len(beginning))
            if as_older:
                runs += self._ended_by(acquired, other, file)
        return self._told(acquired, runs, lost)

    def _told(self, acquired: Acquired, runs: Sequence[Run], lost: Sequence[str] = ()) -> Overlap:
        """Return the longest run at either end, with a sentence for each."""
        name = acquired.named.name
        first = max((run for run in runs if not run.start), key=lambda run: (run.end, run.other), default=None)
        last = min((run for run in runs if run.start), key=lambda run: (run.start, run.other), default=None)
        remarks = [
            f"{name}: its times meet those of {path}, which is in the case but not where it was: whether they share "
            "records was not assessed, all are counted (to know, put that file back and begin a new case)"
            for path in lost
        ]
        return Overlap(tuple(run for run in (first, last) if run), tuple(remarks))

    def _grown(self, acquired: Acquired, opening: str | None) -> Iterator[Run]:
        """Yield the longest known content that a source begins with, or one that begins with all of it."""
        mine, rows = acquired.bytes_content, self.register.rows
        alike = [sha256 for sha256, held in self.register.openings.items() if held == opening]
        for other in sorted(alike, key=lambda sha256: (-rows[sha256]["bytes_content"], sha256)):
            size = rows[other]["bytes_content"]
            file = acquired.named.file if size <= mine else self._file(other)
            whole = other if size <= mine else acquired.content_sha256
            if file and _prefix(file, min(size, mine)) == whole:
                yield Run(0, min(size, mine), other, 0)
                return

    def _set(self, file: Path) -> list[str]:
        """Return the known contents that were seen in the rotated set of a file."""
        mine = rotation.set_of(file)
        by_file = {sha256: row["log_file_sha256"] for sha256, row in self.register.rows.items()}
        return [
            sha256 for sha256, held in sorted(by_file.items()) if mine in map(rotation.set_of, self._seen(sha256, held))
        ]

    def _seen(self, content_sha256: str, log_file_sha256: str) -> Iterator[Path]:
        if content_sha256 in self.read:
            yield self.read[content_sha256]
        yield from sorted(self.memory.places.get(content_sha256, ()))
        if log_file_sha256 in self.locations:
            yield Path(self.locations[log_file_sha256])

    def _file(self, content_sha256: str) -> Path | None:
        """Return a file that holds a known content, unchanged; None if there is none."""
        held = self.register.rows[content_sha256]["log_file_sha256"]
        if content_sha256 in self.read:
            return self.read[content_sha256]
        seen = [path for path in self._seen(content_sha256, held) if sources.is_there(path)]
        for path in seen:
            if self.memory.content_of(path) == content_sha256:
                return path
        return next((path for path in seen if sources.file_sha256(path) == held), None)

    def _begun_by(self, acquired: Acquired, other: str, file: Path, head: pl.DataFrame, least: int) -> Iterator[Run]:
        """Yield the beginning of a source that is the end of another."""
        size, mine = self.register.rows[other]["bytes_content"], acquired.bytes_content
        places = self._places(other, size, head)
        own = acquired.named.file
        fit = [at for at in places[:_PLACES] if size - at >= least and rotation.continues(file, size, at, own)]
        if len(fit) == 1 and len(places) < _PLACES and size - fit[0] <= mine:
            yield Run(0, size - fit[0], other, fit[0])

    def _ended_by(self, acquired: Acquired, other: str, file: Path) -> Iterator[Run]:
        """Yield the end of a source that is the beginning of another, but for a record that is whole there only."""
        mine = acquired.bytes_content
        head = next(iter(Content(file, limit=_PIECE)), b"")
        shared = rotation.shared(acquired.named.file, mine, file, head)
        if 0 < shared < mine:
            ends = [sources.ByteRange(shared - 1, 1), sources.ByteRange(shared, 1)]
            inside = shared < self.register.rows[other]["bytes_content"]
            around = [byte for _, byte in sources.read_ranges(file, ends[: 1 + inside])]
            cut = b"\n" not in around and inside
            yield Run(mine - shared, mine - cut, other, 0)

    def _places(self, other: str, size: int, head: pl.DataFrame) -> list[int]:
        """Return where in a known content a source may begin, by the times and lengths of its first rows."""
        held = self._held(other, head["timestamp"].unique(), 0, size, 0)
        first = head.row(0, named=True)
        like_first = held.filter(
            pl.col("timestamp") == first["timestamp"],
            pl.col("log_length") == first["log_length"],
            pl.col("log_offset") >= first["log_offset"],
        )
        begins = like_first.select((pl.col("log_offset") - first["log_offset"]).alias("begin"))
        wanted = begins.join(head, how="cross").with_columns(log_offset=pl.col("begin") + pl.col("log_offset"))
        wanted = wanted.filter(pl.col("log_offset") + pl.col("log_length") <= size)
        missing = wanted.join(held, on=list(_PLACE), how="anti").select("begin").unique()
        return sorted(begins.join(missing, on="begin", how="anti")["begin"].to_list())

    def _span(self, other: str) -> tuple[datetime | None, datetime | None]:
        """Return the first and the last time of a content, those of its copies, too."""
        row = self.register.rows[other]
        if other not in self.register.runs:
            return row["first_timestamp"], row["last_timestamp"]
        ends = self._ends(other, 0, row["bytes_content"])
        return min(ends, default=None), max(ends, default=None)

    def _ends(self, other: str, start: int, end: int) -> list[datetime]:
        """Return times of the rows of a content between two bytes, the first and the last among them."""
        within = (pl.col("log_offset") >= start) & (pl.col("log_offset") < end)
        plausible = ~pl.col("parse_flags").list.contains("implausible_time")
        rows = pl.scan_parquet(self.register.parts(other)).filter(within, plausible)
        time = pl.col("timestamp")
        found = rows.select(time.min().alias("first"), time.max().alias("last")).collect().row(0)
        for run in self.register.runs.get(other, ()):
            low, high = max(start, run.start), min(end, run.end)
            if low < high:
                found += tuple(self._ends(run.other, low + run.at - run.start, high + run.at - run.start))
        return [each for each in found if each is not None]

    def _held(self, other: str, times: pl.Series, start: int, end: int, shift: int) -> pl.DataFrame:
        """Return time, offset and length of the rows of a content between two bytes, those of its copies, too."""
        files = self.register.parts(other)
        within = (pl.col("log_offset") >= start) & (pl.col("log_offset") < end)
        rows = (
            pl.scan_parquet(files).filter(pl.col("timestamp").is_in(times.implode()), within).select(_PLACE).collect()
        )
        frames = [rows.with_columns(pl.col("log_offset") + shift)]
        for run in self.register.runs.get(other, ()):
            low, high = max(start, run.start), min(end, run.end)
            if low < high:
                move = run.at - run.start
                frames.append(self._held(run.other, times, low + move, high + move, shift - move))
        return pl.concat(frames)


def _pieces(acquired: Acquired, reading: Reading, content: bytes) -> Iterator[Piece]:
    """Cut a part of a source that begins with a record as all of it is cut."""
    form, shape = reading.format, reading.shape
    return pieces(acquired, iter([content]), form, shape, reader.CHUNK, reader.START, reading.envelopes)


def _rows(acquired: Acquired, reading: Reading, content: bytes) -> pl.DataFrame:
    """Return time, offset and length of the first rows that the beginning of a source gives."""
    for piece in _pieces(acquired, reading, content):
        records = piece.rows()
        if len(content) < acquired.bytes_content:  # the last one may go on
            records = records.head(records.height - 1)
        events = parse_text(records, reading).frame
        return events.filter(~pl.col("parse_flags").list.contains("implausible_time")).select(_PLACE).head(_ROWS)
    return pl.DataFrame()


def _meet(
    first: datetime | None, last: datetime | None, head: pl.DataFrame, acquired: Acquired, reading: Reading
) -> tuple[bool, bool]:
    """Tell whether a source may begin inside the time of a known one, and whether it may end at its beginning."""
    if first is None or last is None:
        return False, False
    begin = head["timestamp"][0]
    if begin - _SLACK > first:
        return first <= begin <= last, False
    excerpt = acquired.excerpt
    tail = excerpt.head if excerpt.whole else excerpt.pieces[-1]
    ends = _rows_at_end(acquired, reading, tail[max(0, len(tail) - _PIECE) :])
    return first <= begin <= last, ends is None or ends + _SLACK >= first


def _rows_at_end(acquired: Acquired, reading: Reading, tail: bytes) -> datetime | None:
    """Return the latest time among the last records; None where they do not tell."""
    lines = tail[tail.find(b"\n") + 1 :]
    times = [parse_text(piece.rows(), reading).counts.last for piece in _pieces(acquired, reading, lines)]
    return max(filter(None, times), default=None)


def _prefix(file: Path, size: int) -> str:
    """Return the SHA-256 of so many bytes at the beginning of a stream."""
    content = Content(file, limit=size)
    for _ in content:
        pass
    return content.sha256
