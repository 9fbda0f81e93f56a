"""One page for whoever decides: what happened, how sure, what is not known, and what is asked of the reader.

No account is named here: whoever decides on steps needs numbers and grounds, and names travel with a page.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.report import charts
from forensics.report.blocks import Block, Sentence, Text
from forensics.report.material import Material
from forensics.report.sections.base import Chapter
from forensics.report.sections.method import LIKELIHOODS
from forensics.report.sections.summary import how_much, impact, verdict
from forensics.report.sections.timeline import outages
from forensics.report.wording import counted, listed, share, words
from forensics.text import shorten

_TOLD = 2  # groups on one page
_WIDTH = 330  # characters of one statement of a finding
_QUOTE = 120  # characters of what somebody said
_QUOTED = 2
_FAMILIES = {
    "NET": "the networks used",
    "IDENT": "details on record",
    "CLIENT": "the programs used",
    "TEMPLATE": "the kinds of requests",
    "TIME": "timing",
    "TARGET": "what was asked for",
}
_PATTERNS = {
    "harvest": "of numbered objects taken one after the other (harvest)",
    "distillation": "of a model's answers taken in bulk (distillation); what for, logs do not say",
    "load": "of load on the service",
    "automation": "of programs that ask without a rest (automation)",
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
    yield Text((_answer(material),), lead=True)
    yield Text(tuple(_happened(material, told)), label="What happened")
    yield Text(tuple(_how_sure(material, told)), label="How sure")
    yield Text(tuple(_asked(material)), label="What you are asked to decide")
    activity = material.rows("charts/activity")
    if activity and len(told) == 1:  # with two groups the page is full
        yield charts.activity(activity, outages(material), material.compared, ())
    yield Text(tuple(_brief(said.text) for said in impact(material)[:1]), label="Effect on the service")
    if tested := tuple(_statements(material)):
        yield Text(tested, label="What was said about it")
    yield Text(tuple(_otherwise(material, told)), label="What else could explain it")
    yield Text((Sentence(_NOT_KNOWN), *_missing(material)), label="What is not known")


def _answer(material: Material) -> Sentence:
    """Return the page in one breath: how many accounts, how much, and that nothing was done yet."""
    found = material.coordinated
    if not found:
        return Sentence(verdict(material).text)
    accounts = sum(cluster["size"] for cluster in found)
    amounts = {row["cluster_id"]: row for row in material.rows("sections/materiality")}
    rows = [amounts[cluster["cluster_id"]] for cluster in found if cluster["cluster_id"] in amounts]
    part = (
        f" made {share(sum(row['requests'] for row in rows) / rows[0]['all_requests'])} of all requests" if rows else ""
    )
    groups = "one operator" if len(found) == 1 else f"{len(found):,} operators, one for each group,"
    return Sentence(
        f"{counted(accounts, 'account')} judged to act as {groups}{part or ' were found'}. This report takes no step: "
        "it is for people to review, not a ban list."
    )


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
        who = f"the {counted(cluster['size'], 'account')} of group {cluster['cluster_id']}"
        amount = f": {how_much(amounts[cluster['cluster_id']])}" if cluster["cluster_id"] in amounts else ""
        yield Sentence(
            f"From {material.clock.period(cluster['first_seen'], cluster['last_seen'])}, {who} were active{amount}."
        )
        if cluster["campaign"]:
            pattern = _PATTERNS.get(cluster["campaign"], f"of a {words(cluster['campaign'])} campaign")
            yield Sentence(f"What they did has the pattern {pattern}.")
        yield from _whose(material, cluster)
    if len(material.shown) > _TOLD:
        yield Sentence(f"{counted(len(material.shown) - _TOLD, 'further group')} in the analyst edition.")


def _whose(material: Material, cluster: Mapping[str, Any]) -> Iterator[Sentence]:
    """Yield which organization the records tie a group to, and how many of its other accounts have no part."""
    about = {
        finding["subject"]: _detail(finding)
        for finding in material.of_kind("attribution")
        if finding["cluster_id"] == cluster["cluster_id"] and finding["assessed"]
    }
    tied, others = about.get("L2") or {}, about.get("colleagues") or {}
    if tied.get("established"):
        name = tied.get("organization_name") or tied.get("organization_id")
        grounds = tied.get("grounds") or []
        said = f"The records tie them to {name} on {counted(len(grounds), 'independent ground')} ({listed(grounds)})"
        count = others.get("colleagues")
        rest = f"; nothing found here speaks of its {counted(count, 'other account')}" if count else ""
        yield Sentence(f"{said}{rest}. Whether it directed them is not known.")


def _how_sure(material: Material, told: tuple[Mapping[str, Any], ...]) -> Iterator[Sentence]:
    """Yield likelihood and confidence, in sentences of their own."""
    for cluster in told:
        of = f" of {cluster['cluster_id']}" if len(told) > 1 else ""
        if cluster["likelihood"]:
            band = LIKELIHOODS.get(cluster["likelihood"])
            yield Sentence(
                f"That these accounts{of} act as one operator: {cluster['likelihood']}{f' ({band})' if band else ''}."
            )
        grounds = [_FAMILIES.get(family, family) for family in cluster["families"] or ()]
        yield Sentence(f"Confidence in this judgement: {cluster['confidence']}; it rests on {listed(grounds)}.")
    ties = {
        finding["confidence"]
        for finding in material.of_kind("attribution")
        if finding["subject"] == "L2" and _detail(finding).get("established")
    }
    if len(ties) == 1:
        yield Sentence(f"Confidence that the organization is the right one: {ties.pop()}.")
    if not told:
        yield Sentence("No group was judged, so there is no likelihood to state. Careful groups can be missed.")


def _otherwise(material: Material, told: tuple[Mapping[str, Any], ...]) -> Iterator[Sentence]:
    kinds = ("attribution", "harvest", "distillation", "automation")
    for cluster in told:
        rivals = [
            finding["alternative"]
            for finding in material.of_kind(*kinds)
            if finding["cluster_id"] == cluster["cluster_id"] and finding["alternative"]
        ]
        yield from (_brief(rival) for rival in list(dict.fromkeys(rivals))[: 3 - len(told)])
    groups = counted(len(material.declined), "other group")
    if material.declined:
        yield Sentence(f"{groups} of accounts had an innocent explanation on record and did not become a ground.")
    elif not told:
        yield Sentence("No other group came near the line.")


def _statements(material: Material) -> Iterator[Sentence]:
    """Yield how the statements people made fared against the rows, in counts, and the words that do not stand."""
    assessed = [_detail(finding) for finding in material.of_kind("statement") if finding["assessed"]]
    results = Counter(str(detail.get("result")) for detail in assessed)
    if results:
        counts = listed([f"{number} {words(result)}" for result, number in sorted(results.items())])
        yield Sentence(f"{counted(len(assessed), 'statement')} compared with the rows: {counts}.")
    said = {row["statement_id"]: row for row in material.rows("sections/statements")}
    against = [said.get(detail.get("statement_id")) for detail in assessed if detail.get("result") == "contradicted"]
    quotes = [row for row in against if row and row["verbatim"]][:_QUOTED]
    for row in quotes:
        words_of = shorten(row["verbatim"], _QUOTE)
        yield Sentence(f"Contradicted: “{words_of}” ({shorten(row['source'] or 'source not on record', _QUOTE)}).")


def _reached(material: Material) -> Iterator[Sentence]:
    """Yield which steps the policy of the case opens, and how many accounts that nothing links each would also hit."""
    for finding in material.of_kind("action")[:_TOLD]:
        steps = [step for step in _detail(finding).get("ladder") or () if step.get("is_open")]
        by_reach: dict[int, list[str]] = {}
        for step in steps:
            by_reach.setdefault(step["accounts_not_linked"], []).append(words(step["step"]))
        parts = [f"{listed(names)} ({_others(others)})" for others, names in by_reach.items()]
        if parts:
            yield Sentence(f"Open under the policy of this case: {'; '.join(parts)}.")


def _others(count: int) -> str:
    return f"would also hit {counted(count, 'account')} that nothing links" if count else "no other account is hit"


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
    yield Sentence(
        "2. Whether to ask the organization concerned first: three questions stand ready (counterparty edition)."
    )
    yield Sentence("3. Which step is proportionate if the review confirms. None is recommended before it.")
    yield from _reached(material)


CHAPTERS = (
    Chapter("summary", "The decision in one page", "What happened, how sure is it, and what is asked of you?", _write),
)
