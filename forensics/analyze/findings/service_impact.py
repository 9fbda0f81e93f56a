"""Service impact: each cluster against each outage, by tests that leave the cluster's own requests out."""

from typing import Any

from forensics.analyze.findings.kind import NOT_NUMBERS, Kind, Row, not_assessed
from forensics.analyze.findings.phrases import counted, instant, listed, name, sentences, share
from forensics.model import Confidence, Sentence, Severity

PHASES = ("before_24h", "before_onset", "overlap", "after_stop", "outage")
_NOTHING = {"requests": 0, "requests_cluster": 0, "others": 0, "others_failed": 0, "cluster": 0, "cluster_failed": 0}
_TESTS_FOR_MODERATE = 4

_OUTCOMES = {
    "consistent_with_contributing": (
        Severity.HIGH,
        "Order in time and rise are consistent with contributing; they do not show that this load was sufficient.",
    ),
    "rival_cause_not_separable": (
        Severity.MEDIUM,
        "The order in time fits these accounts and the change on record alike: the rows cannot tell them apart.",
    ),
    "tests_disagree": (
        Severity.LOW,
        "The tests disagree: the rows do not show that these accounts contributed.",
    ),
    "not_active_at_onset": (
        Severity.INFO,
        "They were not active when it began: the rows do not tie them to its onset.",
    ),
    "no_sign_of_harm_to_others": (
        Severity.INFO,
        "No sign of harm to others: the failures of everyone else were not elevated.",
    ),
    "not_testable": (
        Severity.INFO,
        "Harm to others is not testable: too few requests of others with a status before or during the outage.",
    ),
}


def tests(row: Row) -> dict[str, str]:
    """Return each test as `for`, `against` or `open`: for means that it fits a contribution to the outage."""
    phase = _by_phase(row)
    calm, load = row["load_earlier_calm"], row["load_at_onset"]
    was_active = row["is_active_at_onset"] and row["active_from"] < row["started_at"]
    went_on = 2 * (row["minutes_elevated_after_stop"] or 0) > row["outage_minutes"]
    stopped = phase["after_stop"]["is_elevated"]
    return {
        "active_before_onset": _test(bool(was_active)),
        "others_failed_more": _test(phase["overlap"]["is_elevated"]),
        "others_recovered_after_stop": "against" if went_on else "for" if stopped is False else "open",
        "load_not_served_before": "open" if calm is None or load is None else _test(load > calm),
        "no_rival_on_record": "open" if row["rivals"] else "for",
    }  # fmt: skip


def outcome(row: Row) -> str:
    """Return the one word for all tests together; `consistent_with_contributing` only if none contradicts."""
    phase, results = _by_phase(row), tests(row)
    elevated = {phase[part]["is_elevated"] for part in ("overlap", "outage")}
    if elevated == {None}:
        return "not_testable"
    if True not in elevated:
        return "no_sign_of_harm_to_others"
    if results["active_before_onset"] == "against":
        return "not_active_at_onset"
    if "against" in results.values() or results["others_failed_more"] == "open":
        return "tests_disagree"
    return "rival_cause_not_separable" if row["rivals"] else "consistent_with_contributing"


def _test(holds: bool | None) -> str:
    return "open" if holds is None else "for" if holds else "against"


def _by_phase(row: Row) -> dict[str, dict[str, Any]]:
    found = {part["phase"]: part for part in row["phases"]}
    return {phase: {**_NOTHING, "is_elevated": None, **found.get(phase, {})} for phase in PHASES}


def _say(row: Row) -> Sentence:
    if row["subject"] is None:
        return not_assessed("Not assessed: needs an incident of kind outage in the incidents table.")
    if not row["assessed"]:
        return not_assessed(f"Not assessed: needs log files that cover outage {name(row['subject'])}.")
    result = outcome(row)
    severity, conclusion = _OUTCOMES[result]
    made = sum(verdict != "open" for verdict in tests(row).values()) + bool(row["rivals"])
    testable = result != "not_testable" and made >= _TESTS_FOR_MODERATE
    return Sentence(
        sentences(_outage(row), conclusion, *(part(row) for part in _GROUNDS)),
        alternative=_rivals(row) or "A fault, a change or a load that is not in these tables.",
        severity=severity,
        confidence=Confidence.MODERATE if testable else Confidence.LOW,
    )  # fmt: skip


def _outage(row: Row) -> str:
    minutes = counted(row["outage_minutes"], "minute")
    seen = row["outage_minutes_in_logs"]
    return sentences(
        f"Outage {name(row['subject'])} began {instant(row['started_at'])} and",
        f"is open: it is followed for {minutes}, to the end of the logs." if row["is_open"] else f"lasted {minutes}.",
        f"The logs cover {counted(seen, 'minute')} of it." if seen < row["outage_minutes"] else None,
    )


def _order(row: Row) -> str:
    if row["active_from"] is None:
        return "The accounts were not active in the 24 hours before it, nor during it."
    if row["active_from"] >= row["started_at"]:
        return f"The accounts became active after it began, at {instant(row['active_from'])}."
    before = _by_phase(row)["before_onset"]
    part, whole = before["requests_cluster"], before["requests"]
    window = (
        f"The accounts had been active for {counted(row['minutes_active_before_onset'], 'minute')} when it began"
        if row["is_active_at_onset"]
        else f"The accounts had been active from {instant(row['active_from'])} and had paused before it began"
    )
    return f"{window}; in that time they made {share(part, whole)} of all requests ({part:,} of {whole:,})."


