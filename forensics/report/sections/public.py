"""For everybody: groups in rounded numbers, pseudonyms, how sure, what else it could be. Nobody is named."""

import re
from collections.abc import Iterator

from forensics.report.blocks import Block, Column, Kind, Note, Sentence, Text
from forensics.report.material import Material, code, text
from forensics.report.sections.base import Chapter
from forensics.report.sections.method import words_of_likelihood
from forensics.report.wording import words

_COUNT = re.compile(r"(?<![\w.,:-])(?:\d{1,3}(?:,\d{3})+|\d{3,})(?![\w:-]|[.,]\d)")
_GROUPS = {
    "cluster_id": code("Group"),
    "accounts_about": text("Accounts, about"),
    "requests_about": text("Requests, about"),
    "ranges_about": text("Networks, about"),
    "first_day": Column("From", Kind.TIME),
    "last_day": Column("To", Kind.TIME),
    "campaign": text("Pattern"),
    "likelihood": text("That they act as one"),
    "confidence": text("Confidence"),
}
_TOLD = 3  # groups in the summary; section 2 has all of them
_MEMBERS = {
    "account": code("Account (pseudonym)"),
    "cluster_id": code("Group"),
    "first_day": Column("From", Kind.TIME),
    "last_day": Column("To", Kind.TIME),
    "requests_about": text("Requests, about"),
}
_METHOD = (
    (
        "Accounts are compared by several kinds of evidence that were fixed before looking; two are linked only where "
        "behavior and something else agree beyond what chance explains for any pair of strangers."
    ),
    "A shared address, company or program alone never links anybody.",
    "Working hours, holidays and language were not used as grounds.",
    "This tool takes no decision about the accounts named here by pseudonyms: a person does.",
)
_LIMITS = (
    (
        "Logs show accounts and addresses, not people. Who sat at an account, who ordered it and what was meant is "
        "not stated here, because logs cannot tell."
    ),
    "Activity through other services leaves no trace in these records.",
    "Numbers are rounded to two figures; numbers of accounts below five are not told; addresses are left out.",
)


def _summary(material: Material) -> Iterator[Block]:
    groups = material.query("sections/public_groups").to_pylist()
    if not groups:
        yield Text(
            (Sentence("No group of accounts passes the declared error rate. This is not a clean bill."),), lead=True
        )
        return
    many = "One group of accounts is" if len(groups) == 1 else "Several groups of accounts are"
    said = f"{many} judged to act as one: a judgement for a person to review, not a step against anybody."
    yield Text((Sentence(said),), lead=True)
    yield Text(
        tuple(
            Sentence(
                f"{row['cluster_id']}: {row['accounts_about']} accounts, about {row['requests_about']} requests, "
                f"{row['first_day']} to {row['last_day']}"
                f"{', with the pattern of ' + words(row['campaign']) if row['campaign'] else ''}."
            )
            for row in groups[:_TOLD]
        )
        + _further(groups),
        label="What happened",
    )
    yield Text(tuple(_sure(groups)), label="How sure")
    yield Text((Sentence(_LIMITS[0]),), label="What is not known")


def _further(groups: list[dict[str, str]]) -> tuple[Sentence, ...]:
    return (Sentence(f"{len(groups) - _TOLD:,} further in section 2."),) if len(groups) > _TOLD else ()


def _sure(groups: list[dict[str, str]]) -> Iterator[Sentence]:
    judged = {(row["likelihood"], row["confidence"]) for row in groups}
    if len(groups) > _TOLD and len(judged) == 1:
        likelihood, confidence = judged.pop()
        if likelihood:
            yield Sentence(f"That the accounts of a group act as one: {likelihood}, for each of these groups.")
        yield Sentence(f"Confidence in these judgements: {confidence}.")
        return
    for row in groups:
        if row["likelihood"]:
            yield Sentence(f"That the accounts of {row['cluster_id']} act as one: {row['likelihood']}.")
        yield Sentence(f"Confidence in this judgement: {row['confidence']}.")


def _groups(material: Material) -> Iterator[Block]:
    groups = material.query("sections/public_groups")
    if not groups.num_rows:
        yield Note("No group to tell of.")
        return
    yield material.table("Groups, in rounded numbers", groups, _GROUPS)
    members = material.query("sections/public_accounts")
    if members.num_rows:
        yield material.table("Accounts of these groups, under pseudonyms", members, _MEMBERS)
    rivals = sorted({rounded(str(finding["alternative"])) for finding in material.findings if finding["alternative"]})
    if rivals:
        yield Text(tuple(map(Sentence, rivals)), points=True, label="What else it could be")


def rounded(said: str) -> str:
    """Return a text with its counts of three digits and more rounded to two figures.

    >>> rounded("22,571 of 30,001 requests since 2026-03-07")
    '23,000 of 30,000 requests since 2026-03-07'
    """
    return _COUNT.sub(lambda match: f"{_two_figures(int(match[0].replace(',', ''))):,}", said)


def _two_figures(value: int) -> int:
    unit: int = 10 ** max(0, len(str(value)) - 2)
    return (value + unit // 2) // unit * unit


def _method(_: Material) -> Iterator[Block]:
    yield Text(tuple(map(Sentence, _METHOD)), points=True)
    yield Text(tuple(map(Sentence, _LIMITS)), points=True)
    yield words_of_likelihood()


CHAPTERS = (
    Chapter("summary", "Summary", "What happened, and how sure is it?", _summary),
    Chapter("groups", "The groups", "How large, when, and what else could it be?", _groups),
    Chapter("method", "How it was done", "How were accounts compared, and what does this not say?", _method),
)
