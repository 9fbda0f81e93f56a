"""For the organization whose accounts they are: what its own inquiry needs, and nothing of anybody else."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from forensics.report import charts
from forensics.report.blocks import Block, Column, Finding, Kind, Note, Sentence, Table, Text
from forensics.report.material import Material, code, integer, text
from forensics.report.sections.base import Chapter, told
from forensics.report.wording import count, counted, size, words

_FEWEST = 5  # a smaller number of other people's accounts is not told
_ACCOUNTS = {
    "user_id": code("Account"),
    "cluster_id": code("Group"),
    "created_at": Column("Signed up", Kind.TIME),
    "first_seen": Column("First request", Kind.TIME),
    "last_seen": Column("Last request", Kind.TIME),
    "events": integer("Requests"),
    "objects": integer("Objects"),
    "errors": integer("Answered with an error"),
    "response_bytes": Column("Volume", Kind.BYTES),
    "peak_minute": integer("Most requests in a minute"),
}
_DAYS = {
    "day": text("Day (UTC)"),
    "accounts": integer("Accounts"),
    "requests": integer("Requests"),
    "response_bytes": Column("Volume", Kind.BYTES),
    "first_request": Column("First request", Kind.TIME),
    "last_request": Column("Last request", Kind.TIME),
}
_RANGES = {
    "source_range": code("Range"),
    "accounts": integer("Your accounts"),
    "addresses": integer("Addresses in it"),
    "requests": integer("Requests"),
    "first_seen": Column("First request", Kind.TIME),
    "last_seen": Column("Last request", Kind.TIME),
}
_LINES = {
    "exhibit_id": code("Exhibit"),
    "user_id": code("Account"),
    "timestamp": Column("Time", Kind.TIME),
    "content_sha256": code("SHA-256 of the log (decompressed)"),
    "log_offset": integer("Offset"),
    "log_length": integer("Length"),
    "line_sha256": code("SHA-256 of the line"),
}
_QUESTIONS = (
    "1. Who used these accounts in this period: which person, team, contractor or program, and from which systems?",
    "2. What was obtained, what was it used for, where is it now, and who else holds it?",
    (
        "3. What speaks for another explanation: a stolen key or session, a shared exit, an evaluation, an archive of "
        "your own content? Which of your own records show it?"
    ),
)
_ANSWER = (
    ("Answer to (name, address)", "to be filled in by a person"),
    ("Answer by (date)", "to be filled in by a person"),
    ("How to object to this inquiry", "to be filled in by a person"),
)
_LIMITS = (
    (
        "That accounts act together does not say who sat at them, who ordered it or what was meant: none of that is "
        "stated here, and none of it can be told from logs."
    ),
    "Rows about other customers, how accounts are compared, and thresholds are left out of this copy.",
    "Addresses are told by range; an address inside a text is replaced by another one under a key of this copy.",
    "A range that your accounts used may be used by others too.",
)


def _summary(material: Material) -> Iterator[Block]:
    rows = material.query("sections/disclosed_accounts").to_pylist()
    requests, volume = sum(row["events"] for row in rows), sum(row["response_bytes"] or 0 for row in rows)
    first, last = min(row["first_seen"] for row in rows), max(row["last_seen"] for row in rows)
    yield Text(
        (
            Sentence(
                f"{counted(len(rows), 'account')} of yours belong to groups of accounts that we ask you to look into. "
                "This document asks; it takes no step and announces none."
            ),
        ),
        lead=True,
    )
    yield Text((Sentence(f"{material.clock.period(first, last)}."),), label="When")
    yield Text((Sentence(f"{counted(requests, 'request')} and {size(volume)} sent in answer."),), label="How much")
    yield Text(tuple(_judged(cluster, rows) for cluster in material.clusters), label="What we see")
    yield Text(tuple(_sure(material.clusters)), label="How sure we are")
    yield Text(tuple(map(Sentence, _QUESTIONS)), label="Three questions")
    yield Table("For the answer", (text("What"), text("Entry")), _ANSWER, total=len(_ANSWER))


def _judged(cluster: Mapping[str, Any], rows: list[dict[str, Any]]) -> Sentence:
    own = sum(1 for row in rows if row["cluster_id"] == cluster["cluster_id"])
    others = cluster["size"] - own
    with_others = f", with {'fewer than 5' if others < _FEWEST else count(others)} accounts of others" if others else ""
    campaign = f", with the pattern of {words(cluster['campaign'])}" if cluster["campaign"] else ""
    return Sentence(
        f"Group {cluster['cluster_id']}: {counted(own, 'account')} of yours{with_others}{campaign}; "
        f"verdict {words(cluster['verdict'])}."
    )


def _sure(clusters: tuple[Mapping[str, Any], ...]) -> Iterator[Sentence]:
    for cluster in clusters:
        if cluster["likelihood"]:
            yield Sentence(f"That the accounts of {cluster['cluster_id']} act as one: {cluster['likelihood']}.")
        yield Sentence(f"Confidence in this judgement: {cluster['confidence']}.")


def _accounts(material: Material) -> Iterator[Block]:
    accounts = material.query("sections/disclosed_accounts")
    yield material.table("Your accounts in these groups", accounts, _ACCOUNTS)
    yield material.table("What they did day by day", material.query("sections/disclosed_days"), _DAYS)
    raster = material.rows("charts/raster")
    if raster:
        yield charts.raster(raster, ())
    yield from _stated(material)
    yield from _explanations(material)


def _stated(material: Material) -> Iterator[Block]:
    """Yield the statements about what these accounts did; the numbers behind them count others as well."""
    stated = [finding for finding in material.findings if finding["kind"] != "alternative"]
    for finding in stated:
        blocks = (block for block in told(material, finding) if isinstance(block, Finding))
        yield from (replace(block, numbers=(), cites=()) for block in blocks)
    if not stated:
        yield Note("No statement about these groups is told: they hold accounts of others too, or none was made.")


def _explanations(material: Material) -> Iterator[Block]:
    """Yield the innocent explanations that were weighed, and what would settle each: what an answer can bring."""
    weighed = {
        (str(one.get("text") or words(one["hypothesis"])), str(one.get("missing") or ""))
        for finding in material.of_kind("alternative")
        for one in json.loads(finding["detail"] or "{}").get("hypotheses") or ()
        if one.get("text") or one.get("hypothesis")
    }
    if weighed:
        columns = (text("Explanation"), text("What would settle it"))
        yield Table("Innocent explanations that were weighed", columns, tuple(sorted(weighed)), total=len(weighed))


def _ranges(material: Material) -> Iterator[Block]:
    used = material.query("sections/disclosed_ranges")
    if used.num_rows:
        yield material.table("Ranges that these accounts came from", used, _RANGES)
    else:
        yield Note("Not assessed: the logs of these requests hold no address.")


def _lines(material: Material) -> Iterator[Block]:
    yield Text((Sentence(
        "Each line below can be shown to you alone and proved to stand in the sealed log, without the rest of it: ask "
        "for the evidence package of this edition."
    ),))  # fmt: skip
    lines = material.query("sections/disclosed_lines")
    if lines.num_rows:
        yield material.table("Cited requests of these accounts", lines, _LINES)
    else:
        yield Note("No line of these accounts is cited.")
    yield Text(tuple(map(Sentence, _LIMITS)), points=True)


CHAPTERS = (
    Chapter("summary", "What this is about", "Which accounts, what do we see, and what do we ask?", _summary),
    Chapter("accounts", "Your accounts", "What did each of them do, and when?", _accounts),
    Chapter("ranges", "Where they came from", "From which ranges, in your time?", _ranges),
    Chapter("lines", "How to check it", "Which lines stand behind this, and what does this copy not say?", _lines),
)
