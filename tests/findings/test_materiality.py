from pathlib import Path

from tests.findings.build import Row, Story, assessed, at, request


def rows() -> list[Row]:
    """The pair: 10 of 100 bytes; `whale`: 6 of 1,000; `x` and `y` of one organization: 4 of 200 each; 2 anonymous."""
    pair = [request(at(0, number), "ab"[number % 2], f"/jobs/{900 + number // 2}/image") for number in range(10)]
    whale = [request(at(100 + number), "whale", response_bytes=1_000) for number in range(6)]
    office = [request(at(200 + number), "xy"[number % 2], response_bytes=200) for number in range(8)]
    return [*pair, *whale, *office, request(at(0, 3), None), request(at(300), None)]


def found(tmp_path: Path, requests: list[Row] | None = None) -> Row:
    accounts = [{"user_id": user_id, "organization_id": "org-x"} for user_id in "xy"]
    return assessed(Story(requests=requests or rows(), accounts=accounts).case(tmp_path)).one("materiality")


def test_every_measure_is_a_share_of_everything_in_the_logs(tmp_path: Path) -> None:
    detail = found(tmp_path)["detail"]
    assert (detail["requests"], detail["requests_all"]) == (10, 26)
    assert (detail["bytes"], detail["bytes_all"]) == (1_000, 8_800)
    assert (detail["objects"], detail["objects_all"]) == (5, 5)
    assert (detail["active_requests"], detail["active_requests_all"]) == (10, 11)  # one anonymous request in between


def test_the_cluster_is_ranked_as_one_account_and_as_one_organization(tmp_path: Path) -> None:
    detail = found(tmp_path)["detail"]
    assert (detail["rank_requests_accounts"], detail["rank_bytes_accounts"], detail["accounts_ranked"]) == (1, 2, 4)
    assert (detail["rank_requests_organizations"], detail["rank_bytes_organizations"]) == (1, 2)
    assert detail["organizations_ranked"] == 2
    assert (detail["active_rank_requests_accounts"], detail["active_accounts_ranked"]) == (1, 1)


def test_the_sentence_gives_the_measures_that_favor_minimal_too(tmp_path: Path) -> None:
    statement = found(tmp_path)["statement"]
    assert "38.5% of the requests (10 of 26)" in statement
    assert "11.4% of the bytes sent (1,000 of 8,800)" in statement
    assert "it ranks 1 by requests and 2 by bytes among 4 accounts" in statement


def test_a_measure_the_logs_do_not_carry_is_null_and_said(tmp_path: Path) -> None:
    found_here = found(tmp_path)
    assert (found_here["detail"]["input_tokens"], found_here["detail"]["input_tokens_all"]) == (None, None)
    assert (
        "Not assessed, because the logs do not carry them: input tokens, output tokens, time to serve"
        in found_here["statement"]
    )


def test_tokens_are_summed_where_they_are_logged(tmp_path: Path) -> None:
    with_tokens = [row | {"gen_ai_usage_input_tokens": 7, "gen_ai_usage_output_tokens": 2} for row in rows()]
    detail = found(tmp_path, with_tokens)["detail"]
    assert (detail["input_tokens"], detail["input_tokens_all"]) == (70, 182)
    assert (detail["output_tokens"], detail["output_tokens_all"]) == (20, 52)
    much = [row | {"gen_ai_usage_output_tokens": 9 if row["user_id"] == "x" else 2} for row in rows()]
    ranked = found(tmp_path / "much", much)
    assert "it ranks 1 by requests, 2 by bytes and 2 by output tokens among 4 accounts" in ranked["statement"]
    assert ranked["detail"]["rank_output_tokens_organizations"] == 2
