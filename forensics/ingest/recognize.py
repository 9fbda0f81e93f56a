"""Which format a source is in: every format reads the excerpt, the best one wins, and the choice is explained.

Nothing is ever "plain text": what no format reads is refused with a reason, and `--format` forces a choice.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from forensics.errors import ForensicsError, SourceError
from forensics.ingest.acquire import Acquired, Excerpt, acquire
from forensics.ingest.formats import FORMATS, Binding, Family, LineFormat, Wishes, by_name
from forensics.ingest.formats.delimited import consistency, record_texts
from forensics.ingest.formats.parquet import bind_columns, head
from forensics.ingest.gather import Named
from forensics.ingest.normalize import Terms, normalize
from forensics.ingest.parse import Reading, parse_text

THRESHOLD = 0.4
_BINARY = 0.3
_SURE = 0.95
_SHOWN = 3
_ARRAY = re.compile(rb"\s*\[\s*\{")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_EXPLAINED_KEY = bytes(32)  # `explain` shows no id that any case holds


@dataclass(frozen=True)
class Candidate:
    """How well one format reads the excerpt of a source."""

    format: LineFormat
    rate: float  # share of records that the family reads
    own: float  # share that is of this very format
    binding: Binding | None
    problem: SourceError | None = None


@dataclass(frozen=True)
class Recognition:
    """The format chosen for a source, and the others in order of fit."""

    format: LineFormat
    binding: Binding
    rate: float
    runner_up: Candidate | None
    candidates: tuple[Candidate, ...]


def recognize(acquired: Acquired, forced: str, wishes: Wishes) -> Recognition:
    """Choose the format of a source. Raise `SourceError` saying why none fits."""
    if acquired.bytes_content == 0:
        raise SourceError("it is empty", hint="is this the right file?")
    if acquired.is_parquet:
        binding = bind_columns(head(acquired.named.file), wishes)
        return Recognition(by_name("parquet"), binding, 1.0, None, ())
    if forced != "auto":
        candidate = _try(by_name(forced), acquired.excerpt, wishes)
        if candidate.problem or candidate.binding is None:
            raise candidate.problem or SourceError(f"it cannot be read as {forced}")
        return Recognition(candidate.format, candidate.binding, candidate.rate, None, (candidate,))
    candidates = _ranked(acquired.excerpt, wishes)
    best = candidates[0]
    if best.rate < THRESHOLD:
        raise _refusal(acquired.excerpt, best)
    best = next((each for each in candidates if each.binding and each.rate >= THRESHOLD), best)
    if best.problem or best.binding is None:
        raise best.problem or SourceError(f"it cannot be read as {best.format.name}")
    kin = {best.format.family} - {Family.LINES}  # other lines of a family are read, too: they are no rivals
    others = (each for each in candidates if each.format is not best.format and each.format.family not in kin)
    runner_up = next((each for each in others if each.rate > 0), None)
    return Recognition(best.format, best.binding, best.rate, runner_up, candidates)


def _ranked(excerpt: Excerpt, wishes: Wishes) -> tuple[Candidate, ...]:
    tried = [_try(each, excerpt, wishes) for each in FORMATS if each.family != Family.PARQUET]
    return tuple(
        sorted(tried, key=lambda each: (-each.rate, -each.own))
    )  # stable: of equals the more specific comes first


def _try(form: LineFormat, excerpt: Excerpt, wishes: Wishes) -> Candidate:
    """Let one format bind and read the excerpt."""
    delimited = form.family == Family.DELIMITED
    sample = record_texts(excerpt.head, whole=excerpt.whole) if delimited else excerpt.lines()
    lines = [line for line in sample if line.strip() and (form.carry or not line.startswith("#"))]
    if all(line.lstrip().startswith("#") for line in lines):
        return Candidate(form, 0.0, 0.0, None, SourceError("it holds no records"))
    try:
        binding = form.bind(lines, wishes)
    except SourceError as problem:
        rate = _rate_unbound(form, lines)
        return Candidate(form, rate, rate, None, problem)
    read = _read(form, lines[1:] if delimited else lines, binding)
    hits = read["log_format"].is_not_null()
    if delimited:  # any text can be split at commas: only with readable times is a table a log
        hits &= normalize(read, Terms(_EXPLAINED_KEY)).columns["timestamp"].is_not_null()
    if not read.height:  # a header alone
        return Candidate(form, 1.0, 1.0, binding)
    own = (read["log_format"] == form.name).fill_null(value=False)
    return Candidate(form, float(hits.sum() / read.height), float(own.sum() / read.height), binding)


def _rate_unbound(form: LineFormat, lines: Sequence[str]) -> float:
    """Return how well the shape fits where no time was found: enough to say so, instead of `unknown format`."""
    if form.family == Family.DELIMITED:
        share = consistency(form.name, lines)
        return share if share >= _SURE else 0.0
    read = _read(form, lines, Binding())
    return float(read["log_format"].is_not_null().sum() / max(1, read.height))


def _read(form: LineFormat, lines: Sequence[str], binding: Binding) -> pl.DataFrame:
    """Return what a format reads of some lines, one row per line that is no header line of its own."""
    text = pl.Series(list(lines), dtype=pl.String)
    read = form.read(text, binding)
    return read.filter(~text.str.strip_chars_start().str.starts_with("#")) if form.carry else read


def _refusal(excerpt: Excerpt, best: Candidate) -> SourceError:
    """Return why no format fits, in the words of what the file seems to be."""
    sampled = excerpt.sampled()
    if sampled.startswith(_UTF16):
        return SourceError("it is UTF-16 text", hint="convert it: iconv -f UTF-16 -t UTF-8 FILE | forensics ingest -")
    if (share := _binary_share(sampled)) > _BINARY:
        return SourceError(f"it is no log: {share:.0%} of the sampled bytes are NUL or binary", hint="unpack it first")
    if _ARRAY.match(sampled):
        return SourceError("it may be a JSON array: one object per line is read", hint="convert it: jq -c '.[]' FILE")
    tried = f"best: {best.format.name}, {best.rate:.0%}" if best.rate else "none reads any"
    return SourceError(
        f"no format reads more than {THRESHOLD:.0%} of the sampled lines ({tried})", hint="force one with --format NAME"
    )


def _binary_share(sampled: bytes) -> float:
    """Return the share of bytes that no text log holds: control characters, and bytes that are no UTF-8."""
    printable = bytes(range(32, 256)) + b"\t\n\r\x0b\x0c\x1b"
    control = len(sampled.translate(None, printable))
    broken = sampled.decode("utf-8", "replace").count("\ufffd")
    return (control + broken) / max(1, len(sampled))


@dataclass(frozen=True)
class Explanation:
    """Why a source or line is read as it is, for `forensics formats test` and `explain`."""

    name: str
    format: str | None
    rate: float
    candidates: tuple[tuple[str, float], ...]
    fields: tuple[tuple[str, str], ...] = ()  # role, field name
    refused: str | None = None
    hint: str | None = None
    first: tuple[dict[str, Any], ...] = ()  # the first events
    rejected: tuple[dict[str, Any], ...] = ()
    warnings: tuple[str, ...] = field(default=())


def explain(path: Path, forced: str = "auto", wishes: Wishes | None = None) -> Explanation:
    """Return which format a file is in and how well every format fits. Raise `SourceError` if it cannot be opened."""
    acquired = acquire(Named(path, path.name))
    try:
        chosen = recognize(acquired, forced, wishes or {})
    except SourceError as error:
        ranked = _ranked(acquired.excerpt, wishes or {}) if not acquired.is_parquet and acquired.bytes_content else ()
        rates = tuple((each.format.name, each.rate) for each in ranked)
        return Explanation(path.name, None, 0.0, rates, refused=str(error), hint=error.hint)
    rates = tuple((each.format.name, each.rate) for each in chosen.candidates)
    fields = tuple((each.role, each.name) for each in chosen.binding.fields)
    parsed = _first_rows(acquired, chosen)
    return Explanation(
        path.name, chosen.format.name, chosen.rate, rates, fields, None, None, *parsed, warnings=chosen.binding.warnings
    )


def _first_rows(
    acquired: Acquired, chosen: Recognition
) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    if acquired.is_parquet:
        return (), ()
    delimited = chosen.format.family == Family.DELIMITED
    head_bytes = acquired.excerpt.head
    texts = record_texts(head_bytes, whole=acquired.excerpt.whole) if delimited else acquired.excerpt.head_lines()
    return _shown(texts, chosen.format, chosen.binding)


def _shown(
    texts: Sequence[str], form: LineFormat, binding: Binding
) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """Return the first events and rejects of some records, without provenance."""
    parsed = parse_text(as_records(texts), Reading("", "", form, binding, Terms(_EXPLAINED_KEY)))
    hidden = ["event_id", "log_file_sha256", "content_sha256", "log_line", "log_offset", "log_length"]
    events = parsed.events.head(_SHOWN).drop(hidden).to_dicts()
    rejects = parsed.rejects.head(_SHOWN).select("reason", "raw_masked").to_dicts()
    return tuple(events), tuple(rejects)


def as_records(texts: Sequence[str]) -> pl.DataFrame:
    """Return texts as records (see `reader.records`) that stand back to back."""
    frame = pl.DataFrame({"text": pl.Series(list(texts), dtype=pl.String)}).with_row_index("log_line", 1)
    size = pl.col("text").str.len_bytes().cast(pl.Int64)
    return frame.with_columns(
        pl.col("log_line").cast(pl.Int64),
        ((size + 1).cum_sum() - size - 1).alias("log_offset"),
        size.alias("log_length"),
        *(pl.lit(value=False).alias(name) for name in ("invalid_utf8", "too_long", "cut", "bom")),
    )


def explain_line(line: str) -> tuple[Explanation, ...]:
    """Return what every format makes of one line: its event, or why it is refused."""
    answers = []
    for form in FORMATS:
        try:
            events, rejects = _shown([line], form, form.bind([line], {}))
        except ForensicsError as error:
            answers.append(Explanation("line", None, 0.0, ((form.name, 0.0),), refused=str(error), hint=error.hint))
            continue
        fits = bool(events) and events[0]["log_format"] == form.name
        other = f"it reads as {events[0]['log_format']}" if events and not fits else None
        reason = other or (None if fits else rejects[0]["reason"] if rejects else "it is blank or a comment")
        shown = events if fits else ()
        answers.append(
            Explanation(
                "line", form.name if fits else None, float(fits), ((form.name, float(fits)),), (), reason, None, shown
            )
        )
    return tuple(answers)
