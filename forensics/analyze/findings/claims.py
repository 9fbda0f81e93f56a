"""The test of each type of claim, fixed before looking: numbers of a row in; result, rows for and against, words out.

A statement is supported only where the data covers all of it; a channel outside the data caps it at supported in
part. What somebody meant, ordered or wanted is never testable, whatever the rows look like.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from forensics.analyze.findings.claimed import minutes, persons, quantity
from forensics.analyze.findings.kind import Row
from forensics.analyze.findings.phrases import counted, instant, listed, name, sentences, share

SUPPORTED, CONTRADICTED, IN_PART, NOT_TESTABLE = "supported", "contradicted", "supported_in_part", "not_testable"
MEASURES = (
    ("requests", "requests"), ("objects", "distinct objects"), ("bytes", "bytes"), ("input_tokens", "input tokens"),
    ("output_tokens", "output tokens"),
)  # fmt: skip
_UNITS = {"token": ("input_tokens", "output_tokens"), "object": ("objects",), "image": ("objects",),
          "prompt": ("objects",), "byte": ("bytes",), "request": ("requests",)}  # fmt: skip


class Tested(NamedTuple):
    """What the rows say about one statement."""

    result: str
    rows_for: int
    rows_against: int
    words: str
    label: str | None = None  # what the result is called here, where the word of the contract says too much


def covers_all(row: Row) -> bool:
    """Tell whether every channel there is lies in the data: all accounts direct, no reseller on record."""
    return not row["accounts_channel_unknown"] and not row["resellers_on_record"]


def capped(row: Row, result: str) -> str:
    """Return a result that claims no more than the channels in the data."""
    return IN_PART if result == SUPPORTED and not covers_all(row) else result


def _unknown_subject(row: Row) -> Tested | None:
    if row["accounts"]:
        return None
    words = f"No account, organization or cluster of this case is on record as {name(row['said_about'])}."
    return Tested(NOT_TESTABLE, 0, 0, words)


def _stopped(row: Row) -> Tested:
    until, after, stop = row["core_until"] or 0, row["core_after"] or 0, row["stop_at"]
    if stop is None:
        return Tested(NOT_TESTABLE, 0, 0, "The statement names no time at which use stopped.")
    by_channel = [f"{one['requests']:,} on {name(one['channel'])}" for one in row["core_after_by_channel"]]
    words = sentences(
        f"Test: no request of the {counted(row['accounts_core'], 'account')} from {instant(stop)} on. Found:"
        f" {counted(until, 'request')} before, {after:,} from then on"
        + (f" ({listed(by_channel)})." if after else "."),
        f"The last is of {instant(row['core_last_request'])}." if row["core_last_request"] else None,
        f"{counted(row['colleagues_after'], 'request')} of others of the same organization are not counted."
        if row["colleagues_after"]
        else None,
    )
    if after:
        return Tested(CONTRADICTED, until, after, words)
    if row["logs_until"] is None or row["logs_until"] < stop:
        return Tested(NOT_TESTABLE, until, 0, f"{words} The logs end before that time.")
    return Tested(capped(row, SUPPORTED), until, 0, words)


def _only(row: Row) -> Tested:
    if persons(row["claimed_value"]):
        return _persons(row)
    claimed = quantity(row["claimed_value"])
    members = row["accounts_in_clusters"]
    named = {part.strip() for part in re.split(r"[,;]", row["claimed_value"] or "") if part.strip()}
    listed_members = named & set(row["members"])
    limit = len(named) if listed_members else int(claimed[0]) if claimed else None
    if limit is None or not members:
        return Tested(NOT_TESTABLE, 0, 0, "No number of accounts is claimed, or none of them is in a cluster.")
    beyond = len(set(row["members"]) - named) if listed_members else max(0, members - limit)
    words = (
        f"Test: no more than {counted(limit, 'account')} in the clusters of the subject. Found: {members:,};"
        f" {counted(row['accounts'] - members, 'other account')} of the subject"
        f" {'is' if row['accounts'] - members == 1 else 'are'} in none."
    )
    if beyond:
        return Tested(CONTRADICTED, members - beyond, beyond, words)
    return Tested(capped(row, SUPPORTED), members, 0, f"{words} Accounts that left no link here would not be seen.")


def _persons(row: Row) -> Tested:
    """Logs see accounts: rows can be consistent with a number of persons, and never more than that."""
    claimed, operators = persons(row["claimed_value"]) or 0, len(row["cluster_ids"])
    several = row["accounts_at_once"] or 0
    if not operators:
        return Tested(NOT_TESTABLE, 0, 0, f"{_ACCOUNTS_ONLY} No account of the subject is in a cluster.")
    words = sentences(
        _ACCOUNTS_ONLY,
        f"Test: no more than {counted(claimed, 'operator')} (cluster), and no account used from three ranges or more"
        f" at once. Found: {counted(row['accounts_in_clusters'], 'account')} of {counted(operators, 'operator')},"
        f" {several:,} of them used so; {counted(row['devices'] or 0, 'device')} on record,"
        f" {counted(row['clients'] or 0, 'client name')}; in {row['minutes_together'] or 0:,} of"
        f" {counted(row['minutes_used'] or 0, 'minute')} two of the accounts or more were used.",
        "One person with a program and several who share one leave the same rows.",
    )
    if operators > claimed or several:
        return Tested(NOT_TESTABLE, 0, 0, words)
    return Tested(IN_PART, row["core_requests"] or 0, 0, words, "at most consistent with the rows")


def _volume(row: Row) -> Tested:
    claimed = quantity(row["claimed_value"])
    limit, is_percent = claimed or (row["minimal_percent"], True)
    text = (row["claimed_value"] or "").lower()
    wanted = next((names for unit, names in _UNITS.items() if unit in text), None)
    if wanted is None:
        wanted = tuple(column for column, _ in MEASURES) if is_percent else ("requests",)
    above: list[str] = []
    below: list[str] = []
    told: list[str] = []
    for column, noun in MEASURES:
        whole, core, subject = (row[f"{who}_{column}"] or 0 for who in ("all", "core", "subject"))
        if column not in wanted or not whole:
            continue
        of = 100 / whole if is_percent else 1
        (above if core * of > limit else below if subject * of <= limit else []).append(column)
        told.append(f"{share(core, whole)} of the {noun} ({core:,} of {whole:,})")
    if not told:
        return Tested(NOT_TESTABLE, 0, 0, "The logs carry none of the measures the statement speaks of.")
    meant = f"{limit:g} percent" if is_percent else f"{limit:,.0f}"
    word = "" if claimed else " (what the policy of this case lets a word such as minimal mean)"
    words = (
        f"Test: below {meant}{word} by every measure. Found: {', '.join(told)}"
        f" for the {counted(row['accounts_core'], 'account')}."
    )
    requests = row["core_requests"] or 0
    if above and not below:
        return Tested(CONTRADICTED, 0, requests, words)
    if above or len(below) < len(told):
        favor = [noun for column, noun in MEASURES if column in below]
        more = f" Below by {listed(favor)}." if favor else ""
        return Tested(IN_PART, requests if below else 0, requests if above else 0, words + more)
    return Tested(capped(row, SUPPORTED), requests, 0, words)


def _not_automated(row: Row) -> Tested:
    if row["is_aggressive"] is None:
        return Tested(NOT_TESTABLE, 0, 0, "No request of the subject is in the logs.")
    fast, requests = row["fast_requests"] or 0, row["core_requests"] or 0
    grounds = [ground.replace("_", " ") for ground in row["automation_grounds"]]
    words = (
        f"Test: no measure of aggressive automation holds. Found: {listed(grounds) if grounds else 'none'}; at the peak"
        f" {counted(row['peak_minute'] or 0, 'request')} in one minute."
    )
    if row["is_aggressive"]:
        return Tested(CONTRADICTED, 0, fast or requests, words)
    return Tested(IN_PART, requests, 0, f"{words} A slow program looks like a person.")


def _not_us(row: Row) -> Tested:
    if row["grounds_held"] is None:
        return Tested(NOT_TESTABLE, 0, 0, "No finding ties a cluster to the subject, and none speaks against it.")
    words = (
        f"Test: no two independent grounds that agree tie the accounts to the subject. Found:"
        f" {counted(row['grounds_held'], 'ground')} for, {row['grounds_disagreeing'] or 0:,} against (L2)."
    )
    requests = row["core_requests"] or 0
    if row["is_established"]:
        return Tested(CONTRADICTED, 0, requests, words)
    return Tested(IN_PART if row["grounds_disagreeing"] else NOT_TESTABLE, 0, 0, words)


def _duration(row: Row) -> Tested:
    claimed, declared, failing = minutes(row["claimed_value"]), row["outage_minutes"], row["minutes_failing"]
    if claimed is None or declared is None or failing is None:
        return Tested(NOT_TESTABLE, 0, 0, "No duration is claimed, or no closed outage with requests is on record.")
    words = (
        f"Test: declared length and length of elevated failures within a tenth of {counted(claimed, 'minute')}. Found:"
        f" {counted(declared, 'minute')} declared ({name(row['incident_id'])}), {failing:,} minutes with elevated"
        " answers 500-599."
    )
    near = [abs(found - claimed) * 10 <= claimed for found in (declared, failing)]
    if all(near) and row["outage_is_covered"]:
        return Tested(SUPPORTED, failing, 0, words)
    if any(near):
        return Tested(IN_PART, failing, max(0, claimed - failing), words)
    return Tested(CONTRADICTED, failing, abs(claimed - failing), words)


def _caused(row: Row) -> Tested:
    if not row["impacts"]:
        return Tested(NOT_TESTABLE, 0, 0, "No outage was tested against a cluster of the subject.")
    outcomes = {one["outcome"] for one in row["impacts"]}
    told = "; ".join(
        f"{name(one['incident_id'])}: {one['outcome'].replace('_', ' ')}, presence in {one['overlap_minutes']:,} of"
        f" {counted(one['outage_minutes'], 'minute')}"
        for one in row["impacts"]
    )
    words = f"Test: the nine tests of service impact, none against. Found: {told}."
    in_favor = sum(one["requests_before_onset"] or 0 for one in row["impacts"])
    against = sum(one["others_5xx_after_stop"] or 0 for one in row["impacts"])
    if outcomes & {"consistent_with_contributing", "every_test_holds"}:
        return Tested(IN_PART, in_favor, against, f"{words} Order and rise fit; more than that rows do not show.")
    if outcomes <= {"rival_cause_not_separable", "not_testable"}:
        return Tested(NOT_TESTABLE, in_favor, against, words)
    return Tested(CONTRADICTED, in_favor, against, words)


def _never(words: str) -> Callable[[Row], Tested]:
    return lambda _: Tested(NOT_TESTABLE, 0, 0, words)


def _other(row: Row) -> Tested:
    is_about_persons = persons(row["claimed_value"]) or persons(row["verbatim"])
    return Tested(
        NOT_TESTABLE, 0, 0, _ACCOUNTS_ONLY if is_about_persons else "No test is fixed for a claim of this type."
    )


_ACCOUNTS_ONLY = "Logs see accounts, not persons: how many people stood behind them is not in the rows."
_MIND = "What somebody meant is not in logs; conduct that bears on it stands in the findings about the accounts."
CLAIMS: Mapping[str, Callable[[Row], Tested]] = {
    "stopped_by": _stopped,
    "only_accounts": _only,
    "volume_below": _volume,
    "not_automated": _not_automated,
    "not_us": _not_us,
    "outage_duration": _duration,
    "caused_outage": _caused,
    "purpose": _never("What a use was for is not in logs; its pattern stands in the findings about the accounts."),
    "not_intended": _never(_MIND),
    "not_ordered": _never("Whether anybody was told to is not in logs."),
    "other": _other,
}
ABOUT_ACCOUNTS = frozenset({"stopped_by", "only_accounts", "volume_below", "not_automated", "not_us", "caused_outage"})


def tested(row: Row) -> Tested:
    """Return what the rows say about a statement, by the test of its claim type."""
    claim = row["claim"] if row["claim"] in CLAIMS else "other"
    unknown = _unknown_subject(row) if claim in ABOUT_ACCOUNTS else None
    return unknown or CLAIMS[claim](row)
