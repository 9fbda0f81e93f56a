"""Groups of accounts for whoever decides: many of them are told in numbers, and stay one page."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forensics.report.blocks import Sentence
from forensics.report.material import Material, under_review
from forensics.report.sections.method import LIKELIHOODS
from forensics.report.sections.summary import how_much
from forensics.report.wording import counted, listed, words

_SUMMED = ("requests", "response_bytes", "output_tokens")
FAMILIES = {
    "NET": "the networks used",
    "IDENT": "details on record",
    "CLIENT": "the programs used",
    "TEMPLATE": "the kinds of requests",
    "TIME": "timing",
    "TARGET": "what was asked for",
}
PATTERNS = {
    "harvest": "of numbered objects taken one after the other (harvest)",
    "distillation": "of a model's answers taken in bulk (distillation); what for, logs do not say",
    "load": "of load on the service",
    "automation": "of programs that ask without a rest (automation)",
}


def many(material: Material) -> Iterator[Sentence]:
    """Yield what many groups did, in numbers: each of them stands in the analyst edition."""
    found = material.coordinated
    if found:
        amounts = [row for row in material.rows("sections/materiality") if row["cluster_id"] in ids(found)]
        summed = {name: sum(row[name] or 0 for row in amounts) for name in _SUMMED}
        # objects of two groups can be the same ones: a sum would count them twice
        much = f": {how_much({**amounts[0], **summed, 'objects': None})}" if amounts else ""
        yield Sentence(f"From {_active(material, found)}, {_sized(found)} were active{much}.")
        for campaign, number in Counter(cluster["campaign"] for cluster in found if cluster["campaign"]).most_common():
            pattern = PATTERNS.get(campaign, f"of {words(campaign)}")
            yield Sentence(f"What {number:,} of them did has the pattern {pattern}.")
        tied = Counter(name for cluster_id, name in _tied(material) if cluster_id in ids(found))
        for name, number in sorted(tied.items()):
            yield Sentence(f"The records tie {number:,} of them to {name}; whether it directed them is not known.")
        if not tied:
            yield Sentence("The records tie none of them to an organization.")
    if leads := [cluster for cluster in under_review(material.clusters) if cluster not in found]:
        yield Sentence(f"Linked and undecided, leads for the analyst: {_sized(leads)}.")


def ids(clusters: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the names of groups."""
    return {cluster["cluster_id"] for cluster in clusters}


def _active(material: Material, clusters: Sequence[Mapping[str, Any]]) -> str:
    seen = [cluster[name] for cluster in clusters for name in ("first_seen", "last_seen") if cluster[name]]
    return material.clock.period(min(seen, default=None), max(seen, default=None))


def _sized(clusters: Sequence[Mapping[str, Any]]) -> str:
    sizes = [cluster["size"] for cluster in clusters]
    each = f"{min(sizes):,} to {max(sizes):,}" if min(sizes) < max(sizes) else f"{sizes[0]:,}"
    return f"{counted(len(sizes), 'group')} of {each} accounts ({sum(sizes):,} in all)"


def _tied(material: Material) -> Iterator[tuple[str, str]]:
    """Yield the groups that the records tie to an organization, with its name."""
    for finding in every(material, "attribution"):
        tie = detail(finding)
        if finding["subject"] == "L2" and tie.get("established"):
            yield finding["cluster_id"], str(tie.get("organization_name") or tie.get("organization_id"))


def every(material: Material, *kinds: str) -> list[Mapping[str, Any]]:
    """Return the findings of these kinds about every group, not only about those that the long report tells."""
    return [finding for finding in material.rows("findings") if finding["kind"] in kinds]


def how_sure_of_many(found: Sequence[Mapping[str, Any]]) -> Iterator[Sentence]:
    """Yield for how many groups each likelihood and each confidence was stated, and what all of them rest on."""
    likelihoods = Counter(cluster["likelihood"] for cluster in found if cluster["likelihood"])
    for likelihood, number in likelihoods.most_common():
        band = LIKELIHOODS.get(likelihood)
        said = f"{likelihood}{f' ({band})' if band else ''}, for {number:,} of {len(found):,} groups"
        yield Sentence(f"That the accounts of a group act as one operator: {said}.")
    for confidence, number in Counter(cluster["confidence"] for cluster in found).most_common():
        yield Sentence(f"Confidence in these judgements: {confidence}, for {number:,} of {len(found):,} groups.")
    everywhere = [
        words_of for family, words_of in FAMILIES.items() if all(family in (one["families"] or ()) for one in found)
    ]
    if everywhere:
        yield Sentence(f"All of them rest on {listed(everywhere)}.")


def detail(finding: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of a finding; none where they are no object."""
    numbers = json.loads(finding["detail"] or "{}")
    return numbers if isinstance(numbers, dict) else {}
