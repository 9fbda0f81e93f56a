"""Alternatives: the innocent explanations of each cluster, weighed by rows, with what is missing to tell."""

from typing import Any

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.hypotheses import HYPOTHESES, best, weighed
from forensics.analyze.findings.kind import Kind, Row, Use, numbers
from forensics.analyze.findings.phrases import counted, listed, sentences
from forensics.model import Confidence, Sentence, Severity


def _say(row: Row) -> Sentence:
    found = weighed(row)
    favored = [_plain(one) for one in found if one["for"]]
    unsupported = sum(not one["for"] and not one["against"] for one in found)
    strongest = best(row)
    return Sentence(
        sentences(
            f"{counted(len(HYPOTHESES), 'innocent explanation')} for the {counted(row['accounts'], 'account')}"
            " were weighed.",
            f"Rows speak for {len(favored)} of them: {listed(favored)}."
            if favored
            else "No row speaks for any of them.",
            f"For {unsupported} of them these tables hold no row either way." if unsupported else None,
            "None is excluded by rows alone.",
        ),
        alternative=sentences(strongest["text"], strongest["for"]),
        severity=Severity.INFO,
        confidence=Confidence.LOW,
    )


def _plain(one: dict[str, str]) -> str:
    return one["hypothesis"].replace("_", " ")


def _detail(row: Row) -> dict[str, Any]:
    return {**numbers(row), "hypotheses": weighed(row), "best": best(row)["hypothesis"]}


ALTERNATIVE = Kind(
    id="alternative",
    question="What is the strongest innocent explanation, and what would change our mind?",
    needs={},
    rule=(
        "Ten explanations fixed in advance, each with what speaks for it, against it, and what is missing. The best is"
        " one with rows for it and none against it, else one with rows for it."
    ),
    cannot_show="Contracts, ownership of content, staff lists and the customer's own account of what happened.",
    innocent="That is what this kind is for.",
    exhibits="First and last request; the first from a new network.",
    say=_say,
    detail=_detail,
    uses=(
        Use("accounts", "channels and organization"),
        Use("ip_ranges", "which networks are shared by many"),
        OTHER_NAMES,
    ),
)
