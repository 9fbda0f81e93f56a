"""Counter-stories: what looks like an outage made by somebody, and is not."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.findings.build import Row, Story, assessed, at, every, outage, request

ONSET, STOP, END = at(0), at(60), at(60)


def others(begins: datetime, ends: datetime, fails: int = 0, seconds: float = 30) -> list[Row]:
    """Others ask every `seconds`; of every ten requests the first `fails` are answered 503."""
    return [
        request(when, f"c{place % 5}", "/feed", status=503 if place % 10 < fails else 200)
        for place, when in enumerate(every(seconds, begins, ends))
    ]


def cluster(begins: datetime, ends: datetime, status: int = 200, seconds: float = 6) -> list[Row]:
    """The cluster asks for one object after the other."""
    return [
        request(when, "ab"[place % 2], f"/jobs/{1_000 + place}/image", status=status)
        for place, when in enumerate(every(seconds, begins, ends))
    ]


def impact(tmp_path: Path, rows: list[Row], *incidents: Row) -> Row:
    return assessed(Story(requests=rows, incidents=incidents).case(tmp_path)).one("service_impact", "OUT-1")


def contributing() -> list[Row]:
    """The cluster runs from 30 minutes before the onset to the end of an hour; others fail in exactly that hour."""
    return [
        *others(at(-1_440), ONSET), *others(ONSET, END, fails=5), *others(END, at(120)), *cluster(at(-30), STOP),
    ]  # fmt: skip


def test_all_tests_in_favor_are_consistent_with_contributing_and_no_more(tmp_path: Path) -> None:
    found = impact(tmp_path, contributing(), outage(ONSET, at(110)))
    detail = found["detail"]
    assert (detail["outcome"], found["confidence"], found["likelihood"]) == (
        "consistent_with_contributing", "moderate", None,
    )  # fmt: skip
    assert "consistent with contributing; they do not show that this load was sufficient" in found["statement"]
    assert detail["tests"] == {
        "order": "for", "dose": "for", "withdrawal": "for", "counterfactual": "for", "cost_weight": "open",
        "same_backend": "open", "other_changes": "for", "earlier_load": "for", "rate_limits": "open",
    }  # fmt: skip
    assert (
        "1 is undecided (same backend) and 2 are not assessed (cost weight: needs times to serve before"
        in (found["statement"])
    )
    assert set(detail["tests_need"]) == {"cost_weight", "rate_limits"}
    assert detail["p_value_per_mille"] <= 50
    assert (detail["others_5xx_before_24h"], detail["others_requests_before_24h"]) == (0, 2_880)
    assert (detail["others_5xx_overlap"], detail["others_requests_overlap"]) == (60, 120)
    assert (detail["others_5xx_after_stop"], detail["others_requests_after_stop"]) == (0, 100)
    assert (detail["requests_before_onset"], detail["requests_before_onset_all"]) == (300, 360)
    assert (detail["overlap_minutes"], detail["outage_minutes"], detail["unexplained_minutes"]) == (59, 110, 51)
    assert (detail["load_at_onset"], detail["load_earlier_calm"]) == (120, 20)  # 100 and 20; 20 alone
    assert detail["minutes_active_before_onset"] == 30


def test_a_cluster_that_only_fails_its_own_requests_harms_nobody(tmp_path: Path) -> None:
    rows = [*others(at(-1_440), at(120)), *cluster(at(-30), ONSET), *cluster(ONSET, STOP, status=503)]
    found = impact(tmp_path, rows, outage(ONSET, END))
    assert found["detail"]["outcome"] == "no_sign_of_harm_to_others"
    assert "No sign of harm to others" in found["statement"]
    assert (found["detail"]["cluster_5xx_outage"], found["detail"]["cluster_requests_outage"]) == (600, 600)
    assert (found["detail"]["others_5xx_outage"], found["detail"]["others_requests_outage"]) == (0, 120)
    assert found["severity"] == "info"


@pytest.mark.parametrize(("minutes", "is_rival"), [(0, True), (60, True), (61, False), (-1, False)])
def test_a_deploy_in_the_hour_before_is_a_rival_that_cannot_be_told_apart(
    tmp_path: Path, minutes: int, *, is_rival: bool
) -> None:
    deploy = outage(ONSET - timedelta(minutes=minutes), None, "DEP-1", kind="deploy")
    found = impact(tmp_path, contributing(), outage(ONSET, END), deploy)
    assert bool(found["detail"]["rivals"]) == is_rival
    assert found["detail"]["outcome"] == ("rival_cause_not_separable" if is_rival else "consistent_with_contributing")
    assert ("DEP-1" in found["statement"]) == is_rival
    assert ("consistent with" in found["statement"]) != is_rival


def test_an_outage_that_goes_on_after_they_stopped_is_said(tmp_path: Path) -> None:
    rows = [*others(at(-1_440), ONSET), *others(ONSET, at(1_440), fails=5), *cluster(at(-30), STOP)]
    found = impact(tmp_path, rows, outage(ONSET, at(1_440)))
    assert found["detail"]["tests"]["withdrawal"] == "against"
    assert found["detail"]["outcome"] == "tests_disagree"
    assert found["detail"]["minutes_elevated_after_stop"] == 1_380
    assert "stayed elevated for 1,380 minutes after the accounts stopped, more than half" in found["statement"]
    assert "(4.1%)" in found["statement"]  # 59 of 1,440


def test_an_equal_load_served_before_speaks_against(tmp_path: Path) -> None:
    crowd = [request(when, "d", "/feed") for when in every(5, at(-600), at(-540))]
    found = impact(tmp_path, contributing() + crowd, outage(ONSET, END))
    assert found["detail"]["load_earlier_calm"] == 140  # 120 of the crowd and 20
    assert found["detail"]["tests"]["earlier_load"] == "against"
    assert found["detail"]["outcome"] == "tests_disagree"
    assert "as many had been served before" in found["statement"]


def test_a_cluster_that_began_after_the_onset_is_not_tied_to_it(tmp_path: Path) -> None:
    rows = [*others(at(-1_440), ONSET), *others(ONSET, at(60), fails=5), *cluster(at(10), at(50))]
    found = impact(tmp_path, rows, outage(ONSET, END))
    assert found["detail"]["outcome"] == "not_active_at_onset"
    assert "became active after it began, at 2026-03-07 12:10:00Z" in found["statement"]
    assert found["detail"]["overlap_minutes"] == 39


def test_a_cluster_that_had_stopped_before_the_onset_is_not_tied_to_it(tmp_path: Path) -> None:
    rows = [*others(at(-1_440), ONSET), *others(ONSET, at(60), fails=5), *cluster(at(-90), at(-30))]
    found = impact(tmp_path, rows, outage(ONSET, END))
    assert (found["detail"]["outcome"], found["detail"]["overlap_minutes"]) == ("not_active_at_onset", 0)
    assert "had paused before it began" in found["statement"]


def test_a_cluster_that_was_elsewhere_in_time_is_not_tied_to_it(tmp_path: Path) -> None:
    rows = [*others(at(-4_000), ONSET), *others(ONSET, at(60), fails=5), *cluster(at(-4_000), at(-3_990))]
    found = impact(tmp_path, rows, outage(ONSET, END))
    assert found["detail"]["outcome"] == "not_active_at_onset"
    assert "not active in the 24 hours before it, nor during it" in found["statement"]


def test_without_other_customers_harm_is_not_testable(tmp_path: Path) -> None:
    story = Story(requests=cluster(at(-30), STOP, status=503), incidents=[outage(ONSET, END)])
    told = assessed(story.case(tmp_path))
    found = told.one("service_impact", "OUT-1")
    assert (found["detail"]["outcome"], found["confidence"]) == ("not_testable", "low")
    assert {"dose", "withdrawal", "same_backend", "rate_limits"} <= set(found["detail"]["tests_need"])
    assert "service_impact" in told.one("action")["detail"]["triggers_not_assessed"]


def test_an_open_outage_is_followed_to_the_end_of_the_logs(tmp_path: Path) -> None:
    found = impact(tmp_path, contributing(), outage(ONSET, None))
    assert (found["detail"]["is_open"], found["detail"]["outage_minutes"]) == (True, 119)
    assert "is open: it is followed for 119 minutes, to the end of the logs" in found["statement"]


def test_logs_that_end_before_the_recovery_say_so(tmp_path: Path) -> None:
    found = impact(tmp_path, contributing(), outage(ONSET, at(1_440)))
    assert found["detail"]["outage_minutes_in_logs"] == 119
    assert "The logs cover 119 minutes of it." in found["statement"]


def test_incidents_without_an_outage_are_not_assessed(tmp_path: Path) -> None:
    story = Story(requests=contributing(), incidents=[outage(ONSET, None, "DEP-1", kind="deploy")])
    found = assessed(story.case(tmp_path)).one("service_impact")
    assert found["assessed"] is False
    assert found["statement"] == "Not assessed: needs an incident of kind outage in the incidents table."


def test_an_outage_outside_the_logs_is_not_assessed(tmp_path: Path) -> None:
    found = impact(tmp_path, contributing(), outage(at(10_000), at(10_060)))
    assert found["assessed"] is False
    assert found["statement"] == "Not assessed: needs log files that cover outage OUT-1."


def test_missing_incidents_give_exactly_one_finding(tmp_path: Path) -> None:
    found = assessed(Story(requests=contributing()).case(tmp_path))
    (only,) = [row for row in found.findings if row["kind"] == "service_impact"]
    assert (only["assessed"], only["confidence"], only["alternative"]) == (False, "low", "")
    assert only["statement"] == "Not assessed: needs an incidents table (forensics ingest FILE --as incidents)."


def test_two_outages_under_one_id_are_two_findings(tmp_path: Path) -> None:
    story = Story(requests=contributing(), incidents=[outage(ONSET, END), outage(at(90), at(100))])
    found = assessed(story.case(tmp_path))
    assert [row["subject"] for row in found.findings if row["kind"] == "service_impact"] == ["OUT-1", "OUT-1 #2"]
    assert len({row["finding_id"] for row in found.findings}) == len(found.findings)


def served(rows: list[Row], milliseconds: int, path: str = "/jobs/1/image") -> list[Row]:
    """Give requests a time to serve and one part of the service."""
    return [row | {"event_duration_us": milliseconds * 1_000, "template": f"GET {path}"} for row in rows]


def whole_story() -> list[Row]:
    """Everything fits: one part of the service, times to serve, a rate limit that lets most through."""
    rows = [
        *served(others(at(-1_440), ONSET), 20),
        *served(others(ONSET, END, fails=5), 90),
        *served(others(END, at(120)), 20),
        *served(cluster(at(-30), STOP), 200),
    ]  # fmt: skip
    limited = [request(at(-20, second), "a", "/jobs/7/image", status=429) for second in range(5)]
    return rows + served(limited, 1)


def test_more_than_consistent_is_said_only_where_all_nine_tests_hold(tmp_path: Path) -> None:
    found = impact(tmp_path, whole_story(), outage(ONSET, at(110)))
    assert set(found["detail"]["tests"].values()) == {"for"}
    assert found["detail"]["outcome"] == "every_test_holds"
    assert "this load explains it; a fault that left no row is not excluded" in found["statement"]
    assert "Everyone else was served in 90 ms at the median" in found["statement"]
    assert "A rate limit refused 5 requests of the cluster (429)" in found["statement"]


def test_a_customer_whose_load_rose_by_more_is_a_rival(tmp_path: Path) -> None:
    crowd = [request(when, "big", "/feed") for when in every(3, at(-30), ONSET)]
    found = impact(tmp_path, contributing() + crowd, outage(ONSET, END))
    assert found["detail"]["risers"] == [{"rise": 600, "user_id": "big"}]
    assert found["detail"]["tests"]["other_changes"] == "open"
    assert found["detail"]["outcome"] in {"rival_cause_not_separable", "tests_disagree"}
    assert "big (+600)" in found["statement"]


def test_an_equally_large_customer_whose_load_did_not_rise_is_no_rival(tmp_path: Path) -> None:
    steady = [request(when, "big", "/feed") for when in every(6, at(-2_880), END)]
    found = impact(tmp_path, contributing() + steady, outage(ONSET, END))
    assert found["detail"]["risers"] == []


def test_a_scope_counts_failures_in_that_part_alone(tmp_path: Path) -> None:
    web = [row | {"template": "GET /web/feed"} for row in others(at(-1_440), END)]
    api = [row | {"template": "GET /api/feed"} for row in others(at(-1_440), ONSET) + others(ONSET, END, fails=10)]
    mine = [row | {"template": "GET /web/jobs"} for row in cluster(at(-30), STOP)]
    found = impact(tmp_path, web + api + mine, outage(ONSET, END) | {"scope": "api"})
    assert found["detail"]["scope_words"] == ["api"]
    assert (found["detail"]["others_5xx_overlap"], found["detail"]["others_requests_overlap"]) == (120, 120)
    assert found["detail"]["tests"]["same_backend"] == "against"
    assert found["detail"]["outcome"] == "tests_disagree"
    assert "Its scope was read as api." in found["statement"]


def test_failures_that_follow_no_dose_are_not_taken_for_one(tmp_path: Path) -> None:
    """Others fail all through the outage; the cluster's load comes at any hour of two days alike."""
    rows = [*others(at(-1_440), ONSET), *others(ONSET, at(1_440), fails=5)]
    for hour in range(-24, 24, 2):
        rows += cluster(at(60 * hour - 20), at(60 * hour + 10))
    found = impact(tmp_path, rows, outage(ONSET, at(1_440)))
    assert found["detail"]["p_value_per_mille"] > 50
    assert found["detail"]["outcome"] == "tests_disagree"
