"""Which format a source is in: every format reads the excerpt, the best one wins, and the choice is explained.

Nothing is ever "plain text": what no format reads is refused with a reason, and `--format` forces a choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from forensics.errors import ForensicsError, SourceError
from forensics.ingest import documents, views
from forensics.ingest.acquire import Acquired, Excerpt, acquire
from forensics.ingest.envelopes.base import Envelope
from forensics.ingest.envelopes.fragments import together
from forensics.ingest.failing import failing
from forensics.ingest.fit import FORCE, THRESHOLD, Candidate, fit, ranked
from forensics.ingest.formats import FORMATS, Binding, Family, LineFormat, Wishes, by_name
from forensics.ingest.formats.delimited import record_texts
from forensics.ingest.formats.parquet import bind_columns, head
from forensics.ingest.gather import Named
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Reading, parse_text
from forensics.ingest.views import LINES, View

_BINARY = 0.3
_SHOWN = 3
_EXPLAINED_KEY = bytes(32)  # `explain` shows no id that any case holds


@dataclass(frozen=True)
class Recognition:
    """The format chosen for a source, how the source is seen, and the others in order of fit."""

    format: LineFormat
    binding: Binding
    rate: float
    runner_up: Candidate | None
    candidates: tuple[Candidate, ...]
    view: View = LINES

    @property
    def name(self) -> str:
        """Return the format with what is taken off first."""
        return self.view.named(self.format.name)


def recognize(acquired: Acquired, forced: str, wishes: Wishes) -> Recognition:
    """Choose the format of a source. Raise `SourceError` saying why none fits."""
    if acquired.bytes_content == 0:
        raise SourceError("it is empty", hint="is this the right file?")
    if acquired.is_parquet:
        binding = bind_columns(head(acquired.named.file), wishes)
        return Recognition(by_name("parquet"), binding, 1.0, None, ())
    if forced != "auto":
        return _forced(acquired.excerpt, forced, wishes)
    candidates = ranked(acquired.excerpt, wishes)
    best = candidates[0]
    if best.rate < THRESHOLD:
        raise _refusal(acquired.excerpt, best)
    best = next((each for each in candidates if each.usable), best)
    if best.problem or best.binding is None:
        raise best.problem or SourceError(f"it cannot be read as {best.name}")
    kin = {best.format.family} - {Family.LINES}  # other lines of a family are read, too: they are no rivals
    others = (each for each in candidates if each.format is not best.format and each.format.family not in kin)
    runner_up = next((each for each in others if each.rate > 0), None)
    return Recognition(best.format, best.binding, best.rate, runner_up, candidates, best.view)


def _forced(excerpt: Excerpt, forced: str, wishes: Wishes) -> Recognition:
    """Read a source as it is told, out of the envelopes in which that format reads most."""
    *outer, name = views.split(forced)
    form = by_name(name)
    seen = [views.plain(excerpt), *views.wrapped(excerpt)]
    if outer:
        seen = [view for view in seen if view.named(name) == forced] or seen[:1]
    tried = [fit(form, excerpt, view, wishes) for view in seen if view.is_plain or form.family != Family.DELIMITED]
    best = max(tried, key=lambda each: (each.usable, each.rate, each.view.is_batches))  # of equals the first, the plain
    if best.problem or best.binding is None:
        raise best.problem or SourceError(f"it cannot be read as {forced}")
    return Recognition(form, best.binding, best.rate, None, (best,), best.view)


def _refusal(excerpt: Excerpt, best: Candidate) -> SourceError:
    """Return why no format fits, in the words of what the file seems to be."""
    sampled = excerpt.sampled()
    if (share := _binary_share(sampled)) > _BINARY:
        return SourceError(f"it is no log: {share:.0%} of the sampled bytes are NUL or binary", hint="unpack it first")
    tried = f"best: {best.name}, {best.rate:.0%}" if best.rate else "none reads any"
    return SourceError(f"no format reads more than {THRESHOLD:.0%} of the sampled lines ({tried})", hint=FORCE)


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
    failed_at: int | None = None  # column, from 1, where the line stops being of the format
    expected: str | None = None  # what should stand there


def explain(path: Path, forced: str = "auto", wishes: Wishes | None = None) -> Explanation:
    """Return which format a file is in and how well every format fits. Raise `SourceError` if it cannot be opened."""
    acquired = acquire(Named(path, path.name))
    try:
        chosen = recognize(acquired, forced, wishes or {})
    except SourceError as error:
        tried = ranked(acquired.excerpt, wishes or {}) if not acquired.is_parquet and acquired.bytes_content else ()
        rates = tuple((each.name, each.rate) for each in tried)
        return Explanation(path.name, None, 0.0, rates, refused=str(error), hint=error.hint)
    rates = tuple((each.name, each.rate) for each in chosen.candidates)
    fields = tuple((each.role, each.name) for each in chosen.binding.fields)
    parsed = _first_rows(acquired, chosen)
    return Explanation(
        path.name, chosen.name, chosen.rate, rates, fields, None, None, *parsed, warnings=chosen.binding.warnings
    )


def _first_rows(
    acquired: Acquired, chosen: Recognition
) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    if acquired.is_parquet:
        return (), ()
    delimited = chosen.format.family == Family.DELIMITED
    head_bytes = acquired.excerpt.head
    texts = record_texts(head_bytes, whole=acquired.excerpt.whole) if delimited else _records(acquired, chosen)
    return _shown(texts, chosen.format, chosen.binding, chosen.view.envelopes)


def _records(acquired: Acquired, chosen: Recognition) -> list[str]:
    """Return the first records as they stand in the source, in their envelopes."""
    excerpt, shape = acquired.excerpt, chosen.view.shape
    if shape:
        return documents.texts(excerpt.head, shape, whole=excerpt.whole)
    return together(excerpt.head_lines(), chosen.view.envelopes)


def _shown(
    texts: Sequence[str], form: LineFormat, binding: Binding, envelopes: tuple[Envelope, ...] = ()
) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """Return the first events and rejects of some records, without provenance."""
    parsed = parse_text(as_records(texts), Reading("", "", form, binding, Terms(_EXPLAINED_KEY), envelopes))
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
        pl.col("text").str.contains("\0", literal=True).alias("nul"),
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
        failed_at, expected = (None, None) if events else failing(form, line)
        rates = ((form.name, float(fits)),)
        answer = Explanation("line", form.name if fits else None, float(fits), rates, refused=reason)
        shown = events if fits else ()
        answers.append(replace(answer, first=shown, failed_at=failed_at, expected=expected))
    return tuple(answers)
