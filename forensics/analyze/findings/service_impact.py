"""Service impact: each cluster against each outage, by nine tests that leave the cluster's own requests out."""

from collections.abc import Mapping
from typing import Any

from forensics.analyze.findings.absent import OTHER_NAMES, bring
from forensics.analyze.findings.impact_tests import ORDERS, PHASES, by_phase, needed, outcome, p_value_per_mille, tests
from forensics.analyze.findings.kind import NOT_NUMBERS, Kind, Row, not_assessed
from forensics.analyze.findings.phrases import counted, instant, listed, name, sentences, share
from forensics.model import Confidence, Sentence, Severity

_TESTS_FOR_MODERATE = 5
_VERDICTS = (
    ("for", "fits", "fit"), ("against", "speaks against", "speak against"), ("open", "is undecided", "are undecided"),
    ("lacking", "is not assessed", "are not assessed"),
)  # fmt: skip
_OUTCOMES = {
    "every_test_holds": (
        Severity.HIGH,
        "All nine tests hold: as far as logs show, this load explains it; a fault that left no row is not excluded.",
    ),
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


def _say(row: Row) -> Sentence:
    if row["subject"] is None:
        return not_assessed("Not assessed: needs an incident of kind outage in the incidents table.")
    if not row["assessed"]:
        return not_assessed(f"Not assessed: needs log files that cover outage {name(row['subject'])}.")
    result = outcome(row)
    severity, conclusion = _OUTCOMES[result]
    made = sum(verdict != "open" for verdict in tests(row).values()) + bool(row["rivals"] or row["risers"])
    testable = result != "not_testable" and made >= _TESTS_FOR_MODERATE
    return Sentence(
        sentences(_outage(row), conclusion, _results(row), *(part(row) for part in _GROUNDS)),
        alternative=_rivals(row) or _risers(row) or "A fault, a change or a load that is not in these tables.",
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
        f"Its scope was read as {listed([name(word) for word in row['scope_words']])}." if row["scope_words"] else None,
    )


def _results(row: Row) -> str:
    """Return which of the nine tests fit, speak against, stay undecided, and which the logs hold no data for."""
    lacks = needed(row)
    results = tests(row) | dict.fromkeys(lacks, "lacking")
    told = [
        f"{len(found)} {one if len(found) == 1 else more} ({('; ' if verdict == 'lacking' else ', ').join(found)})"
        for verdict, one, more in _VERDICTS
        for found in [[_test(test, lacks) for test, result in results.items() if result == verdict]]
        if found
    ]
    return f"Of nine tests {listed(told)}."


def _test(test: str, lacks: Mapping[str, str]) -> str:
    words = test.replace("_", " ")
    return f"{words}: needs {lacks[test]}" if test in lacks else words


def _order(row: Row) -> str:
    if row["active_from"] is None:
        return "The accounts were not active in the 24 hours before it, nor during it."
    if row["active_from"] >= row["started_at"]:
        return f"The accounts became active after it began, at {instant(row['active_from'])}."
    before = by_phase(row)["before_onset"]
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
    phase = by_phase(row)
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


def _dose(row: Row) -> str | None:
    chance = p_value_per_mille(row)
    if chance is None:
        return None
    before, during = (by_phase(row)[part]["others_duration_us"] for part in ("before_24h", "overlap"))
    return sentences(
        f"Hours of its load dealt out anew, {row['orders_as_extreme']:,} of {ORDERS:,} orders meet the failures of"
        f" everyone else as closely as the one observed (p = {chance / 1_000:.3f}).",
        f"Everyone else was served in {during // 1_000:,} ms at the median while it was active in the outage, in"
        f" {before // 1_000:,} ms in the 24 hours before."
        if before and during
        else None,
    )


def _limits(row: Row) -> str | None:
    phase = by_phase(row)
    limited = phase["before_onset"]["cluster_limited"] + phase["overlap"]["cluster_limited"]
    if not phase["before_24h"]["limited"] + phase["outage"]["limited"]:
        return "No answer 429 to anybody shows a rate limit at work."
    return f"A rate limit refused {counted(limited, 'request')} of the cluster (429) before the onset and during it."


def _cost(row: Row) -> str | None:
    before = by_phase(row)["before_onset"]
    if row["cost_at_onset_us"] is None or not before["served_us"]:
        return None
    return (
        f"By time to serve, their share before the onset is {share(before['served_us_cluster'], before['served_us'])},"
        f" by requests {share(before['requests_cluster'], before['requests'])}."
    )


def _risers(row: Row) -> str | None:
    if not row["risers"]:
        return None
    found = [f"{name(one['user_id'])} (+{one['rise']:,})" for one in row["risers"]]
    return f"Others whose requests rose by as much in that time: {listed(found)}."


def _rivals(row: Row) -> str | None:
    if not row["rivals"]:
        return None
    found = [
        f"{name(one['incident_id'])} ({name(one['kind'])}, {counted(one['minutes_before_onset'], 'minute')} before)"
        for one in row["rivals"]
    ]
    return f"On record in the hour before the onset: {listed(found)}."


_GROUNDS = (
    _order,
    _overlap,
    _failures,
    _went_on,
    _dose,
    _load,
    _cost,
    _limits,
    _rivals,
    _risers,
)  # told after the conclusion they lead to


def _detail(row: Row) -> dict[str, Any]:
    """Return the numbers flat: one key per measure and phase."""
    kept = {column: value for column, value in row.items() if column not in {*NOT_NUMBERS, "phases"}}
    if row["subject"] is None or not row["assessed"]:
        return {"incident_id": row["subject"], "needs": ["incidents" if row["subject"] is None else "events"]}
    phase = by_phase(row)
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
        **{f"others_duration_us_{part}": phase[part]["others_duration_us"] for part in ("before_24h", "overlap")},
        "unexplained_per_mille": 1_000 * (row["outage_minutes"] - row["overlap_minutes"]) // row["outage_minutes"]
        if row["outage_minutes"]
        else None,
        "p_value_per_mille": p_value_per_mille(row),
        "tests": tests(row),
        "tests_need": needed(row),
        "outcome": outcome(row),
        "summary": sentences(_outage(row), _OUTCOMES[outcome(row)][1], _order(row), _overlap(row)),
    }


