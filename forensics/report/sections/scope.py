"""What was read and what was not: sources with their balance, gaps, rejects, side tables."""

from collections.abc import Iterator
from dataclasses import replace

from forensics.report.blocks import Block, Column, Heading, Kind, Note, Sentence, Table, Text
from forensics.report.material import Material, code, integer, text
from forensics.report.sections.base import Chapter, findings
from forensics.report.wording import counted, share, words

_BALANCE = {
    "path": code("Source"),
    "log_format": text("Format"),
    "lines": integer("Lines"),
    "records": integer("Records"),
    "events": integer("Events"),
    "rejects": integer("Rejects"),
    "comments": integer("Comments"),
    "blanks": integer("Blanks"),
    "duplicates": integer("Duplicates"),
    "difference": integer("Difference"),
}
_COVERAGE = {
    "path": code("Source"),
    "first_timestamp": Column("First event", Kind.TIME),
    "last_timestamp": Column("Last event", Kind.TIME),
    "bytes_content": Column("Size", Kind.BYTES),
    "complete": Column("Complete", Kind.FLAG),
    "timezone": text("Time zone"),
    "log_file_sha256": code("SHA-256 of the file"),
}
_GAPS = {"from_time": Column("From", Kind.TIME), "to_time": Column("To", Kind.TIME), "hours": integer("Hours")}
_CLOCK = {
    "path": code("Source"),
    "out_of_order": integer("Events out of order"),
    "hours_back": integer("Hours with steps back over 60 s"),
    "largest_step_back_s": integer("Largest step back, s"),
    "hours_silent": integer("Silences of an hour or more"),
    "largest_gap_s": integer("Longest silence, s"),
    "zone_assumed": integer("Zone assumed"),
    "zone_ambiguous": integer("Zone ambiguous"),
}
_LONGEST = 12  # stretches without an event that are listed
_REJECTS = {
    "path": code("Source"),
    "reason": text("Reason"),
    "records": integer("Records"),
    "first_offset": integer("First at byte"),
}
_CONTEXT = {"name": text("Table"), "given": integer("Rows"), "used_for": text("Used for")}


def _write(material: Material) -> Iterator[Block]:
    yield _authority(material)
    yield Heading("Sources and completeness")
    sources = material.query("sections/scope")
    if not sources.num_rows:
        yield Note("Not assessed: no log source was read. Needs log files (forensics ingest SOURCE).")
    else:
        yield Text(tuple(_sums(material)))
        yield material.table(
            "Balance of each source: records = events + rejects + comments + blanks + duplicates",
            sources, _BALANCE, "log_files", full="log_files",
        )  # fmt: skip
        yield material.table("Period and integrity of each source", sources, _COVERAGE, "log_files", full="log_files")
        yield from _gaps(material)
        yield from _clock(material)
    rejects = material.query("sections/scope_rejects")
    if rejects.num_rows:
        yield material.table("Records that no format could read", rejects, _REJECTS, "rejects", full="rejects")
    yield Heading("Side tables")
    given = material.query("sections/scope_context")
    yield material.table("What was known besides the logs", given, _CONTEXT, *given["name"].to_pylist())
    yield Heading("Findings on scope")
    yield from findings(material, "scope", needs="events (forensics analyze)")


def _authority(material: Material) -> Table:
    """Return what the case is about, as its owner wrote it; an empty line is said to be empty."""
    case = material.settings.case
    lines = (
        ("Question", case.purpose),
        ("Trigger", case.trigger),
        ("Legal basis for processing", case.legal_basis),
        ("Retain until", case.retain_until),
    )
    rows = tuple((name, value or "not stated in case.toml") for name, value in lines)
    return Table("Question and authority, from case.toml", (Column("Item"), Column("As stated")), rows, total=len(rows))


def _sums(material: Material) -> Iterator[Sentence]:
    """Yield the totals: everything that went in and where it is now."""
    rows = material.rows("sections/scope")
    total = {name: sum(row[name] or 0 for row in rows) for name in ("records", "events", "rejects", "duplicates")}
    rejected = share(total["rejects"] / total["records"]) if total["records"] else "none"
    unbalanced = sum(1 for row in rows if row["difference"])
    damaged = sum(1 for row in rows if row["complete"] is False)
    yield material.say(
        f"{counted(len(rows), 'source')} with {counted(total['records'], 'record')}: "
        f"{counted(total['events'], 'event')}, {counted(total['rejects'], 'reject')} ({rejected}), "
        f"{counted(total['duplicates'], 'duplicate')}.",
        "log_files",
    )
    verdict = f"Out of balance: {counted(unbalanced, 'source')}." if unbalanced else "Every source balances."
    yield material.say(verdict, "log_files")
    if damaged:
        yield material.say(
            f"{counted(damaged, 'source')} truncated or damaged: what could be read was kept.", "log_files"
        )


def _gaps(material: Material) -> Iterator[Block]:
    """Yield the hours without any event, or that there are none."""
    gaps = material.query("sections/scope_gaps")
    if gaps.num_rows:
        hours = sum(gaps["hours"].to_pylist())
        said = (
            f"{counted(gaps.num_rows, 'stretch', 'stretches')} of {counted(hours, 'whole hour')} in all hold no event."
        )
        yield Text((material.say(said, "requests"),))
        caption = "Whole hours (UTC) without any event, between the first and the last: the longest stretches"
        yield replace(material.table(caption, gaps.slice(0, _LONGEST), _GAPS, "requests"), total=gaps.num_rows)
    elif material.query("charts/activity").num_rows:
        said = "No whole hour between the first and the last event is without an event."
        yield Text((material.say(said, "requests"),))
    else:
        yield Note("Not assessed: gaps in coverage. Needs analyzed events (forensics analyze).")
    absent = [words(row["name"]) for row in material.rows("sections/scope_context") if not row["given"]]
    if absent:
        yield Note(f"Not assessed for want of a side table: {', '.join(absent)}.")


def _clock(material: Material) -> Iterator[Block]:
    """Yield the sources whose times cannot be taken as they are, or that there are none."""
    odd = material.query("sections/scope_clock")
    if odd.num_rows:
        caption = "Sources whose clock steps back over 60 s, is silent for an hour, or has no certain zone"
        yield material.table(caption, odd, _CLOCK, "log_hours")
    yield Note(
        "Not assessed: whether the clocks of two servers differ. The steps and silences above are of one file each; "
        "no request that two logs share tells their skew."
    )


CHAPTER = Chapter("scope", "Scope and completeness", "What was read, what was not, and does it add up?", _write)
