from pathlib import Path

from tests.findings.build import NOON, Story, assessed, at, request


def test_coverage_counts_records_silence_and_anonymous_requests(tmp_path: Path) -> None:
    story = Story(
        requests=[request(at(0), "a"), request(at(61), None), request(at(200), "c"), request(at(201), "c")],
        members=(),
        file={"rejects": 1, "records": 5},
    )
    detail = assessed(story.case(tmp_path)).one("scope", "coverage")["detail"]
    assert (detail["files"], detail["records"], detail["events"], detail["rejects"]) == (1, 5, 4, 1)
    assert detail["files_unbalanced"] == 0
    assert (detail["hours"], detail["hours_without_events"], detail["longest_silence_hours"]) == (
        4,
        1,
        1,
    )  # 14:00 to 15:00
    assert (detail["accounts"], detail["requests"], detail["requests_anonymous"]) == (2, 4, 1)
    assert (detail["first_event"], detail["last_event"]) == ("2026-03-07T12:00:00Z", "2026-03-07T15:21:00Z")


def test_records_that_do_not_add_up_are_said(tmp_path: Path) -> None:
    finding = assessed(Story(requests=[request(NOON, "c")], members=(), file={"records": 3}).case(tmp_path))
    coverage = finding.one("scope", "coverage")
    assert "In 1 file the records do not add up." in coverage["statement"]
    assert coverage["severity"] == "medium"


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    story = Story(requests=[request(NOON, "c")], members=(), file={"complete": False})
    found = assessed(story.case(tmp_path)).one("scope", "files")
    assert found["statement"].startswith("1 of 1 log file is truncated or damaged: access.log.")
    assert found["detail"] == {"files": 1, "files_incomplete": 1, "incomplete_paths": ["access.log"]}


def test_requests_through_resellers_and_unknown_channels_are_shares_of_all(tmp_path: Path) -> None:
    story = Story(
        requests=[request(at(minute), user) for minute, user in enumerate(["a", "r", "r", "x", None])],
        members=(),
        accounts=[{"user_id": "a", "channel": "direct"}, {"user_id": "r", "channel": "reseller:Cloudlet"}],
    )
    found = assessed(story.case(tmp_path)).one("scope", "our_side")
    assert found["detail"] == {
        "requests": 5, "requests_direct": 1, "requests_reseller": 2, "requests_channel_unknown": 1,
        "requests_anonymous": 1,
    }  # fmt: skip
    assert found["statement"].startswith("We see only our side: of 5 requests, 40.0% come from accounts of a reseller")


def test_assumed_time_zones_and_events_outside_their_file_are_said(tmp_path: Path) -> None:
    story = Story(
        requests=[request(at(0), "c"), request(at(90), "c")],
        members=(),
        file={"timezone": "assumed Asia/Tokyo", "last_timestamp": at(60)},
    )
    found = assessed(story.case(tmp_path)).one("scope", "times")
    assert (found["detail"]["files_assumed_timezone"], found["detail"]["events_outside_window"]) == (1, 1)
    assert "was assumed (Asia/Tokyo)" in found["statement"]


def test_without_clusters_only_the_scope_and_what_is_missing_speak(tmp_path: Path) -> None:
    found = assessed(Story(requests=[request(NOON, "c")], members=()).case(tmp_path))
    assert [(row["kind"], row["subject"]) for row in found.findings] == [
        ("scope", "coverage"), ("scope", "files"), ("scope", "lines"), ("scope", "our_side"), ("scope", "times"),
        ("channel", None), ("automation", "others"), ("service_impact", None), ("statement", None), ("terms", None),
    ]  # fmt: skip


def test_an_empty_case_says_what_it_needs(tmp_path: Path) -> None:
    found = assessed(Story(members=()).case(tmp_path))
    assert [(row["kind"], row["assessed"], row["statement"]) for row in found.findings] == [
        ("scope", False, "Not assessed: needs log files (forensics ingest SOURCE)."),
        (
            "channel", False,
            "Not assessed: needs an accounts table with channels (forensics ingest FILE --as accounts).",
        ),
        ("service_impact", False, "Not assessed: needs an incidents table (forensics ingest FILE --as incidents)."),
        ("statement", False, "Not assessed: needs a statements table (forensics ingest FILE --as statements)."),
        ("terms", False, "Not assessed: needs a terms table (forensics ingest FILE --as terms)."),
    ]  # fmt: skip
