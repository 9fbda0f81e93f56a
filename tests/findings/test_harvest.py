from datetime import timedelta
from pathlib import Path

from tests.findings.build import Row, Story, assessed, at, every, request

PROMPT, IMAGE = "/v1/jobs/{}/prompt", "/jobs/{}/image"


def pairwise(first_id: int = 1_000, objects: int = 20) -> list[Row]:
    """`a` takes prompts, `b` the image of the same job 3 s later, one id every 6 s: ten ids a minute, 20 requests."""
    times = list(enumerate(every(6, at(0), at(0.1 * objects))))
    prompts = [request(when, "a", PROMPT.format(first_id + number)) for number, when in times]
    images = [request(when + timedelta(seconds=3), "b", IMAGE.format(first_id + number)) for number, when in times]
    return [*prompts, *images]


def test_pairs_split_between_accounts_are_counted_by_template(tmp_path: Path) -> None:
    rows = [*pairwise(), request(at(500), "a", IMAGE.format(9_999)), request(at(1), "c", IMAGE.format(5_000))]
    detail = assessed(Story(requests=rows).case(tmp_path)).one("harvest")["detail"]
    assert (detail["objects"], detail["pairs"], detail["pairs_split"], detail["pairs_one_account"]) == (20, 20, 20, 0)
    assert detail["by_template"] == [
        {
            "template": template, "objects": 20, "requests": 20, "accounts": 1,
            "object_id_min": 1_000, "object_id_max": 1_019, "object_id_span": 20,
        }
        for template in ("GET /jobs/{id}/image", "GET /v1/jobs/{id}/prompt")
    ]  # fmt: skip
    assert (detail["runs"], detail["busy_minutes"]) == (1, 2)
    assert (detail["active_from"], detail["active_until"]) == ("2026-03-07T12:00:00Z", "2026-03-07T12:01:57Z")
    assert detail["objects_asked_period"] == 21  # everyday use is outside the run


def test_pairs_taken_by_one_account_are_told_apart(tmp_path: Path) -> None:
    rows = pairwise(objects=10) + [request(at(1, number), "a", IMAGE.format(1_000 + number)) for number in range(4)]
    detail = assessed(Story(requests=rows).case(tmp_path)).one("harvest")["detail"]
    assert (detail["pairs"], detail["pairs_one_account"], detail["pairs_split"]) == (10, 4, 6)


def test_order_counts_steps_up_down_and_repeated(tmp_path: Path) -> None:
    numbers = [500, 501, 503, 503, 502, 510]
    rows = [request(at(0, 5 * place), "a", IMAGE.format(number)) for place, number in enumerate(numbers)]
    finding = assessed(Story(requests=rows).case(tmp_path)).one("harvest")
    steps = {name: value for name, value in finding["detail"].items() if name.startswith("steps")}
    assert steps == {"steps": 5, "steps_increasing": 3, "steps_repeated": 1, "steps_decreasing": 1}
    assert finding["detail"]["object_id_span"] == 11  # 500 to 510
    assert "(45.5% of the id range 500 to 510)" in finding["statement"]  # 5 of 11


def test_only_answers_2xx_are_taken_and_retries_are_within_a_minute(tmp_path: Path) -> None:
    rows = [request(at(0, 5 * number), "a", IMAGE.format(700 + number)) for number in range(6)]
    rows += [
        request(at(0, 40), "a", IMAGE.format(800), status=503), request(at(0, 45), "a", IMAGE.format(800), status=503),
        request(at(1, 50), "a", IMAGE.format(800)),  # 65 s later: no retry of the second
        request(at(1, 0), "a", IMAGE.format(801), status=404),
        request(at(1, 5), "b", IMAGE.format(801), status=404),  # another account: no retry either
    ]  # fmt: skip
    detail = assessed(Story(requests=rows).case(tmp_path)).one("harvest")["detail"]
    assert (detail["objects"], detail["objects_asked"]) == (7, 8)
    assert (detail["refusals"], detail["refusals_retried"]) == (4, 1)
    assert detail["refusals_by_status"] == [
        {"status": 404, "answers": 2, "retried": 0},
        {"status": 503, "answers": 2, "retried": 1},
    ]


