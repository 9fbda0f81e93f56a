"""One page for whoever decides: what happened, how sure, what is not known, and what is asked of the reader.

No account is named here: whoever decides on steps needs numbers and grounds, and names travel with a page.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from forensics.report import charts
from forensics.report.blocks import Block, Sentence, Text
from forensics.report.material import Material
from forensics.report.sections.base import Chapter
from forensics.report.sections.summary import how_much, impact, verdict
from forensics.report.sections.timeline import outages
from forensics.report.wording import counted, listed, words
from forensics.text import shorten

_TOLD = 2  # groups on one page
_WIDTH = 330  # characters of one statement of a finding
_FAMILIES = {
    "NET": "the networks used",
    "IDENT": "details on record",
    "CLIENT": "the programs used",
    "TEMPLATE": "the kinds of requests",
    "TIME": "timing",
    "TARGET": "what was asked for",
}
_NOT_KNOWN = (
    "Logs show accounts and addresses, not people: who sat at them, whether anybody ordered it and whether anybody "
    "meant its effects cannot be told from them."
)
_NOTHING = (
    "The records given show no group of accounts that acts as one beyond what chance explains. This is not a clean "
    "bill: what the records do not hold could not be seen."
)


def _write(material: Material) -> Iterator[Block]:
    told = material.shown[:_TOLD]
    yield _plain(Text((verdict(material),), lead=True))
    yield _plain(Text(tuple(_happened(material, told)), label="What happened"))
    activity = material.rows("charts/activity")
    if activity and len(told) == 1:  # with two groups the page is full
        yield charts.activity(activity, outages(material), material.compared, ())
    yield _plain(Text(tuple(_brief(said.text) for said in impact(material)[:1]), label="Effect on the service"))
    if tested := tuple(_statements(material)):
        yield Text(tested, label="What was said about it")
    yield _plain(Text(tuple(_how_sure(told)), label="How sure"))
    yield _plain(Text(tuple(_otherwise(material, told)), label="What else could explain it"))
    yield _plain(Text((Sentence(_NOT_KNOWN), *_missing(material)), label="What is not known"))
    yield _plain(Text(tuple(_asked(material)), label="What you are asked to decide"))


def _plain(text: Text) -> Text:
    """Return a paragraph without marks of exhibits: the analyst edition has them."""
    return replace(text, sentences=tuple(Sentence(said.text) for said in text.sentences))


def _brief(said: str) -> Sentence:
    """Return the first sentences of a statement, as many as fit."""
    first, *rest = said.split(". ")
    for sentence in rest:
        if len(first) + len(sentence) > _WIDTH:
            break
        first = f"{first}. {sentence}"
    return Sentence(f"{shorten(first, 2 * _WIDTH).removesuffix('.')}.")


def _happened(material: Material, told: tuple[Mapping[str, Any], ...]) -> Iterator[Sentence]:
    if not told:
        yield Sentence(_NOTHING)
    amounts = {row["cluster_id"]: row for row in material.rows("sections/materiality")}
    for cluster in told:
        pattern = f" in the pattern of a {words(cluster['campaign'])} campaign" if cluster["campaign"] else ""
        yield Sentence(
            f"From {material.clock.period(cluster['first_seen'], cluster['last_seen'])}, "
            f"{counted(cluster['size'], 'account')} were active that are judged to act as one{pattern} (group "
            f"{cluster['cluster_id']}, verdict {words(cluster['verdict'])})."
        )
        if cluster["cluster_id"] in amounts:
            yield how_much(material, amounts[cluster["cluster_id"]])
    if len(material.shown) > _TOLD:
        yield Sentence(f"{counted(len(material.shown) - _TOLD, 'further group')} in the analyst edition.")


def _how_sure(told: tuple[Mapping[str, Any], ...]) -> Iterator[Sentence]:
    """Yield likelihood and confidence, in sentences of their own."""
    for cluster in told:
        if cluster["likelihood"]:
            yield Sentence(
                f"That the accounts of {cluster['cluster_id']} act as one operator: {cluster['likelihood']}."
            )
        grounds = [_FAMILIES.get(family, family) for family in cluster["families"] or ()]
        yield Sentence(f"Confidence in this judgement: {cluster['confidence']}; it rests on {listed(grounds)}.")
    if not told:
        yield Sentence("No group, so no judgement to be sure of.")


def _otherwise(material: Material, told: tuple[Mapping[str, Any], ...]) -> Iterator[Sentence]:
    for cluster in told:
        rivals = [
            finding["alternative"]
            for finding in material.of_kind("attribution", "harvest", "distillation", "automation")
            if finding["cluster_id"] == cluster["cluster_id"] and finding["alternative"]
        ]
        if rivals:
            yield _brief(rivals[0])
    groups = counted(len(material.declined), "other group")
    if material.declined:
        yield Sentence(f"{groups} of accounts had an innocent explanation on record and did not become a ground.")
    elif not told:
        yield Sentence("No other group came near the line.")


def _statements(material: Material) -> Iterator[Sentence]:
    """Yield how the statements people made fared against the rows, in counts, and who made those that differ."""
    assessed = [finding for finding in material.of_kind("statement") if finding["assessed"]]
    results = Counter(str(_detail(finding).get("result")) for finding in assessed)
    if results:
        counts = listed([f"{number} {words(result)}" for result, number in sorted(results.items())])
        yield Sentence(f"{counted(len(assessed), 'statement')} compared with the rows: {counts}.")


def _reached(material: Material) -> Iterator[Sentence]:
    """Yield which steps the policy of the case opens, and how many accounts that are not linked a step would reach."""
    for finding in material.of_kind("action")[:_TOLD]:
        detail = _detail(finding)
        steps = [step for step in detail.get("ladder") or () if step.get("is_open")]
        if steps:
            named = listed([f"{words(step['step'])} ({step['accounts_not_linked']:,})" for step in steps])
            yield Sentence(
                f"Open by the policy of this case, with the accounts not linked that a step reaches: {named}."
            )


def _detail(finding: Mapping[str, Any]) -> dict[str, Any]:
    detail = json.loads(finding["detail"] or "{}")
    return detail if isinstance(detail, dict) else {}


def _missing(material: Material) -> Iterator[Sentence]:
    told_apart = {"attribution", "service_impact"}  # layers stand in the sentence before, impact has its own line
    missing = {finding["kind"] for finding in material.findings if not finding["assessed"]} - told_apart
    kinds = sorted(map(words, missing))
    if kinds:
        yield Sentence(f"Not assessed for want of data: {listed(kinds)}.")


def _asked(material: Material) -> Iterator[Sentence]:
    ready = sum(1 for flag in material.query("sections/accounts")["actionable"].to_pylist() if flag)
    if not ready:
        yield Sentence("1. Whether more logs or side tables are worth collecting; no account is ready for any step.")
        yield Sentence("2. Whether what started this inquiry still stands.")
        return
    are = "is" if ready == 1 else "are"
    yield Sentence(
        f"1. Who reviews the {counted(ready, 'account')} that {are} ready for a person's review, and by when."
    )
    yield Sentence("2. Whether to put three questions to the organization concerned first (counterparty edition).")
    yield Sentence(
        "3. Which step is proportionate if the review confirms: warn, throttle, suspend pending an answer, terminate. "
        "This report takes none, and recommends none before the review."
    )
    yield from _reached(material)


CHAPTERS = (
    Chapter("summary", "The decision in one page", "What happened, how sure is it, and what is asked of you?", _write),
)
