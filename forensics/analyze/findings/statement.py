"""Statement: what somebody said, by the test fixed for its type of claim, with the rows for and against."""

from typing import Any

from forensics.analyze.findings.absent import OTHER_NAMES, bring
from forensics.analyze.findings.claims import (
    ABOUT_ACCOUNTS,
    CONTRADICTED,
    IN_PART,
    NOT_TESTABLE,
    SUPPORTED,
    covers_all,
    tested,
)
from forensics.analyze.findings.kind import Kind, Row, Use
from forensics.analyze.findings.phrases import name, sentences
from forensics.model import Confidence, Sentence, Severity

_RESULTS = {
    SUPPORTED: "supported by the rows",
    CONTRADICTED: "contradicted by the rows",
    IN_PART: "supported in part",
    NOT_TESTABLE: "not testable with these tables",
}
_KEPT = (
    "statement_id", "made_at", "source", "said_about", "claim", "claimed_value", "period_start", "period_end",
    "channels_covered",
)  # fmt: skip
_ABOUT = ("accounts", "accounts_core", "accounts_in_clusters", "cluster_ids")
_MEASURED = (
    "stop_at", "core_until", "core_after", "core_after_by_channel", "core_last_request", "colleagues_after",
    "core_requests", "core_objects", "core_bytes", "core_input_tokens", "core_output_tokens", "subject_requests",
    "all_requests", "all_objects", "all_bytes", "all_input_tokens", "all_output_tokens", "peak_minute",
    "outage_minutes", "minutes_failing", "impacts", "accounts_at_once", "devices", "clients", "minutes_used",
    "minutes_together",
)  # fmt: skip


_TYPES = {"caused_outage": "part in an outage", "not_intended": "what was meant", "not_ordered": "who asked for it"}


def _say(row: Row) -> Sentence:
    found = tested(row)
    claim = _TYPES.get(row["claim"], row["claim"].replace("_", " "))
    about = f" about {name(row['said_about'])}" if row["said_about"] else ""
    return Sentence(
        sentences(
            f"Statement {name(row['statement_id'])}{about} (claim: {claim}): {found.label or _RESULTS[found.result]}.",
            found.words,
            None if found.result == NOT_TESTABLE or covers_all(row) or not _is_about(row) else _channels(row),
        ),
        alternative="" if found.result == NOT_TESTABLE else _innocent(found.result),
        severity=Severity.MEDIUM if found.result == CONTRADICTED else Severity.INFO,
        confidence=Confidence.LOW if found.result == NOT_TESTABLE else Confidence.MODERATE,
    )


def _is_about(row: Row, *claims: str) -> bool:
    """Tell whether a statement is tested by the requests of its subject, by one of these claims if any are given."""
    return row["claim"] in (claims or ABOUT_ACCOUNTS)


def _channels(row: Row) -> str:
    parts = [name(channel) for channel in row["channels_covered"]]
    covered = (
        f"Channels of the subject in the data: {', '.join(parts)}." if parts else "No channel of it is in the data."
    )
    return f"{covered} A channel outside the data could hold more."


def _innocent(result: str) -> str:
    if result == CONTRADICTED:
        return "Whoever made it may have known of one team or one channel only, or mean a narrower use."
    return "Rows that are missing here may speak against it."


def _detail(row: Row) -> dict[str, Any]:
    found = tested(row)
    measured = {column: row[column] for column in _MEASURED if row[column] not in (None, [])}
    about = {column: row[column] for column in _ABOUT} | {"covers_every_channel": covers_all(row)}
    return {column: row[column] for column in _KEPT} | (about if _is_about(row) else {}) | measured | {
        "result": found.result, "rows_for": found.rows_for, "rows_against": found.rows_against,
    }  # fmt: skip


STATEMENT = Kind(
    id="statement",
    question="What do the rows say about what somebody said?",
    needs={"statements": bring("statements")},
    rule=(
        "One test per type of claim, fixed before looking. stopped_by: no request of the cluster of the subject (of"
        " all its accounts where there is no cluster) from the day after on. only_accounts: no more members; a number"
        " of persons is at most consistent: no more clusters than persons, no account used from three ranges at once."
        " volume_below: below the number or percentage by every measure it names; a word such as minimal means the"
        " percentage of the policy. not_automated: no measure of aggressive automation. not_us: no two independent"
        " grounds (L2). outage_duration: declared length and length of elevated failures within a tenth."
        " caused_outage: at most supported in part, contradicted where a decisive test of service impact speaks"
        " against it. purpose, not_intended, not_ordered and unknown claims are never testable. A reseller on record,"
        " or accounts without a channel, cap every support at supported in part."
    ),
    cannot_show="State of mind, orders, and use through channels whose logs are not here.",
    innocent="Whoever made it may have known of one team or one channel only, or mean a narrower use.",
    exhibits="The last request before a stated stop, the first and last after it; first and last of the period.",
    say=_say,
    detail=_detail,
    uses=(
        Use("accounts", "whose accounts they are, and their channels", _is_about),
        Use("incidents", "outages", lambda row: _is_about(row, "caused_outage", "outage_duration")),
        Use("ip_ranges", "owners of the networks used", lambda row: _is_about(row, "not_us")),
        OTHER_NAMES._replace(where=_is_about),
    ),
)
