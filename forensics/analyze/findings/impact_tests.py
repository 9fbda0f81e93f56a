"""The nine tests of service impact: numbers of a row in; for, against or open, and one word for all together, out.

For means that it fits a contribution of the cluster to the outage; open, that the rows cannot tell.
"""

from typing import Any

from forensics.analyze.findings.kind import Row

PHASES = ("before_24h", "before_onset", "overlap", "after_stop", "outage")
ORDERS = 200  # orders of the hours, the one observed included
_NOTHING = dict.fromkeys(
    (
        "requests", "requests_cluster", "requests_cluster_in_scope", "others", "others_failed", "cluster",
        "cluster_failed", "cluster_limited", "limited", "served_us", "served_us_cluster",
    ),
    0,
)  # fmt: skip
_NEEDS = {
    "dose": "answers to others before the outage and while it was active",
    "withdrawal": "answers to others after it stopped",
    "counterfactual": "a calm time before it",
    "cost_weight": "times to serve before and at the onset",
    "same_backend": "parts of the service that failed for others",
    "earlier_load": "a calm time before it",
    "rate_limits": "an answer 429",
}  # what a test takes, in words of the data
_ONE_IN = 20  # chance from which a dose is not taken for chance


def by_phase(row: Row) -> dict[str, dict[str, Any]]:
    """Return the counts of every phase; a phase without requests counts nothing and compares with nothing."""
    found = {part["phase"]: part for part in row["phases"]}
    absent = {**_NOTHING, "others_duration_us": None, "is_elevated": None, "is_slower": None}
    return {phase: {**absent, **found.get(phase, {})} for phase in PHASES}


def tests(row: Row) -> dict[str, str]:
    """Return each of the nine tests as `for`, `against` or `open`."""
    phase = by_phase(row)
    load, calm = row["load_at_onset"], row["load_earlier_calm"]
    return {
        "order": _test(bool(row["is_active_at_onset"] and row["active_from"] < row["started_at"])),
        "dose": _dose(row, phase["overlap"]),
        "withdrawal": _withdrawal(row, phase["after_stop"]),
        "counterfactual": _counterfactual(row),
        "cost_weight": _more(row["cost_at_onset_us"], row["cost_earlier_calm_us"]),
        "same_backend": _same_backend(row, phase),
        "other_changes": "open" if row["rivals"] or row["risers"] else "for",
        "earlier_load": _more(load, calm),
        "rate_limits": _rate_limits(phase),
    }


def needed(row: Row) -> dict[str, str]:
    """Return, of the open tests, those the logs hold no data for, with what they would take; the others are undecided.

    A test that stays open although its data is there met rows that fit both readings, such as a dose that chance deals.
    """
    phase = by_phase(row)
    overlap, after = phase["overlap"], phase["after_stop"]
    lacks = {
        "dose": {overlap["is_elevated"], overlap["is_slower"]} == {None},
        "withdrawal": after["is_elevated"] is None,
        "counterfactual": row["load_at_onset"] is None or row["load_earlier_calm"] is None,
        "cost_weight": row["cost_at_onset_us"] is None or row["cost_earlier_calm_us"] is None,
        "same_backend": not row["failing_parts"],
        "earlier_load": row["load_at_onset"] is None or row["load_earlier_calm"] is None,
        "rate_limits": not phase["before_24h"]["limited"] + phase["outage"]["limited"],
    }
    return {test: _NEEDS[test] for test, result in tests(row).items() if result == "open" and lacks.get(test, False)}


def outcome(row: Row) -> str:
    """Return the one word for all tests together; nothing stronger than `consistent` unless all nine hold."""
    phase, results = by_phase(row), tests(row)
    harmed = {phase[part][name] for part in ("overlap", "outage") for name in ("is_elevated", "is_slower")}
    if harmed == {None}:
        return "not_testable"
    if True not in harmed:
        return "no_sign_of_harm_to_others"
    if results["order"] == "against":
        return "not_active_at_onset"
    if "against" in results.values() or results["dose"] == "open":
        return "tests_disagree"
    if row["rivals"] or row["risers"]:
        return "rival_cause_not_separable"
    return "every_test_holds" if set(results.values()) == {"for"} else "consistent_with_contributing"


def p_value_per_mille(row: Row) -> int | None:
    """Return the share of orders at least as extreme as the observed one, in thousandths."""
    extreme = row["orders_as_extreme"]
    return None if extreme is None else 1_000 * extreme // ORDERS


def _test(holds: bool | None) -> str:
    return "open" if holds is None else "for" if holds else "against"


def _more(load: int | None, calm: int | None) -> str:
    return "open" if load is None or calm is None else _test(load > calm)


def _dose(row: Row, overlap: dict[str, Any]) -> str:
    """Others failed more, or were served slower, while it was active, and by more than chance deals."""
    harmed = {overlap["is_elevated"], overlap["is_slower"]}
    if True not in harmed:
        return _test(None if harmed == {None} else False)
    extreme = row["orders_as_extreme"]
    return "for" if extreme is None or extreme * _ONE_IN <= ORDERS else "open"


def _withdrawal(row: Row, after: dict[str, Any]) -> str:
    """Others recovered when it stopped; against where they failed on for more than half of the outage."""
    if 2 * (row["minutes_elevated_after_stop"] or 0) > row["outage_minutes"]:
        return "against"
    return "for" if after["is_elevated"] is False else "open"


def _counterfactual(row: Row) -> str:
    """Without the cluster the load would have been one that was served in calm, and with it, it was not."""
    load, others, calm = row["load_at_onset"], row["load_at_onset_others"], row["load_earlier_calm"]
    return "open" if load is None or calm is None else _test(others <= calm < load)


def _same_backend(row: Row, phase: dict[str, dict[str, Any]]) -> str:
    """It asked parts of the service (first segment of the path) in which others failed, not only calm ones."""
    made = phase["before_onset"]["requests_cluster"] + phase["overlap"]["requests_cluster"]
    in_scope = phase["before_onset"]["requests_cluster_in_scope"] + phase["overlap"]["requests_cluster_in_scope"]
    if made and not in_scope:
        return "against"
    if not made or not row["failing_parts"]:
        return "open"
    if 2 * row["own_requests_failing_parts"] >= row["own_requests"]:
        return "for"
    is_elsewhere = not row["own_requests_failing_parts"] and 2 * row["own_requests_calm_parts"] >= row["own_requests"]
    return "against" if is_elsewhere else "open"


def _rate_limits(phase: dict[str, dict[str, Any]]) -> str:
    """A limit acted on others or on the cluster and let most of its load through; open where none is seen."""
    seen = phase["before_24h"]["limited"] + phase["outage"]["limited"]
    made = phase["before_onset"]["requests_cluster"] + phase["overlap"]["requests_cluster"]
    limited = phase["before_onset"]["cluster_limited"] + phase["overlap"]["cluster_limited"]
    return _test(None if not seen or not made else 2 * limited < made)