def test_the_edge_of_a_minute_belongs_to_the_run_and_a_stray_visit_does_not(tmp_path: Path) -> None:
    busy = [request(when, "a", IMAGE.format(900 + place)) for place, when in enumerate(every(1, at(0), at(2)))]
    edge = request(at(2), "a", IMAGE.format(1_900))
    stray = [
        request(at(300, number), "a", IMAGE.format(3_000 + number)) for number in range(6)
    ]  # 6 of 121: everyday use
    detail = assessed(Story(requests=[*busy, edge, *stray]).case(tmp_path)).one("harvest")["detail"]
    assert (detail["runs"], detail["active_until"], detail["objects"]) == (1, "2026-03-07T12:02:00Z", 121)


def test_a_pause_of_more_than_an_hour_begins_another_run(tmp_path: Path) -> None:
    bursts = [
        request(begin + timedelta(seconds=number), "a", IMAGE.format(900 + number))
        for begin in (at(0), at(59), at(180))
        for number in range(10)
    ]
    detail = assessed(Story(requests=bursts).case(tmp_path)).one("harvest")["detail"]
    assert (detail["runs"], detail["objects"], detail["objects_asked"]) == (2, 10, 10)
    assert (detail["largest_run_from"], detail["largest_run_until"]) == ("2026-03-07T12:00:00Z", "2026-03-07T12:59:09Z")
    assert detail["peak_hour_objects"] == 10


def test_without_status_nothing_is_called_received(tmp_path: Path) -> None:
    rows = [request(at(0, number), "a", IMAGE.format(900 + number), status=None) for number in range(10)]
    finding = assessed(Story(requests=rows).case(tmp_path)).one("harvest")
    assert finding["detail"]["objects"] == 0
    assert "asked for 10 distinct numbered objects; the logs carry no status" in finding["statement"]


def test_logs_without_object_numbers_are_not_assessed(tmp_path: Path) -> None:
    rows = [request(at(0, number), "a", "/chat") for number in range(10)]
    finding = assessed(Story(requests=rows).case(tmp_path)).one("harvest")
    assert (finding["assessed"], finding["severity"]) == (False, "info")
    assert finding["statement"] == "Not assessed: needs object numbers in the logged paths."


def test_a_cluster_that_browses_is_not_called_a_harvest(tmp_path: Path) -> None:
    rows = [request(at(3 * number), "a", IMAGE.format(900 + number)) for number in range(10)]
    finding = assessed(Story(requests=rows).case(tmp_path)).one("harvest")
    assert finding["statement"].startswith("No harvest is seen")
    assert finding["severity"] == "info"


def test_clusters_with_an_innocent_verdict_get_no_finding(tmp_path: Path) -> None:
    found = assessed(Story(requests=pairwise(), verdict="shared_organization").case(tmp_path))
    assert {row["kind"] for row in found.findings if row["assessed"]} == {"scope", "automation"}
    assert {row["cluster_id"] for row in found.findings} == {None}


def test_a_harvest_that_goes_on_where_it_had_stopped_is_told(tmp_path: Path) -> None:
    first = [request(at(0, 5 * n), "a", f"/jobs/{1_000 + n}") for n in range(300)]
    again = [request(at(300, 5 * n), "b", f"/jobs/{1_300 + n}") for n in range(300)]
    found = assessed(Story(requests=first + again).case(tmp_path)).one("harvest")
    assert (found["detail"]["runs"], found["detail"]["resumptions"]) == (2, 1)
    assert "After a pause it went on where it had stopped 1 time." in found["statement"]
    assert found["detail"]["by_day"] == [{"day": "2026-03-07", "objects": 600, "requests": 600}]
    anew = [row | {"object_id": row["object_id"] - 300} for row in again]
    repeated = assessed(Story(requests=first + anew).case(tmp_path / "again")).one("harvest")
    assert repeated["detail"]["resumptions"] == 0
