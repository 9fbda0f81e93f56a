"""Sources that no one format reads: what the first refuses goes to a second, and what that refuses to a third.

Only lines are mixed. A header that governs the lines behind it (W3C, Zeek) may only come first, where it is seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from forensics.errors import SourceError, UsageError
from forensics.ingest.acquire import Excerpt
from forensics.ingest.fit import GENERIC, SURE, Candidate, are_kin, fit, spoken, unread
from forensics.ingest.formats import FORMATS, KNOWN_REMARKS, MIXED, Binding, Family, LineFormat, Wishes
from forensics.ingest.formats.base import Read
from forensics.ingest.normalize import Terms
from forensics.ingest.parse import Reading, parse_text
from forensics.ingest.sampling import as_records
from forensics.ingest.views import View

_MOST = 3
_ASKED = ("request_line", "http_request_method", "url_original")  # one of them makes a line a request
_NO_KEY = bytes(32)  # looking at a source makes no id that any case holds
_WHOLE = (Family.DELIMITED, Family.PARQUET)  # a file is a table, or it is none


@dataclass(frozen=True)
class Mix:
    """Formats in turn, each bound to what those before it refuse, and the share of sampled lines they read."""

    members: tuple[tuple[LineFormat, Binding], ...]
    rate: float
    unbound: tuple[str, ...] = ()  # formats of which no line was sampled


def lifted(best: Candidate, excerpt: Excerpt, wishes: Wishes) -> Mix | None:
    """Return the formats that, line by line, read enough where the best one does not; None where they do not."""
    if best.binding is None or best.format.family in _WHOLE or best.view.shape:
        return None
    lines = spoken(best.format, best.view.lines)
    first = _of_requests(best.format)
    left = unread(first, best.binding, lines)
    members = [(first, best.binding)]
    while len(left) > (1 - SURE) * len(lines):
        if len(members) == _MOST:
            return None
        view = replace(best.view, lines=tuple(left))
        asked = [form for form in map(_of_requests, FORMATS) if not any(are_kin(form, member) for member, _ in members)]
        tried = [fit(form, excerpt, view, wishes) for form in asked if _may_follow(form)]
        found = max(tried, key=lambda each: (each.usable, each.rate, each.own))  # of equals the more specific one
        if not found.usable or found.binding is None:
            return None
        before, left = left, _left(found.format, found.binding, left)
        if len(left) == len(before):
            return None
        members.append((found.format, found.binding))
    return Mix(tuple(members), _share(left, lines)) if len(members) > 1 else None


def _of_requests(form: LineFormat) -> LineFormat:
    """Return a format that, where it reads anything with a time in it, takes lines that name a method or a target only.

    Beside a format of requests, any other line is the remark of a program.
    """
    return replace(form, read=partial(_read_requests, form.read), cut=None) if form.family == Family.JSON else form


def _read_requests(read: Read, text: pl.Series, binding: Binding) -> pl.DataFrame:
    logged = read(text, binding)
    named = [pl.col(name).is_not_null() for name in _ASKED if name in logged.columns]
    remark = pl.col("log_format").is_in(GENERIC) & ~pl.any_horizontal(*named, pl.lit(value=False))
    return logged.with_columns(
        pl.when(remark).then(None).otherwise("log_format").alias("log_format"),
        pl.when(remark).then(pl.lit("not_a_request")).otherwise("reason").alias("reason"),
    )


def _left(form: LineFormat, binding: Binding, lines: Sequence[str]) -> list[str]:
    """Return the lines that a format neither makes an event of nor, beside an event, knows for its own."""
    records = as_records(lines)
    parsed = parse_text(records, Reading("", "", form, binding, Terms(_NO_KEY)))
    known = parsed.rejects.filter(pl.col("reason").is_in(KNOWN_REMARKS))
    settled = parsed.frame["log_offset"]
    settled = pl.concat([settled, known["log_offset"]]) if len(settled) else settled
    return records.filter(~pl.col("log_offset").is_in(settled.implode()))["text"].to_list()


def told(forms: Sequence[LineFormat], excerpt: Excerpt, view: View, wishes: Wishes) -> Mix:
    """Return formats in the order they were asked for. Raise `SourceError` where no sampled line is of any."""
    lines = spoken(forms[0], view.lines)
    left, members, problems = list(lines), list[tuple[LineFormat, Binding]](), list[Candidate]()
    for form in forms:
        found = fit(form, excerpt, replace(view, lines=tuple(left or lines)), wishes)
        if found.binding is None:
            problems.append(found)
            continue
        members.append((form, found.binding))
        left = unread(form, found.binding, left) if left else left
    if not members:
        raise problems[0].problem or SourceError("no sampled line is of any of the formats")
    return Mix(tuple(members), _share(left, lines), tuple(each.format.name for each in problems))


def check(forms: Sequence[LineFormat]) -> None:
    """Raise `UsageError` for formats that cannot be read line by line."""
    if len(forms) > _MOST:
        raise UsageError(f"--format names {len(forms)} formats", hint=f"at most {_MOST} are tried line by line")
    for place, form in enumerate(forms[: len(forms) if len(forms) > 1 else 0]):
        if form.family in _WHOLE:
            raise UsageError(f"{form.name} cannot be mixed: a file is a table, or it is none", hint="name one format")
        if place and form.carry:
            names = MIXED.join((form.name, *(each.name for each in forms if each is not form)))
            raise UsageError(f"{form.name} has header lines: it comes first", hint=f"--format '{names}'")


def _may_follow(form: LineFormat) -> bool:
    return form.family not in _WHOLE and form.carry is None


def _share(left: Sequence[str], lines: Sequence[str]) -> float:
    return 1 - len(left) / max(1, len(lines))
