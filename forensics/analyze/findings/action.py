"""Action: which steps the policy of the case opens, whom each policy would reach, and who is not involved."""

from typing import Any

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.kind import Kind, Row, Use, not_assessed
from forensics.analyze.findings.ladder import (
    STEPS,
    is_open_question,
    notice,
    opened,
    organization_words,
    reach_words,
    reached,
    steps,
    unknown,
)
from forensics.analyze.findings.phrases import counted, listed, sentences
from forensics.model import Confidence, Sentence, Severity

_TRIGGERS = (
    "automation", "harvest", "distillation", "service_impact", "terms", "coordinated", "organization", "warned",
)  # fmt: skip
_INNOCENT = "Any explanation under alternatives; a step that waits or can be taken back costs the innocent least."
_NEW_NETWORKS = "most of the activity came from networks new to the accounts"
_AT_ONCE = "most of the accounts were used from many places at once"


def _say(row: Row) -> Sentence:
    if not row["assessed"]:
        return not_assessed(
            f"Not assessed: organizations of the {counted(row['accounts'], 'account')} outside the clusters told here"
            " that use aggressive automation need a declared organization."
        )
    if row["subject"]:
        return Sentence(
            organization_words(row), alternative=_INNOCENT, severity=Severity.INFO, confidence=Confidence.LOW
        )
    found = opened(row)
    unsure = [step for step in STEPS if is_open_question(row, step)]
    closed = [step for step in STEPS if step not in found and step not in unsure]
    triggers = unknown(row)
    return Sentence(
        sentences(
            f"By the policy of this case {counted(len(found), 'step')} of the ladder"
            f" {'is' if len(found) == 1 else 'are'} open for a person to decide"
            + (f": {listed(_plain(found))}." if found else "."),
            f"Not open: {listed(_plain(closed))}." if closed else None,
            f"Not assessed, for want of data, whether open: {listed(_plain(unsure))}." if unsure else None,
            f"Triggers not assessed, for want of data: {listed(_plain(triggers))}." if triggers else None,
            reach_words(row),
            _uninvolved(row),
            _takeover(row),
            "These numbers are of this run; no list leaves without `forensics impact --policy` of the same run, which"
            " the chain of custody records.",
        ),
        alternative=_INNOCENT,
        severity=Severity.MEDIUM if found else Severity.INFO,
        confidence=Confidence.LOW,
    )


def _takeover(row: Row) -> str | None:
    if not row["takeover_open"]:
        return None
    return (
        f"A stolen or lent key stays open: {_NEW_NETWORKS if row['takeover_by_new_networks'] else _AT_ONCE}, and these"
        " share no instrument; until their owners were asked, no trigger names the organization."
    )


def _plain(words: list[str]) -> list[str]:
    return [word.replace("_", " ") for word in words]


def _uninvolved(row: Row) -> str | None:
    whole = reached(row, "ban_organization")
    if not whole:
        return None
    number = whole["accounts_not_linked"]
    return (
        f"Of the organization {counted(number, 'account')} {'is' if number == 1 else 'are'} not linked to the cluster"
        " and would be reached by a step against it."
    )


def _detail(row: Row) -> dict[str, Any]:
    if not row["assessed"]:
        return {"accounts": row["accounts"]}
    if row["subject"]:
        return {
            "organization_id": row["subject"], "accounts": row["accounts"],
            "accounts_not_involved": row["accounts_not_involved"], "accounts_involved": row["accounts_involved"],
            "not_involved": row["not_involved"] or [],
        }  # fmt: skip
    return {
        "accounts": row["accounts"],
        "accounts_ready_for_review": row["actionable"],
        "open": opened(row),
        "takeover_open": bool(row["takeover_open"]),
        "triggers": {trigger: bool(row[trigger]) for trigger in _TRIGGERS},
        "triggers_not_assessed": unknown(row),
        "ladder": steps(row),
        "reach": row["reach"],
        "notice": notice(row),
        "appeal": row["appeal"] or "not set: [policy] appeal in case.toml",
        "impact": "computed in this run; a list needs a custody entry `impact` of the same run",
    }


def _is_about_cluster(row: Row) -> bool:
    return row["cluster_id"] is not None


ACTION = Kind(
    id="action",
    question="Which steps does the policy open, whom would each reach, and who of them is not involved?",
    needs={},
    rule=(
        "Steps: warn, throttle, suspend pending investigation, demand changes, terminate, ban the organization; the"
        " triggers of each stand in case.toml. A policy reaches an account by itself, its cluster, an address or range"
        " used in the activity, mail domain, payment instrument or organization. An account reached and in no cluster"
        " is not linked. No list leaves without an impact run of the same inputs and settings in the chain of custody."
    ),
    cannot_show="What is proportionate, and what those concerned have to say. A person decides and signs.",
    innocent=_INNOCENT,
    exhibits="The rows of the query; the lines stand with the findings that met a trigger.",
    say=_say,
    detail=_detail,
    uses=(
        Use("accounts", "organization, mail domain and payment reached", _is_about_cluster),
        Use("accounts", "organizations of aggressive accounts", lambda row: not row["assessed"]),
        Use("ip_ranges", "owners of networks, for the trigger organization", _is_about_cluster),
        Use("incidents", "the triggers service impact and warned", _is_about_cluster),
        Use("terms", "the trigger terms, and clauses for the notice", _is_about_cluster),
        OTHER_NAMES,
    ),
)
