"""The tests of claims, one by one: numbers in, result out; and that no channel outside the data is ever vouched for."""

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from forensics.analyze.findings import claims
from forensics.analyze.findings.claims import CLAIMS

EVERY_CLAIM = [
    ("stopped_by", "2026-03"), ("only_accounts", "2"), ("volume_below", "minimal"), ("volume_below", "9,000 requests"),
    ("not_automated", None), ("not_us", None), ("purpose", None), ("not_intended", None), ("not_ordered", None),
    ("outage_duration", "60 min"), ("caused_outage", "OUT-1"), ("other", None), ("only_accounts", "one employee"),
]  # fmt: skip
NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)


def row(claim: str, value: str | None = None, **numbers: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a row as the query gives it: a subject of two accounts in a cluster, all of it direct."""
    measures = {f"{who}_{name}": 0 for who in ("core", "subject", "all") for name in
                ("requests", "objects", "bytes", "input_tokens", "output_tokens")}  # fmt: skip
    return {
        "statement_id": "S-1", "said_about": "org", "claim": claim, "claimed_value": value, "accounts": 2,
        "accounts_core": 2, "accounts_in_clusters": 2, "members": ["a", "b"], "core_until": 0, "core_after": 0,
        "colleagues_after": 0, "core_after_by_channel": [], "core_last_request": None, "stop_at": NOON,
        "logs_until": NOON, "minimal_percent": 1.0, "is_aggressive": None, "peak_minute": None, "fast_requests": None,
        "automation_grounds": [], "is_established": None, "grounds_held": None, "grounds_disagreeing": None,
        "impacts": [], "incident_id": None, "outage_minutes": None, "minutes_failing": None, "outage_is_covered": True,
        "accounts_channel_unknown": 0, "resellers_on_record": 0, "verbatim": None, "cluster_ids": ["C-1"],
        "accounts_at_once": 0, "devices": 0, "clients": 0, "minutes_used": 0, "minutes_together": 0, **measures,
        **numbers,
    }  # fmt: skip


def impact(outcome: str) -> dict[str, Any]:
    return {"incident_id": "O", "outcome": outcome, "requests_before_onset": 5, "others_5xx_after_stop": 3,
            "overlap_minutes": 1, "outage_minutes": 2}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "result"),
    [
        (row("stopped_by", core_until=9), "supported"),
        (row("stopped_by", core_until=9, core_after=1), "contradicted"),
        (row("stopped_by", stop_at=None), "not_testable"),
        (row("only_accounts", "2"), "supported"),
        (row("only_accounts", "1"), "contradicted"),
        (row("only_accounts", "a, b"), "supported"),
        (row("only_accounts", "a; x"), "contradicted"),
        (row("only_accounts", "a few"), "not_testable"),
        (row("only_accounts", "one employee"), "supported_in_part"),
        (row("only_accounts", "2 people", cluster_ids=["C-1", "C-2"]), "supported_in_part"),
        (row("only_accounts", "one employee", cluster_ids=["C-1", "C-2"]), "not_testable"),
        (row("only_accounts", "one employee", accounts_at_once=1), "not_testable"),
        (row("only_accounts", "one employee", cluster_ids=[]), "not_testable"),
        (row("volume_below", "10", core_requests=11, subject_requests=12, all_requests=99), "contradicted"),
        (row("volume_below", "10", core_requests=9, subject_requests=10, all_requests=99), "supported"),
        (row("volume_below", "10", core_requests=9, subject_requests=11, all_requests=99), "supported_in_part"),
        (row("volume_below", "5%", core_requests=4, subject_requests=4, all_requests=99), "supported"),
        (row("volume_below", "5 tokens", core_requests=4, all_requests=99), "not_testable"),
        (row("not_automated", is_aggressive=True, core_requests=4), "contradicted"),
        (row("not_automated", is_aggressive=False, core_requests=4), "supported_in_part"),
        (row("not_us", is_established=True, grounds_held=2, grounds_disagreeing=0), "contradicted"),
        (row("not_us", is_established=False, grounds_held=1, grounds_disagreeing=0), "not_testable"),
        (row("not_us", is_established=False, grounds_held=1, grounds_disagreeing=1), "supported_in_part"),
        (row("outage_duration", "24 h", outage_minutes=1_440, minutes_failing=1_400), "supported"),
        (row("outage_duration", "24 h", outage_minutes=1_440, minutes_failing=120), "supported_in_part"),
        (row("outage_duration", "24 h", outage_minutes=60, minutes_failing=60), "contradicted"),
        (row("outage_duration", "long", outage_minutes=60, minutes_failing=60), "not_testable"),
        (row("caused_outage", impacts=[impact("consistent_with_contributing")]), "supported_in_part"),
        (row("caused_outage", impacts=[impact("every_test_holds")]), "supported_in_part"),
        (row("caused_outage", impacts=[impact("rival_cause_not_separable")]), "not_testable"),
        (row("caused_outage", impacts=[impact("no_sign_of_harm_to_others")]), "contradicted"),
        (row("caused_outage", impacts=[impact("tests_disagree")]), "contradicted"),
        (row("caused_outage"), "not_testable"),
    ],
)
def test_each_claim_has_its_result(found: dict[str, Any], result: str) -> None:
    assert claims.tested(found).result == result


@pytest.mark.parametrize("gap", [{"resellers_on_record": 1}, {"accounts_channel_unknown": 1}])
def test_a_statement_wider_than_the_data_is_never_supported(gap: dict[str, int]) -> None:
    for claim in CLAIMS:
        for value in (None, "0", "2", "24 h", "2027", "minimal", "a, b"):
            found = row(
                claim, value, core_requests=0, all_requests=9, outage_minutes=1_440, minutes_failing=1_440, **gap
            )
            assert claims.tested(found).result != "supported" or claim == "outage_duration", (claim, value)


def test_one_employee_is_at_most_consistent_whatever_the_rows() -> None:
    """Logs see accounts: neither thirteen of them nor one settles how many people there were."""
    for clusters, at_once, together in product((0, 1, 2, 13), (0, 3), (0, 500)):
        found = claims.tested(
            row("only_accounts", "it was a single employee", cluster_ids=["C"] * clusters, accounts_at_once=at_once,
                accounts_in_clusters=13 * clusters, minutes_together=together, minutes_used=500)
        )  # fmt: skip
        assert found.result in {"supported_in_part", "not_testable"}
        assert (found.rows_against, "Logs see accounts, not persons" in found.words) == (0, True)
        assert found.label == ("at most consistent with the rows" if found.result == "supported_in_part" else None)
    for said in ({"claimed_value": "one employee"}, {"verbatim": "This was a single contractor of ours."}):
        other = claims.tested(row("other") | said)
        assert (other.result, "not persons" in other.words) == ("not_testable", True)


def test_without_a_subject_on_record_nothing_about_accounts_is_testable() -> None:
    for claim in ("stopped_by", "only_accounts", "volume_below", "not_automated", "not_us", "caused_outage"):
        assert claims.tested(row(claim, "2", accounts=0)).result == "not_testable"