SERVICE_IMPACT = Kind(
    id="service_impact",
    question="Were these accounts active when the service failed, and did others fail because of that load?",
    needs={"incidents": bring("incidents")},
    rule=(
        "Elevated: the share of 500-599 answers to everyone but the cluster, in the scope of the outage, is at least"
        " twice that of the 24 hours before, and a percentage point more. Nine tests: order (active before the onset);"
        " dose (others failed more or were served at half the speed while it was active, p of 0.05 or less over 200"
        " orders of the hours); withdrawal (others recovered when it stopped; against: elevated for more than half of"
        " the outage afterwards); counterfactual (the load without it had been served in calm, the load with it not);"
        " cost weight (the same by time to serve); same backend (it asked parts of the service in which others failed);"
        " other changes (no incident in the hour before, nobody else rose by as much); earlier load (no equal load"
        " served in calm in 28 days); rate limits (one acted and let its load through). `Consistent with contributing`"
        " only if order and dose hold and none speaks against; more only if all nine hold. Confidence is moderate if"
        " five tests could be made, else low."
    ),
    cannot_show=(
        "What made the service fail. Capacity and the machines behind a path are not in access logs; time to serve"
        " stands for cost only where the logs carry it."
    ),
    innocent="A fault, a change or a load that is not in these tables.",
    exhibits="First and last requests of the cluster before the onset and during it; failures of others.",
    say=_say,
    detail=_detail,
    uses=(OTHER_NAMES,),
)
