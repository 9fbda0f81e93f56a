"""Automation: rates no person reaches, no rest, regular gaps, refusals not heeded, as the policy sets it."""

from typing import Any

from forensics.analyze.findings.absent import OTHER_NAMES
from forensics.analyze.findings.kind import Kind, Row, Use, numbers
from forensics.analyze.findings.phrases import counted, instant, name, sentences, share
from forensics.model import Confidence, Sentence, Severity

_OTHERS = ("accounts", "organizations", "accounts_named", "policy_rate", "policy_minutes")
_INNOCENT = "An agreed batch job, a build farm or a monitor is as fast, as tireless and as regular."


def _say(row: Row) -> Sentence:
    if row["subject"] == "others":
        return _others(row)
    if row["verdict"] == "authorized_automation":
        return Sentence(
            sentences(
                f"Authorized automation: the {counted(row['accounts'], 'account')} of organization"
                f" {name(row['organization_id'])} are on the list of this case; the policy is not applied to them.",
                _rate(row),
            ),
            alternative="",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
        )
    conclusion = (
        "by the policy of this case this is aggressive automation."
        if row["is_aggressive"]
        else "by the policy of this case this is not aggressive automation."
    )
    return Sentence(
        sentences(
            f"Taken as one operator, the {counted(row['accounts'], 'account')} meet"
            f" {counted(len(row['grounds']), 'measure')} of four: {conclusion}",
            _rate(row), _rest(row), _refusals(row), _regular(row),
        ),
        alternative=_INNOCENT,
        severity=Severity.MEDIUM if row["is_aggressive"] else Severity.INFO,
        confidence=Confidence.HIGH if "rate" in row["grounds"] or not row["is_aggressive"] else Confidence.MODERATE,
    )  # fmt: skip


def _rate(row: Row) -> str:
    return (
        f"At the peak they made {counted(row['peak_minute'], 'request')} in one minute ({instant(row['peak_at'])}), one"
        f" account alone {row['account_peak_minute']:,}; {counted(row['fast_minutes'], 'minute')} reached"
        f" {row['policy_rate']:,} requests (the policy asks for {row['policy_minutes']:,} such minutes)."
    )


def _rest(row: Row) -> str:
    return (
        f"The longest stretch without a rest: {counted(row['sleepless_hours'], 'hour')} from"
        f" {instant(row['sleepless_from'])} (policy: {row['policy_sleepless_hours']:,})."
    )


def _refusals(row: Row) -> str:
    if not row["refusals"]:
        return "No answer 403, 429 or 503 shows whether they heed a refusal."
    few = ", too few to judge" if row["refusals"] < row["policy_backoff_refusals"] else ""
    return (
        f"After {row['refusals_ignored']:,} of {counted(row['refusals'], 'refusal')} (403, 429, 503) the next request"
        f" of the account came within {row['policy_backoff_seconds']:,} seconds{few}."
    )


def _regular(row: Row) -> str:
    regular, accounts = row["regular_accounts"], row["accounts"]
    others, peers = row["peers_regular"], row["peers"]
    return f"Gaps that hardly vary: {regular:,} of {counted(accounts, 'account')} ({share(regular, accounts)})" + (
        f"; of everyone else with 50 requests or more {others:,} of {peers:,} ({share(others, peers)})."
        if peers
        else "; nobody else made requests enough to compare."
    )


def _others(row: Row) -> Sentence:
    accounts = row["accounts"]
    return Sentence(
        f"Outside the clusters told here, {counted(accounts, 'account')} of"
        f" {counted(row['organizations'], 'organization')} on record"
        f" {'meets' if accounts == 1 else 'meet'} the policy's measure of aggressive automation by"
        f" {'itself' if accounts == 1 else 'themselves'}"
        + (": no link to anybody is said by that." if accounts else "."),
        alternative=_INNOCENT if accounts else "",
        severity=Severity.LOW if accounts else Severity.INFO,
        confidence=Confidence.HIGH,
    )


def _has_list(row: Row) -> bool:
    return bool(row["subject"] is None and row["policy_authorized"])


def _detail(row: Row) -> dict[str, Any]:
    kept = numbers(row)
    if row["subject"] == "others":
        return {column: kept[column] for column in _OTHERS}
    unused = {"organizations", "accounts_named", "policy_authorized"}
    if row["verdict"] != "authorized_automation":
        unused.add("organization_id")  # read for the list alone
    return {column: value for column, value in kept.items() if column not in unused}


AUTOMATION = Kind(
    id="automation",
    question="Do these accounts use aggressive automation, as the policy of this case sets it?",
    needs={},
    rule=(
        "Four measures: minutes at the policy's rate; clock hours without a rest of the policy's length; refusals (403,"
        " 429, 503) not heeded within its back-off time; gaps whose median deviation is under a twentieth, for half of"
        " the accounts and for less than half of everyone else. Aggressive: the rate, or two of the others. A"
        " cluster is measured as one operator, each account by itself too. Clusters of an authorized organization are"
        " named and not judged."
    ),
    cannot_show="Whether a program was agreed with the service, who wrote it, and what it was for.",
    innocent=_INNOCENT,
    exhibits="The first requests of the fastest minute, the first and last request at the policy's rate.",
    say=_say,
    detail=_detail,
    uses=(
        Use("accounts", "organizations of these accounts", lambda row: row["subject"] == "others"),
        Use("accounts", "whether their organization is on the list of authorized ones", _has_list),
        OTHER_NAMES,
    ),
)
