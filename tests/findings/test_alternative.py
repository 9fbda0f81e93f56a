from pathlib import Path

from forensics.analyze.findings.hypotheses import HYPOTHESES
from tests.findings.build import Row, Story, assessed, at, request


def taken(agent: str = "curl/8") -> list[Row]:
    return [
        request(at(0, 2 * number), "ab"[number % 2], f"/jobs/{900 + number}/image", user_agent_original=agent)
        for number in range(20)
    ]


def weighed(tmp_path: Path, **story: object) -> dict[str, Row]:
    found = assessed(Story(**story).case(tmp_path)).one("alternative")  # type: ignore[arg-type]
    return {one["hypothesis"]: one for one in found["detail"]["hypotheses"]}


def test_every_hypothesis_is_listed_whatever_the_rows_hold(tmp_path: Path) -> None:
    found = weighed(tmp_path, requests=taken())
    assert list(found) == [one.name for one in HYPOTHESES]
    assert all(one["for"] or one["against"] or one["missing"] for one in found.values())


def test_objects_they_wrote_themselves_speak_for_their_own_archive(tmp_path: Path) -> None:
    made = request(at(-60), "a", "/jobs/900/image", http_request_method="POST", template="POST /jobs/{id}/image")
    assert weighed(tmp_path / "own", requests=[made, *taken()])["own_archive"]["for"] == (
        "The accounts wrote 1 object themselves."
    )
    assert weighed(tmp_path / "foreign", requests=taken())["own_archive"]["against"] == (
        "None of 20 objects was written by these accounts here."
    )


def test_a_declared_crawler_speaks_for_an_agreed_one(tmp_path: Path) -> None:
    found = weighed(tmp_path, requests=taken(agent="ExampleBot/1.0 (+https://bot.example)"))
    assert found["agreed_crawler"]["for"] == "20 of 20 requests carry a client name of a crawler or monitor."


def test_strangers_in_the_same_network_and_with_the_same_tool_are_counted(tmp_path: Path) -> None:
    values = [
        {"attribute": "source_range", "value": "198.18.1.0/24", "user_id": user_id, "events": 1} for user_id in "abcd"
    ] + [{"attribute": "user_agent", "value": "curl/8", "user_id": user_id, "events": 1} for user_id in "abc"]
    found = weighed(tmp_path, requests=taken(), account_values=values)
    assert found["shared_egress"]["for"] == "2 other accounts used the same ranges."
    assert found["shared_tool"]["for"] == "1 other account used one of their client names."


def test_a_hub_speaks_for_shared_egress(tmp_path: Path) -> None:
    hub = {"attribute": "source_range", "value": "198.18.1.0/24", "accounts": 240, "action": "context_only"}
    found = weighed(tmp_path, requests=taken(), hubs=[hub])
    assert found["shared_egress"]["for"].endswith("the largest by 240.")


def test_a_reseller_is_read_from_the_accounts(tmp_path: Path) -> None:
    accounts = [{"user_id": "a", "channel": "reseller:Cloudlet"}, {"user_id": "b", "channel": "direct"}]
    found = weighed(tmp_path, requests=taken(), accounts=accounts)["reseller"]
    assert (found["for"], found["missing"]) == ("1 of 2 accounts came through a reseller.", "")


def test_assumed_clocks_speak_for_a_fault_of_the_logs(tmp_path: Path) -> None:
    found = weighed(tmp_path, requests=taken(), file={"timezone": "assumed UTC"})["clock_or_logging_fault"]
    assert found["for"] == "In the files they stand in: the time zone of 1 file was assumed."


def test_the_best_explanation_has_rows_for_it_and_none_against(tmp_path: Path) -> None:
    rows = [request(at(-300), user_id, source_range="198.18.9.0/24") for user_id in "ab"] + taken()
    found = assessed(Story(requests=rows).case(tmp_path)).one("alternative")
    assert found["detail"]["best"] == "stolen_key"
    assert found["alternative"].startswith("Somebody else used their keys or accounts. 20 of 20 requests")
