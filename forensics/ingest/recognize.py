"""Which format a source is in: every format reads the excerpt, the best one wins, and the choice is explained.

Nothing is ever "plain text": what no format reads is refused with a reason, and `--format` forces a choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote
from typing import Any

from forensics.errors import ForensicsError, SourceError
from forensics.ingest import rivals, views
from forensics.ingest.acquire import Acquired, Excerpt, acquire
from forensics.ingest.failing import failing
from forensics.ingest.fit import FORCE, SURE, THRESHOLD, Candidate, are_kin, by_line, fit, ranked
from forensics.ingest.formats import FORMATS, MIXED, Binding, Family, LineFormat, Wishes, by_name, by_names
from forensics.ingest.formats.parquet import bind_columns, head
from forensics.ingest.gather import Named
from forensics.ingest.mixed import check, lifted, told
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Reading, parse_text
from forensics.ingest.sampling import as_records, texts
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
    is_forced: bool = False
    view: View = LINES
    others: tuple[tuple[LineFormat, Binding], ...] = ()  # asked in turn for the lines that it refuses
    remarks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the formats with what is taken off first."""
        return self.view.named(MIXED.join((self.format.name, *(form.name for form, _ in self.others))))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what an analyst must know about how the source is read."""
        bindings = (self.binding, *(binding for _, binding in self.others))
        return (*dict.fromkeys(warning for binding in bindings for warning in binding.warnings), *self.remarks)

    @property
    def doubt(self) -> str:
        """Return what there is to choose where the best format reads too little; nothing where the analyst chose."""
        if self.rate >= SURE or self.is_forced:
            return ""
        second = self.runner_up
        rival = f"{second.name} {second.rate:.1%}" if second else "no other format reads any"
        return (
            f"of the sampled lines {self.name} reads {self.rate:.1%}, {rival}: --format '{self.name}{MIXED}NAME' asks"
            f" another for the rest, --format {quote(self.name)} --max-reject-rate R settles for it,"
            " or leave the file out"
        )


def recognize(acquired: Acquired, forced: str, wishes: Wishes) -> Recognition:
    """Choose the format of a source. Raise `SourceError` saying why none fits."""
    if acquired.bytes_content == 0:
        raise SourceError("it is empty", hint="is this the right file?")
    if acquired.is_parquet:
        binding = bind_columns(head(acquired.named.file), wishes)
        return Recognition(by_name("parquet"), binding, 1.0, None, ())
    if forced != "auto":
        return _forced(acquired, forced, wishes)
    candidates = ranked(acquired.excerpt, wishes)
    best = candidates[0]
    if best.rate < THRESHOLD:
        raise _refusal(acquired.excerpt, candidates)
    best = next((each for each in candidates if each.usable), best)
    if best.problem or best.binding is None:
        raise best.problem or SourceError(f"it cannot be read as {best.name}")
    others = (each for each in candidates if each.format is not best.format and not are_kin(best.format, each.format))
    runner_up = next((each for each in others if each.rate > 0), None)
    if rival := rivals.ambiguous(best, candidates, acquired.excerpt):
        raise _undecided(best, rival)
    chosen = Recognition(best.format, best.binding, best.rate, runner_up, candidates, view=best.view)
    return chosen if best.rate >= SURE else _lifted(chosen, best, acquired.excerpt, wishes)


def _lifted(chosen: Recognition, best: Candidate, excerpt: Excerpt, wishes: Wishes) -> Recognition:
    """Return how several formats read a source of which one reads too little, and say so; else as it was chosen.

    Objects taken out of the text between them may win over lines of which they are only some.
    """
    lines = next((each for each in by_line(excerpt, wishes) if each.usable), None) if best.view.shape else best
    mix = lifted(lines, excerpt, wishes) if lines else None
    if lines is None or mix is None:
        return chosen
    (form, binding), *others = mix.members
    read = replace(chosen, format=form, binding=binding, rate=mix.rate, others=tuple(others), view=lines.view)
    remark = (
        f"no one format reads enough, so several read it line by line: {read.name}, {mix.rate:.1%} of the sampled lines"
        f" ({lines.name} alone {lines.rate:.1%}: --format {quote(lines.name)})"
    )
    return replace(read, remarks=(remark,))


def _undecided(best: Candidate, rival: Candidate) -> SourceError:
    """Return that two formats read a source equally well, and the options that decide."""
    return SourceError(
        f"it is ambiguous: {best.name} and {rival.name} each read {best.rate:.1%} of the sampled lines, and not alike",
        hint=f"say which: --format {quote(best.name)}, or --format {quote(rival.name)}",
    )


def _forced(acquired: Acquired, forced: str, wishes: Wishes) -> Recognition:
    """Read a source as it is told, out of the envelopes in which that format reads most."""
    excerpt = acquired.excerpt
    *outer, name = views.split(forced)
    forms = by_names(name)
    check(forms)
    form = forms[0]
    seen = [views.plain(excerpt), *views.wrapped(excerpt)]
    if outer:
        seen = [view for view in seen if view.named(name) == forced] or seen[:1]
    tried = [fit(form, excerpt, view, wishes) for view in seen if view.is_plain or form.family != Family.DELIMITED]
    best = max(tried, key=lambda each: (each.usable, each.rate, each.view.is_batches))  # of equals the first, the plain
    if len(forms) > 1:
        mix = told(forms, excerpt, best.view, wishes)
        absent = tuple(f"no sampled line is of {each}: it is not asked" for each in mix.unbound)
        first, *others = mix.members
        told_so = Recognition(*first, mix.rate, None, (best,), is_forced=True, view=best.view)
        return replace(told_so, others=tuple(others), remarks=absent)
    if best.problem or best.binding is None:
        raise best.problem or SourceError(f"it cannot be read as {forced}")
    return Recognition(form, best.binding, best.rate, None, (best,), is_forced=True, view=best.view)


def _refusal(excerpt: Excerpt, candidates: Sequence[Candidate]) -> SourceError:
    """Return why no format fits, in the words of what the file seems to be."""
    sampled = excerpt.sampled()
    if (share := _binary_share(sampled)) > _BINARY:
        return SourceError(f"it is no log: {share:.0%} of the sampled bytes are NUL or binary", hint="unpack it first")
    best, *others = candidates
    second = next((each for each in others if each.rate and not are_kin(best.format, each.format)), None)
    tried = f"best: {best.name}, {best.rate:.0%}" if best.rate else "none reads any"
    tried += f"; next: {second.name}, {second.rate:.0%}" if second else ""
    several = f", or several with --format 'NAME{MIXED}NAME'" if second else ""
    return SourceError(
        f"no format reads more than {THRESHOLD:.0%} of the sampled lines ({tried})", hint=FORCE + several
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
    failed_at: int | None = None  # column, from 1, where the line stops being of the format
    expected: str | None = None  # what should stand there
    runner_up: tuple[str, float] | None = None  # the best format of another kind, and its share


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
    second = chosen.runner_up
    shown = replace(
        Explanation(path.name, chosen.name, chosen.rate, rates, fields, warnings=chosen.warnings),
        runner_up=(second.name, second.rate) if second else None,
        hint=chosen.doubt or None,
    )
    if acquired.is_parquet:
        return shown
    reading = Reading(
        "", "", chosen.format, chosen.binding, Terms(_EXPLAINED_KEY), chosen.view.envelopes, others=chosen.others
    )
    events, rejects = _shown(texts(acquired.excerpt, chosen.format, chosen.view), reading)
    return replace(shown, first=events, rejected=rejects)


def _shown(lines: Sequence[str], reading: Reading) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """Return the first events and rejects of some records, without provenance."""
    parsed = parse_text(as_records(lines), reading)
    hidden = ["event_id", "log_file_sha256", "content_sha256", "log_line", "log_offset", "log_length"]
    events = parsed.events.head(_SHOWN).drop(hidden).to_dicts()
    rejects = parsed.rejects.head(_SHOWN).select("reason", "raw_masked").to_dicts()
    return tuple(events), tuple(rejects)


def explain_line(line: str) -> tuple[Explanation, ...]:
    """Return what every format makes of one line: its event, or why it is refused."""
    answers = []
    for form in FORMATS:
        try:
            events, rejects = _shown([line], Reading("", "", form, form.bind([line], {}), Terms(_EXPLAINED_KEY)))
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
