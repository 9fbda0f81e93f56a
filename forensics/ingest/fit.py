"""How well each format reads the excerpt of a source, in each way of looking at it; the best way first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from forensics.errors import SourceError
from forensics.ingest import views
from forensics.ingest.acquire import Excerpt
from forensics.ingest.formats import FORMATS, KNOWN_REMARKS, Binding, Family, LineFormat, Wishes
from forensics.ingest.formats.base import Read
from forensics.ingest.formats.delimited import consistency, record_texts
from forensics.ingest.formats.json_family import OF_NO_PRODUCT
from forensics.ingest.normalize import Terms, normalize
from forensics.ingest.views import LINES, View

THRESHOLD = 0.4
FORCE = "force one with --format NAME"
SURE = 0.95
GENERIC = frozenset({"ndjson", "csv", "tsv"})  # they read what is wrapped as well as what is not
_BATCHED = "otlp_json"
_NO_KEY = bytes(32)  # looking at a source makes no id that any case holds


@dataclass(frozen=True)
class Candidate:
    """How well one format reads the excerpt of a source, seen in one way."""

    format: LineFormat
    rate: float  # share of records that the family reads
    own: float  # share that is of this very format
    binding: Binding | None
    problem: SourceError | None = None
    view: View = LINES

    @property
    def name(self) -> str:
        """Return the format with what is taken off first: `syslog_3164 > combined`."""
        return self.view.named(self.format.name)

    @property
    def usable(self) -> bool:
        """Tell whether it reads enough, and knows which field is the time."""
        return self.binding is not None and self.rate >= THRESHOLD


def ranked(excerpt: Excerpt, wishes: Wishes) -> tuple[Candidate, ...]:
    """Return all formats in order of fit, seen in the way in which the best of them reads most.

    None of them is usable where the lines are known envelopes around text that no format reads.
    """
    best = by_line(excerpt, wishes)
    usable = next((each for each in best if each.usable), None)
    if usable and usable.rate >= SURE and usable.format.name not in {*GENERIC, _BATCHED}:
        return best
    around: View | None = None
    for view in views.wrapped(excerpt):
        if usable and usable.rate >= 1 and not view.envelopes and not view.is_batches:
            continue  # it cannot read more
        found = _ranked(excerpt, view, wishes)
        first = next((each for each in found if each.usable), None)
        around = around or (view if view.is_json_envelope else None)
        if first and _beats(first, usable):
            best, usable = found, first
            if first.rate >= SURE and (view.envelopes or first.format.name not in GENERIC):
                break
        elif usable is None and found and found[0].rate > best[0].rate:
            best = found
    if around and not best[0].view.envelopes and best[0].format.name in GENERIC:
        kind = around.envelopes[-1].name
        problem = SourceError(f"its lines are {kind} envelopes around text that no format reads", hint=FORCE)
        best = tuple(replace(each, binding=None, problem=problem) for each in best)
    return best


def by_line(excerpt: Excerpt, wishes: Wishes) -> tuple[Candidate, ...]:
    """Return all formats in order of fit to the lines as they stand."""
    return _ranked(excerpt, views.plain(excerpt), wishes)


def _beats(new: Candidate, old: Candidate | None) -> bool:
    """Tell whether a wrapped reading is the better one: what reads anything does not know what it reads."""
    if old is None:
        return True
    if new.view.is_batches and old.format.name == new.format.name == _BATCHED:
        return new.rate >= old.rate  # whatever the excerpt shows, the next document may hold more than one record
    if new.view.envelopes and not old.view.envelopes and old.format.name in GENERIC:
        return True
    if old.view.envelopes and not new.view.envelopes and new.format.name in GENERIC:
        return False
    return new.rate > old.rate


def _ranked(excerpt: Excerpt, view: View, wishes: Wishes) -> tuple[Candidate, ...]:
    families = {Family.PARQUET} if view.is_plain else {Family.PARQUET, Family.DELIMITED}
    tried = [_fitted(each, excerpt, view, wishes) for each in FORMATS if each.family not in families]
    return tuple(
        sorted(tried, key=lambda each: (-each.rate, -each.own))
    )  # stable: of equals the more specific comes first


def _fitted(form: LineFormat, excerpt: Excerpt, view: View, wishes: Wishes) -> Candidate:
    """Let one format of many bind and read the excerpt, unless it is known beforehand that it reads nothing of it."""
    if form.may_read and not form.may_read(_column(spoken(form, view.lines))):
        return Candidate(form, 0.0, 0.0, None, None, view)
    return fit(form, excerpt, view, wishes)


def fit(form: LineFormat, excerpt: Excerpt, view: View, wishes: Wishes) -> Candidate:
    """Let one format bind and read the excerpt."""
    delimited = form.family == Family.DELIMITED
    sample = _records(excerpt.head, excerpt.whole) if delimited else view.lines
    lines = spoken(form, sample)
    if all(line.lstrip().startswith("#") for line in lines):
        return Candidate(form, 0.0, 0.0, None, SourceError("it holds no records"), view)
    try:
        binding = form.bind(lines, wishes)
    except SourceError as problem:
        rate = _rate_unbound(form, lines)
        return Candidate(form, rate, rate, None, problem, view)
    named = {binding.header_record, binding.opening} if delimited else set()
    read = _read(form, tuple(line for line in lines if line not in named) if named else lines, binding)
    hits = _hits(read)
    if delimited:  # any text can be split at commas: only with readable times is a table a log
        hits &= normalize(read, Terms(_NO_KEY)).columns["timestamp"].is_not_null()
    if not read.height:  # a header alone
        return Candidate(form, 1.0, 1.0, binding, None, view)
    own = (read["log_format"] == form.name).fill_null(value=False)
    return Candidate(form, float(hits.sum() / read.height), float(own.sum() / read.height), binding, None, view)


def are_kin(one: LineFormat, two: LineFormat) -> bool:
    """Tell whether a file read by one is read by the other, too, line by line: then they are no rivals."""
    return one.family == two.family and one.family in (Family.CLF, Family.JSON)


def spoken(form: LineFormat, lines: Sequence[str]) -> tuple[str, ...]:
    """Return the lines that a format is judged by: those that are neither blank nor a comment."""
    return _spoken(tuple(lines), form.carry is not None)


@lru_cache(maxsize=4)  # some forty formats are judged by the same lines
def _spoken(lines: tuple[str, ...], with_comments: bool) -> tuple[str, ...]:
    return tuple(line for line in lines if line.strip("\0 \t\r\n") and (with_comments or not line.startswith("#")))


def unread(form: LineFormat, binding: Binding, lines: Sequence[str]) -> list[str]:
    """Return the lines that a format neither reads nor knows."""
    text = pl.Series(list(lines), dtype=pl.String)
    read = form.read(text, binding)
    left = ~_hits(read)
    if form.carry:
        left &= ~text.str.strip_chars_start().str.starts_with("#")
    return text.filter(left).to_list()


def _hits(read: pl.DataFrame) -> pl.Series:
    """Return which lines a format reads; beside an event, what it knows for its own remarks speaks for it, too."""
    hits = read["log_format"].is_not_null()
    return hits | _own_remarks(read) if hits.any() else hits


def _own_remarks(read: pl.DataFrame) -> pl.Series:
    """Return which lines a format knows for its own, though they are no requests; not what it merely stands beside."""
    known = pl.col("reason").is_in(KNOWN_REMARKS) & ~pl.col("flags").list.contains(OF_NO_PRODUCT)
    return read.select(known.fill_null(value=False)).to_series()


def _rate_unbound(form: LineFormat, lines: tuple[str, ...]) -> float:
    """Return how well the shape fits where no time was found: enough to say so, instead of `unknown format`."""
    if form.family == Family.DELIMITED:
        share = consistency(form.name, lines)
        return share if share >= SURE else 0.0
    read = _read(form, lines, Binding())
    return float(read["log_format"].is_not_null().sum() / max(1, read.height))


def _read(form: LineFormat, lines: tuple[str, ...], binding: Binding) -> pl.DataFrame:
    """Return what a format reads of some lines, one row per line that is no header line of its own."""
    try:
        read = _once(form.read, lines, binding)
    except TypeError:  # a binding that no cache can hold
        read = form.read(_column(lines), binding)
    return read.filter(~_column(lines).str.strip_chars_start().str.starts_with("#")) if form.carry else read


@lru_cache(maxsize=4)
def _once(read: Read, lines: tuple[str, ...], binding: Binding) -> pl.DataFrame:
    """Return what a family reads of some lines: those of its formats that follow each other are bound alike."""
    return read(_column(lines), binding)


@lru_cache(maxsize=1)
def _records(head: bytes, whole: bool) -> tuple[str, ...]:
    return tuple(record_texts(head, whole=whole))


@lru_cache(maxsize=4)
def _column(lines: tuple[str, ...]) -> pl.Series:
    return pl.Series(lines, dtype=pl.String)
