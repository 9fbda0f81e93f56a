"""One page for whoever decides: what happened, how sure, what is not known, and what is asked of the reader.

No account is named here: whoever decides on steps needs numbers and grounds, and names travel with a page.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from forensics.model import Verdict
from forensics.report import charts
from forensics.report.blocks import Block, Sentence, Text
from forensics.report.material import Material, under_review
from forensics.report.sections.base import Chapter
from forensics.report.sections.groups import FAMILIES, PATTERNS, detail, every, how_sure_of_many, ids, many
from forensics.report.sections.method import LIKELIHOODS
from forensics.report.sections.summary import how_much, impact, verdict
from forensics.report.sections.timeline import outages
from forensics.report.wording import counted, listed, share, words
from forensics.text import shorten

_TOLD = 2  # groups told one by one; more of them are told in numbers, or the page would be two
_WIDTH = 330  # characters of one statement of a finding
_QUOTE = 120  # characters of what somebody said
_QUOTED = 2
_NOT_KNOWN = (
    "Logs show accounts and addresses, not people: who sat at them, whether anybody ordered it and whether anybody "
    "meant its effects cannot be told from them."
)
_NOTHING = (
    "The records given show no group of accounts that acts as one beyond what chance explains. This is not a clean "
    "bill: what the records do not hold could not be seen."
)


def _write(material: Material) -> Iterator[Block]:
    groups = under_review(material.clusters)
    told = groups if len(groups) <= _TOLD else ()
    yield Text((_answer(material),), lead=True)
    yield Text(tuple(_happened(material, told) if told or not groups else many(material)), label="What happened")
    yield Text(tuple(_how_sure(material, told)), label="How sure")
    yield Text(tuple(_asked(material)), label="What you are asked to decide")
    activity = material.rows("charts/activity")
    if activity and groups and len(told) < _TOLD:  # with two groups told the page is full
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
    step = "This report takes no step: it is for people to review, not a ban list."
    who = counted(accounts, "account")
    if len(found) == 1:
        return Sentence(f"{who} judged to act as one operator{part or ' were found'}. {step}")
    return Sentence(
        f"{who} in {len(found):,} groups{part or ' were found'}. Each group is judged to act as one operator; whether "
        f"groups belong together is not known. {step}"
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
        if cluster["verdict"] == Verdict.UNDECIDED:
            yield Sentence(f"They are a lead, not for action: {cluster['reason']}.")
        if cluster["campaign"]:
            pattern = PATTERNS.get(cluster["campaign"], f"of {words(cluster['campaign'])}")
            yield Sentence(f"What they did has the pattern {pattern}.")
        yield from _whose(material, cluster)


def _whose(material: Material, cluster: Mapping[str, Any]) -> Iterator[Sentence]:
    """Yield which organization the records tie a group to, and how many of its other accounts have no part."""
    about = {
        finding["subject"]: detail(finding)
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
    if material.coordinated and not told:
        yield from how_sure_of_many(material.coordinated)
    for cluster in told:
        of = f" of {cluster['cluster_id']}" if len(told) > 1 else ""
        if cluster["likelihood"]:
            band = LIKELIHOODS.get(cluster["likelihood"])
            yield Sentence(
                f"That these accounts{of} act as one operator: {cluster['likelihood']}{f' ({band})' if band else ''}."
            )
        grounds = [FAMILIES.get(family, family) for family in cluster["families"] or ()]
        yield Sentence(f"Confidence in this judgement: {cluster['confidence']}; it rests on {listed(grounds)}.")
    ties = {
        finding["confidence"]
        for finding in every(material, "attribution")
        if finding["subject"] == "L2" and detail(finding).get("established")
    }
    if len(ties) == 1:
        yield Sentence(f"Confidence that the organization is the right one: {ties.pop()}.")
    if not under_review(material.clusters):
        yield Sentence("No group was judged, so there is no likelihood to state. Careful groups can be missed.")


def _otherwise(material: Material, told: tuple[Mapping[str, Any], ...]) -> Iterator[Sentence]:
    kinds = ("attribution", "harvest", "distillation", "automation")
    about = [ids((cluster,)) for cluster in told] or [ids(material.coordinated)]
    said: dict[str, None] = {}  # in order; what explains two groups is said once
    for group in about:
        rivals = Counter(
            finding["alternative"]
            for finding in every(material, *kinds)
            if finding["cluster_id"] in group and finding["alternative"]
        )
        # of one group in the order of its findings; of many the most frequent first
        said |= dict.fromkeys(rival for rival, _ in rivals.most_common(3 - len(told)))
    yield from map(_brief, said)
    groups = counted(len(material.declined), "other group")
    if material.declined:
        yield Sentence(f"{groups} of accounts had an innocent explanation on record and did not become a ground.")
    elif not under_review(material.clusters):
        yield Sentence("No other group came near the line.")


def _statements(material: Material) -> Iterator[Sentence]:
    """Yield how the statements people made fared against the rows, in counts, and the words that do not stand."""
    assessed = [detail(finding) for finding in material.of_kind("statement") if finding["assessed"]]
    results = Counter(str(one.get("result")) for one in assessed)
    if results:
        counts = listed([f"{number} {words(result)}" for result, number in sorted(results.items())])
        yield Sentence(f"{counted(len(assessed), 'statement')} compared with the rows: {counts}.")
    said = {row["statement_id"]: row for row in material.rows("sections/statements")}
    against = [said.get(one.get("statement_id")) for one in assessed if one.get("result") == "contradicted"]
    quotes = [row for row in against if row and row["verbatim"]][:_QUOTED]
    for row in quotes:
        words_of = shorten(row["verbatim"], _QUOTE)
        yield Sentence(f"Contradicted: “{words_of}” ({shorten(row['source'] or 'source not on record', _QUOTE)}).")


def _reached(material: Material) -> Iterator[Sentence]:
    """Yield which steps the policy of the case opens, and how many accounts that nothing links each would also hit."""
    groups = material.coordinated or under_review(material.clusters)
    open_to: Counter[str] = Counter()
    about = ids(groups)
    for finding in (one for one in every(material, "action") if one["cluster_id"] in about):
        steps = [step for step in detail(finding).get("ladder") or () if step.get("is_open")]
        by_reach: dict[int, list[str]] = {}
        for step in steps:
            by_reach.setdefault(step["accounts_not_linked"], []).append(words(step["step"]))
        parts = [f"{listed(names)} ({_others(others)})" for others, names in by_reach.items()]
        if parts:
            open_to["; ".join(parts)] += 1
    for parts_of, number in open_to.most_common(_TOLD):
        whose = f" for {number:,} of {len(groups):,} groups" if len(groups) > 1 else ""
        yield Sentence(f"Open under the policy of this case{whose}: {parts_of}.")


def _others(count: int) -> str:
    return f"would also hit {counted(count, 'account')} that nothing links" if count else "no other account is hit"


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
    if any(cluster["organization_id"] for cluster in under_review(material.clusters)):
        ask = "Whether to ask the organization concerned first: three questions stand ready (counterparty edition)."
    else:
        ask = "Whether records that could name an organization are worth collecting: these name none to ask."
    yield Sentence(f"2. {ask}")
    yield Sentence("3. Which step is proportionate if the review confirms. None is recommended before it.")
    yield from _reached(material)


CHAPTERS = (
    Chapter("summary", "The decision in one page", "What happened, how sure is it, and what is asked of you?", _write),
)