def _overlap(row: Row) -> str:
    minutes, overlap = row["outage_minutes"], row["overlap_minutes"]
    rest = minutes - overlap
    return (
        f"Their activity overlaps {overlap:,} of its {counted(minutes, 'minute')} ({share(overlap, minutes)});"
        f" {rest:,} ({share(rest, minutes)}) are left unexplained by their presence."
    )


def _failures(row: Row) -> str:
    phase = _by_phase(row)
    windows = (
        ("before_24h", "in the 24 hours before"),
        ("before_onset", "while the accounts were active before the onset"),
        ("overlap", "while they were active in the outage"),
        ("after_stop", "in the outage after they stopped"),
    )
    rates = [
        f"{share(phase[part]['others_failed'], phase[part]['others'])}"
        f" ({phase[part]['others_failed']:,} of {phase[part]['others']:,}) {words}"
        for part, words in windows
        if phase[part]["others"]
    ]
    own = phase["outage"]
    return sentences(
        f"Answers 500-599 to everyone else: {', '.join(rates)}." if rates else None,
        f"Of the cluster's own requests in the outage {share(own['cluster_failed'], own['cluster'])} failed"
        f" ({own['cluster_failed']:,} of {own['cluster']:,}); they are not counted as harm to others."
        if own["cluster"]
        else None,
    )


def _went_on(row: Row) -> str | None:
    minutes = row["minutes_elevated_after_stop"] or 0
    if row["active_from"] is None or 2 * minutes <= row["outage_minutes"]:
        return None
    return (
        f"Failures of everyone else stayed elevated for {counted(minutes, 'minute')} after the accounts stopped,"
        " more than half of the outage."
    )


def _load(row: Row) -> str | None:
    load, calm = row["load_at_onset"], row["load_earlier_calm"]
    if load is None or calm is None:
        return None
    verdict = "as many had been served before" if calm >= load else "so many had not been served before"
    return (
        f"The ten minutes before the onset held {counted(load, 'request')} of everyone; {verdict}: the most in ten"
        f" minutes without elevated failures, before the cluster was active, was {calm:,}"
        f" (from {instant(row['load_earlier_calm_at'])})."
    )


def _rivals(row: Row) -> str | None:
    if not row["rivals"]:
        return None
    found = [
        f"{name(one['incident_id'])} ({name(one['kind'])}, {counted(one['minutes_before_onset'], 'minute')} before)"
        for one in row["rivals"]
    ]
    return f"On record in the hour before the onset: {listed(found)}."


_GROUNDS = (_order, _overlap, _failures, _went_on, _load, _rivals)  # told after the conclusion they lead to


def _detail(row: Row) -> dict[str, Any]:
    """Return the numbers flat: one key per measure and phase."""
    kept = {column: value for column, value in row.items() if column not in {*NOT_NUMBERS, "phases"}}
    if row["subject"] is None or not row["assessed"]:
        return {"incident_id": row["subject"], "needs": ["incidents" if row["subject"] is None else "events"]}
    phase = _by_phase(row)
    return {
        **kept,
        "incident_id": row["subject"],
        "unexplained_minutes": row["outage_minutes"] - row["overlap_minutes"],
        "requests_before_onset": phase["before_onset"]["requests_cluster"],
        "requests_before_onset_all": phase["before_onset"]["requests"],
        **{f"others_requests_{part}": phase[part]["others"] for part in PHASES},
        **{f"others_5xx_{part}": phase[part]["others_failed"] for part in PHASES},
        **{f"others_elevated_{part}": phase[part]["is_elevated"] for part in PHASES[1:]},
        **{f"cluster_requests_{part}": phase[part]["cluster"] for part in PHASES},
        **{f"cluster_5xx_{part}": phase[part]["cluster_failed"] for part in PHASES},
        "tests": tests(row),
        "outcome": outcome(row),
        "summary": sentences(_outage(row), _OUTCOMES[outcome(row)][1], _order(row), _overlap(row)),
    }


SERVICE_IMPACT = Kind(
    id="service_impact",
    question="Were these accounts active when the service failed, and did others fail because of that load?",
    needs={"incidents": "an incidents table (forensics ingest FILE --as incidents)"},
    rule=(
        "Elevated = the share of 500-599 answers to everyone but the cluster is at least twice that of the 24 hours"
        " before the onset, and a percentage point more. Five tests: active before the onset; others failed more while"
        " it was active; others recovered when it stopped (against: elevated in ten-minute blocks for more than half of"
        " the outage afterwards); no equal load served in calm in the 28 days before; no other incident in the hour"
        " before. `Consistent with contributing` only if the first two hold and none contradicts. Confidence is"
        " moderate if four tests could be made, else low."
    ),
    cannot_show=(
        "What made the service fail. Requests are counted, not weighed by cost; capacity, rate limits and the parts of"
        " the service that shared a backend are not in access logs."
    ),
    innocent="A fault, a change or a load that is not in these tables.",
    exhibits="First and last requests of the cluster before the onset and during it; failures of others.",
    say=_say,
    detail=_detail,
)
