"""The page everybody reads: verdict first, then what, who, how much, when, to what effect, how sure, what is open."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forensics.model import Verdict
from forensics.report.blocks import Block, Sentence, Text
from forensics.report.material import UNDER_REVIEW, Material, only
from forensics.report.sections.base import Chapter, basis
from forensics.report.wording import count, counted, listed, number, share, size, words
from forensics.text import shorten

_TOLD = 3  # clusters on this page
_NAMED = 6  # accounts named per cluster
_NAME_WIDTH = 48
_CITED = 3  # exhibits of one sentence here
NOT_KNOWN = (
    "Whether an organization directed the activity (L3) and whether anybody meant its effects (L4) cannot be told "
    "from logs."
)


def _write(material: Material) -> Iterator[Block]:
    yield Text((verdict(material),), lead=True)
    if not material.shown:
        yield from _nothing_found(material)
        return
    sizes = {row["cluster_id"]: row for row in material.rows("sections/materiality")}
    told = material.shown[:_TOLD]
    yield Text((*(_what(material, cluster) for cluster in told), *_further(material)), label="What was found")
    yield Text(tuple(_who(material, cluster) for cluster in told), label="By which accounts")
    names = [cluster["cluster_id"] for cluster in told if cluster["cluster_id"] in sizes]
    amounts = [material.say(f"{name}: {how_much(sizes[name])}.", "requests") for name in names]
    yield Text(tuple(amounts) or (Sentence("No request of these accounts is in the tables."),), label="How much")
    yield Text(tuple(_when(material, cluster) for cluster in told), label="When")
    yield Text(impact(material), label="Effect on the service")
    yield Text(tuple(sure(material, told)), label="How sure")
    yield Text(_open_questions(material), label="What is not known")
    yield Text(_declined(material), label="Looked at and declined")
    yield Text(_decide(material), label="For a person to decide")


def verdict(material: Material) -> Sentence:
    """Return the one sentence that says yes or no."""
    alpha = share(material.settings.analysis.alpha)
    found, undecided = material.coordinated, [c for c in material.clusters if c["verdict"] == Verdict.UNDECIDED]
    if found:
        accounts = sum(cluster["size"] for cluster in found)
        are = "is" if len(found) == 1 else "are"
        return material.say(
            f"{counted(len(found), 'cluster')} with {counted(accounts, 'account')} {are} "
            f"called coordinated at the declared error rate of {alpha}: for a person to review, not a ban list.",
            "clusters",
        )
    if undecided:
        return material.say(
            f"No cluster passes as acting in coordination; {counted(len(undecided), 'group')} of accounts "
            f"{'is' if len(undecided) == 1 else 'are'} linked and undecided.",
            "clusters",
        )
    return material.say(f"Nothing was found that passes the declared error rate of {alpha}.", "clusters")


def _nothing_found(material: Material) -> Iterator[Block]:
    """Yield what silence means here: not a clean bill."""
    yield Text(
        (
            Sentence(
                "This is not a clean bill. It says that the records given to this tool, examined by the method of "
                "this report, show no group of accounts that acts as one beyond what chance explains."
            ),
            Sentence(
                "What these records do not hold could not be seen, and groups that leave no trace in them either."
            ),
        ),
        label="What this means",
    )
    yield Text(impact(material), label="Effect on the service")
    yield Text(_open_questions(material), label="What is not known")
    yield Text(_declined(material), label="Looked at and declined")
    decision = "Whether more logs or side tables are worth collecting, and whether the trigger of this case stands."
    yield Text((Sentence(decision),), label="For a person to decide")


def _what(material: Material, cluster: Mapping[str, Any]) -> Sentence:
    verdict = words(cluster["verdict"])
    campaign = f", with the pattern of {words(cluster['campaign'])}" if cluster["campaign"] else ""
    families = listed(cluster["families"] or [])
    return material.say(
        f"Cluster {cluster['cluster_id']}: {counted(cluster['size'], 'account')} linked by {families} evidence"
        f"{campaign}; verdict {verdict}.",
        "clusters",
    )


def _further(material: Material) -> tuple[Sentence, ...]:
    rest = sum(1 for cluster in material.clusters if cluster["verdict"] in UNDER_REVIEW) - _TOLD
    return (material.say(f"{counted(rest, 'further cluster')} in section 3.", "clusters"),) if rest > 0 else ()


def _who(material: Material, cluster: Mapping[str, Any]) -> Sentence:
    rows = only(material.query("sections/accounts"), cluster_id=cluster["cluster_id"])
    names = [shorten(name, _NAME_WIDTH) for name in rows["user_id"].slice(0, _NAMED).to_pylist()]
    more = f" and {count(rows.num_rows - len(names))} more" if rows.num_rows > len(names) else ""
    ready = sum(1 for flag in rows["actionable"].to_pylist() if flag)
    return material.say(
        f"{cluster['cluster_id']}: {', '.join(names) if more else listed(names)}{more}; "
        f"{count(ready)} of {count(rows.num_rows)} ready for review.",
        "cluster_members",
    )


def how_much(row: Mapping[str, Any]) -> str:
    """Return how much a cluster asked for and got, by every measure the log has."""
    parts = [f"{counted(row['requests'], 'request')} ({share(row['requests'] / row['all_requests'])} of all)"]
    if row["objects"]:
        parts.append(f"{counted(row['objects'], 'distinct object')} asked for")
    if row["response_bytes"]:
        parts.append(f"{size(row['response_bytes'])} sent to them")
    if row["output_tokens"]:
        parts.append(counted(row["output_tokens"], "output token"))
    return ", ".join(parts)


def _when(material: Material, cluster: Mapping[str, Any]) -> Sentence:
    period = material.clock.period(cluster["first_seen"], cluster["last_seen"])
    return material.say(f"{cluster['cluster_id']}: {period}.", "clusters")


def impact(material: Material) -> tuple[Sentence, ...]:
    """Return what the first test of service impact says, and that there are more, or why there is none."""
    found = sorted(material.of_kind("service_impact"), key=lambda finding: not finding["assessed"])
    if not found:
        return (Sentence("Not assessed: needs an incidents table and a cluster to test against it."),)
    first = Sentence(short(found[0]), material.exhibits.of(found[0]["finding_id"]))
    tested = sum(1 for finding in found if finding["assessed"])
    more = material.say(f"{counted(tested - 1, 'further test')} in section 8.", "findings")
    return (first, more) if tested > 1 else (first,)


def short(finding: Mapping[str, Any]) -> str:
    """Return a finding in the words its kind has for a page like this; the whole statement where it has none."""
    detail = json.loads(finding["detail"] or "{}")
    return str(detail.get("summary") or finding["statement"]) if isinstance(detail, dict) else finding["statement"]


def sure(material: Material, told: Sequence[Mapping[str, Any]]) -> Iterator[Sentence]:
    """Yield likelihood and confidence of each cluster, in sentences of their own."""
    for cluster in told:
        name = cluster["cluster_id"]
        if cluster["likelihood"]:
            yield material.say(f"{name}, that its accounts act as one operator: {cluster['likelihood']}.", "clusters")
        yield material.say(f"Confidence in this judgement: {cluster['confidence']}; {basis(cluster)}.", "clusters")


def _open_questions(material: Material) -> tuple[Sentence, ...]:
    """Return what logs can never tell and what was not assessed for want of data."""
    told_apart = {"attribution", "service_impact"}  # layers stand in the first sentence, impact has its own line
    missing = [
        finding for finding in material.findings if not finding["assessed"] and finding["kind"] not in told_apart
    ]
    said: dict[str, tuple[str, ...]] = {}  # once, however many clusters it holds for
    for finding in missing:
        said[finding["statement"]] = said.get(finding["statement"], ()) + material.exhibits.of(finding["finding_id"])
    told = tuple(Sentence(text, cites[:_CITED]) for text, cites in list(said.items())[:4])
    context = [row["name"] for row in material.rows("sections/scope_context") if not row["given"]]
    absent = f"No table was given for: {listed([words(name) for name in context])}."
    return (Sentence(NOT_KNOWN), *told, *((Sentence(absent),) if context else ()))


def _declined(material: Material) -> tuple[Sentence, ...]:
    """Return which groups were examined and not called coordinated, and which shared values linked nobody."""
    groups = [
        material.say(
            f"{cluster['cluster_id']}, {counted(cluster['size'], 'account')}: {words(cluster['verdict'])}"
            f"{': ' + cluster['reason'] if cluster['reason'] else ''}.".replace("..", "."),
            "clusters",
        )
        for cluster in material.declined[:_TOLD]
    ]
    if len(material.declined) > _TOLD:
        rest = len(material.declined) - _TOLD
        groups.append(material.say(f"{counted(rest, 'further group')} in section 3.", "clusters"))
    hubs = only(material.query("sections/infrastructure_hubs"), action="context only")
    if hubs.num_rows:
        most = number(hubs["accounts"][0].as_py())
        groups.append(
            material.say(
                f"{counted(hubs.num_rows, 'value')} shared by many accounts (up to {most}) served as context only.",
                "hubs",
            )
        )
    return tuple(groups) or (Sentence("No other group of accounts came near the line."),)


def _decide(material: Material) -> tuple[Sentence, ...]:
    ready = sum(1 for flag in material.query("sections/accounts")["actionable"].to_pylist() if flag)
    return (
        material.say(
            f"Whether the {counted(ready, 'account')} ready for review {'is' if ready == 1 else 'are'} to be treated "
            "as one operator, after reading the innocent explanations of section 10.",
            "cluster_members",
        ),
        Sentence(
            "Which step is proportionate, who else it would reach, and how those concerned can answer (section 12)."
        ),
        *_said(material),
    )


def _said(material: Material) -> tuple[Sentence, ...]:
    """Return how many statements the rows contradict or bear out, where there are any."""
    results = [json.loads(f["detail"] or "{}").get("result") for f in material.of_kind("statement") if f["assessed"]]
    if not results:
        return ()
    told = [
        f"{results.count(result)} {words(result)}"
        for result in ("supported", "supported_in_part", "contradicted", "not_testable")
        if result in results
    ]
    return (material.say(f"Of {counted(len(results), 'statement')}: {listed(told)} (section 11).", "statements"),)


CHAPTER = Chapter("summary", "Summary", "What was found, how sure is it, and what is for a person to decide?", _write)
