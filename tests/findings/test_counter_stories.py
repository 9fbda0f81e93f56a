"""For each kind, a story whose naive reading is wrong: what the finding says instead."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from forensics.analyze.verdict import judge
from tests.findings import test_service_impact
from tests.findings.build import NOON, Assessed, Row, Story, assessed, at, every, outage, request

POLICY = "[policy]\n"


def asked(when: datetime, user_id: str, prompt: str = "p1", tokens: tuple[int, int] = (100, 900), **more: Any) -> Row:  # noqa: ANN401
    """Return one request to a model."""
    return request(
        when, user_id, "/v1/chat", gen_ai_prompt_hash=prompt, gen_ai_usage_input_tokens=tokens[0],
        gen_ai_usage_output_tokens=tokens[1], **more,
    )  # fmt: skip


def account(user_id: str, channel: str | None = "direct", **more: Any) -> Row:  # noqa: ANN401
    return {"user_id": user_id, "channel": channel, **more}


def said(claim: str, value: str | None = None, **more: Any) -> Row:  # noqa: ANN401
    return {
        "statement_id": "S-1",
        "subject": "org-n",
        "claim": claim,
        "claimed_value": value,
        "made_at": at(600),
        **more,
    }


def clause(begins: datetime, ends: datetime | None = None, text: str = "No automated collection.") -> Row:
    return {"version": "v1", "clause": "4.2", "effective_from": begins, "effective_to": ends, "text": text}


def fast(user_id: str, begins: datetime, minutes: int, status: int = 200) -> list[Row]:
    """Ask every half second for some minutes: no person does."""
    rows = [begins + (at(minute) - NOON) for minute in range(minutes)]
    return [
        request(when, user_id, f"/jobs/{1_000 + 200 * place + nth}", status=status)
        for place, minute in enumerate(rows)
        for nth, when in enumerate(every(0.5, minute, minute + (at(1) - NOON)))
    ]


def batch(user_ids: str, hours: int = 48, **more: Any) -> list[Row]:  # noqa: ANN401
    """Send few prompts round the clock with long answers: what a benchmark does, and a distiller too."""
    return [
        asked(when, user_ids[place % len(user_ids)], f"p{place % 7}", **more)
        for place, when in enumerate(every(240, at(-60 * hours), NOON))
    ]


# --- automation ------------------------------------------------------------------------------------------------


def test_a_fast_cluster_is_aggressive_only_by_the_policy_of_the_case(tmp_path: Path) -> None:
    rows = [*fast("a", at(0), 6), request(at(0), "b")]
    found = assessed(Story(requests=rows).case(tmp_path / "strict")).one("automation")
    assert found["detail"]["grounds"] == ["rate"]
    assert (found["detail"]["is_aggressive"], found["detail"]["fast_minutes"], found["detail"]["peak_minute"]) == (
        True, 6, 121,
    )  # fmt: skip
    lax = Story(requests=rows, settings=f"{POLICY}aggressive_requests_per_minute = 200\n")
    assert assessed(lax.case(tmp_path / "lax")).one("automation")["detail"]["is_aggressive"] is False


def test_authorized_automation_is_named_and_not_judged(tmp_path: Path) -> None:
    story = Story(requests=fast("a", at(0), 6) + fast("b", at(0), 6), verdict="authorized_automation",
                  organization_id="org-ci")  # fmt: skip
    found = assessed(story.case(tmp_path)).one("automation")
    assert found["statement"].startswith("Authorized automation: the 2 accounts of organization org-ci are on the list")
    assert (found["severity"], found["alternative"]) == ("info", "")


def test_a_bigger_honest_customer_is_listed_apart_and_linked_to_nobody(tmp_path: Path) -> None:
    rows = [*fast("big", at(0), 9), request(at(1), "a"), request(at(2), "b")]
    firm = [account(user_id, organization_id="org-big") for user_id in ("big", "small")]
    found = assessed(Story(requests=[*rows, request(at(3), "small")], accounts=firm).case(tmp_path))
    others = found.one("automation", "others")
    assert [one["user_id"] for one in others["detail"]["accounts_named"]] == ["big"]
    assert "no link to anybody is said by that" in others["statement"]
    assert found.one("automation")["detail"]["is_aggressive"] is False
    step = found.one("action", "org-big")
    assert (step["detail"]["accounts"], step["detail"]["accounts_involved"]) == (1, ["big"])
    assert (step["detail"]["accounts_not_involved"], step["detail"]["not_involved"]) == (1, ["small"])
    assert "no step against the organization is open" in step["statement"]


def test_a_client_that_heeds_refusals_is_told_from_one_that_does_not(tmp_path: Path) -> None:
    refused = [request(at(minute), "a", status=429) for minute in range(30)]
    deaf = refused + [request(at(minute, 2), "a") for minute in range(30)]
    patient = refused + [request(at(minute, 40), "a") for minute in range(30)]
    told = {
        name: assessed(Story(requests=[*rows, request(at(0), "b")]).case(tmp_path / name)).one("automation")["detail"]
        for name, rows in (("deaf", deaf), ("patient", patient))
    }
    assert (told["deaf"]["refusals"], told["deaf"]["refusals_ignored"]) == (30, 30)
    assert (told["patient"]["refusals"], told["patient"]["refusals_ignored"]) == (30, 0)
    assert "backoff_ignored" in told["deaf"]["grounds"]
    assert "backoff_ignored" not in told["patient"]["grounds"]


def test_regular_gaps_say_something_only_beside_peers_that_are_not(tmp_path: Path) -> None:
    """A client that polls for everybody makes everybody regular."""

    def told(name: str, peers: dict[str, int]) -> Row:
        gaps = {"a": 0, "b": 0} | peers  # of a minute each: by how much they vary, in seconds
        rows = [request(when, user_id) for user_id in gaps for when in every(60, at(0), at(60))]
        accounts = [
            {"user_id": user_id, "gap_median_us": 60 * 10**6, "gap_mad_us": seconds * 10**6}
            for user_id, seconds in gaps.items()
        ]
        return assessed(Story(requests=rows, accounts=accounts).case(tmp_path / name)).one("automation")

    people, robots, nobody = told("people", {"c": 30}), told("robots", {"c": 30, "d": 0, "e": 0}), told("nobody", {})
    assert [one["detail"]["grounds"] for one in (people, robots, nobody)] == [["regular"], [], []]
    assert "2 of 2 accounts (100.0%); of everyone else with 50 requests or more 0 of 1" in people["statement"]
    assert "of everyone else with 50 requests or more 2 of 3 (66.7%)." in robots["statement"]
    assert "nobody else made requests enough to compare" in nobody["statement"]


# --- distillation ----------------------------------------------------------------------------------------------


def test_the_pattern_needs_signs_enough_and_says_what_is_missing(tmp_path: Path) -> None:
    rows = batch("ab") + [
        asked(when, "c", f"own{n}", (500, 100)) for n, when in enumerate(every(600, at(-2_880), NOON))
    ]
    found = assessed(Story(requests=rows).case(tmp_path)).one("distillation")
    signs = found["detail"]["signs"]
    assert {name for name, state in signs.items() if state == "for"} == {"templates", "ratio", "around_the_clock"}
    assert {name for name, state in signs.items() if state == "open"} == {
        "single_turn", "limits", "release", "refusals",
    }  # fmt: skip
    assert (found["detail"]["holds"], found["severity"]) == (False, "info")  # three signs of the four it takes
    assert found["detail"]["top_prompts_requests"] == found["detail"]["requests"] == 720
    assert "Most asked for: GET /v1/chat, 720 of 720 requests (100.0%)." in found["statement"]
    assert "Signs not assessed, for want of data: single turn, limits, release and refusals." in found["statement"]
    enough = Story(requests=rows, settings=f"{POLICY}distillation_signs = 3\n")
    assert assessed(enough.case(tmp_path / "enough")).one("distillation")["detail"]["holds"] is True


def test_an_allow_listed_benchmark_that_looks_the_same_is_named_and_not_judged(tmp_path: Path) -> None:
    rows = batch("ab") + [asked(when, "c", f"own{n}", (500, 99)) for n, when in enumerate(every(600, at(-2_880), NOON))]

    def told(verdict: str) -> Assessed:
        story = Story(
            requests=[dict(row) for row in rows], verdict=verdict, organization_id="org-bench",
            settings=f"{POLICY}distillation_signs = 3\n", terms=[clause(at(-9_000), text="No training.")],
        )  # fmt: skip
        return assessed(story.case(tmp_path / verdict))

    listed, same = told("authorized_automation"), told("coordinated")
    found = listed.one("distillation")
    assert found["statement"].startswith("Authorized use: the 2 accounts of organization org-bench are on the list")
    assert (found["detail"]["holds"], same.one("distillation")["detail"]["holds"]) == (False, True)
    assert not [row for row in listed.findings if row["kind"] in {"terms", "action"} and row["cluster_id"]]
    assert "distillation" in same.one("terms", "4.2 · v1 · distillation")["subject"]


def test_only_the_list_of_the_case_makes_a_benchmark_authorized() -> None:
    group = {"families": ["TEMPLATE", "TIME"], "organization_id": "org-bench", "organization_share": 1.0, "events": 720,
             "object_requests": 0, "objects": 0}  # fmt: skip
    told = [judge(group, "linked", 0.95, frozenset(listed)).verdict for listed in ({"org-bench"}, {"org-other"})]
    assert told == ["authorized_automation", "coordinated"]


def test_use_that_follows_a_launch_counts_only_beyond_everybody_elses(tmp_path: Path) -> None:
    launch = outage(at(-1_440), at(-1_400), "LCH-1", kind="launch")
    others = [asked(when, "c", "x", (100, 50)) for when in every(400, at(-2_880), NOON)]
    grown = [row for row in batch("ab") if row["timestamp"] >= at(-1_440) or row["timestamp"] < at(-2_800)]
    found = assessed(Story(requests=grown + others, incidents=[launch]).case(tmp_path / "moved")).one("distillation")
    assert found["detail"]["follows_release"] is True
    (around,) = found["detail"]["launches_followed"]
    assert (around["day_before"], around["day_after"], around["others_day_before"]) == (20, 360, 216)
    steady = assessed(Story(requests=batch("ab") + others, incidents=[launch]).case(tmp_path / "steady"))
    assert steady.one("distillation")["detail"]["follows_release"] is False


def test_stages_are_shapes_of_tokens_with_their_dates(tmp_path: Path) -> None:
    shapes = [(100, 60), (100, 400), (400, 90), (2_000, 8)]  # evaluate, generate, filter, judge
    rows = [asked(at(60 * stage + n), "a", "p", tokens) for stage, tokens in enumerate(shapes) for n in range(30)]
    found = assessed(Story(requests=[*rows, request(at(0), "b")]).case(tmp_path)).one("distillation")
    told = {one["stage"]: (one["requests"], one["first_request"]) for one in found["detail"]["stages"]}
    assert told == {
        "evaluate": (30, "2026-03-07T12:00:00Z"), "generate": (30, "2026-03-07T13:00:00Z"),
        "filter": (30, "2026-03-07T14:00:00Z"), "judge": (30, "2026-03-07T15:00:00Z"),
    }  # fmt: skip


# --- statements ------------------------------------------------------------------------------------------------


def stopped(tmp_path: Path, later: list[Row], accounts: list[Row], **more: Any) -> Row:  # noqa: ANN401
    """Return the finding about the statement that use stopped at noon; the logs go on for ten hours."""
    rows = [request(at(-minute), "a") for minute in range(1, 9)] + [request(at(-1), "b"), request(at(599), "z")]
    story = Story(requests=rows + later, accounts=accounts, organization_id="org-n",
                  statements=[said("stopped_by", NOON.isoformat(), **more)])  # fmt: skip
    return assessed(story.case(tmp_path)).one("statement", "S-1")


ORG = [account(user_id, organization_id="org-n") for user_id in ("a", "b", "colleague")]
OTHERS = [account("z")]


def test_a_later_request_contradicts_that_use_stopped(tmp_path: Path) -> None:
    found = stopped(tmp_path, [request(at(30), "a"), request(at(31), "b")], ORG + OTHERS)
    assert (found["detail"]["result"], found["detail"]["rows_for"], found["detail"]["rows_against"]) == (
        "contradicted", 9, 2,
    )  # fmt: skip


def test_a_colleagues_later_use_does_not_contradict_it(tmp_path: Path) -> None:
    found = stopped(tmp_path, [request(at(30), "colleague")], ORG + OTHERS)
    assert (found["detail"]["result"], found["detail"]["rows_against"]) == ("supported", 0)
    assert "1 request of others of the same organization are not counted." in found["statement"]


def test_a_statement_that_holds_on_the_direct_channel_only_is_supported_in_part(tmp_path: Path) -> None:
    found = stopped(tmp_path, [], [*ORG, *OTHERS, account("sub-1", "reseller:CloudPort")])
    assert found["detail"]["result"] == "supported_in_part"
    assert found["detail"]["channels_covered"] == ["direct"]
    assert "A channel outside the data could hold more." in found["statement"]


def test_logs_that_end_before_the_stated_time_leave_it_untestable(tmp_path: Path) -> None:
    rows = [request(at(-minute), "ab"[minute % 2]) for minute in range(1, 9)]
    story = Story(requests=rows, accounts=ORG, organization_id="org-n", statements=[said("stopped_by", "2026-03-08")])
    found = assessed(story.case(tmp_path)).one("statement", "S-1")
    assert found["detail"]["result"] == "not_testable"
    assert found["detail"]["stop_at"] == "2026-03-09T00:00:00Z"  # the day that is named is included


@pytest.mark.parametrize("claim", ["purpose", "not_intended", "not_ordered", "other", "unheard_of"])
def test_state_of_mind_is_never_testable_whatever_the_rows(tmp_path: Path, claim: str) -> None:
    story = Story(requests=fast("a", at(0), 6) + fast("b", at(0), 6), accounts=ORG, organization_id="org-n",
                  statements=[said(claim)])  # fmt: skip
    found = assessed(story.case(tmp_path)).one("statement", "S-1")
    assert (found["detail"]["result"], found["confidence"], found["alternative"]) == ("not_testable", "low", "")


def test_minimal_is_measured_by_every_measure_those_that_favor_it_included(tmp_path: Path) -> None:
    mine = [asked(at(minute), "a", tokens=(1, 1)) for minute in range(50)] + [asked(at(1), "b", tokens=(1, 1))]
    others = [asked(at(minute), "z", tokens=(9_000, 90_000), response_bytes=10**7) for minute in range(50)]
    story = Story(requests=mine + others, accounts=ORG + OTHERS, organization_id="org-n",
                  statements=[said("volume_below", "minimal")])  # fmt: skip
    found = assessed(story.case(tmp_path)).one("statement", "S-1")
    assert found["detail"]["result"] == "supported_in_part"
    assert "Below by bytes, input tokens and output tokens." in found["statement"]
    assert "what the policy of this case lets a word such as minimal mean" in found["statement"]


def test_nobody_on_record_under_that_name_is_not_testable(tmp_path: Path) -> None:
    story = Story(requests=[request(at(0), "a"), request(at(1), "b")], statements=[said("only_accounts", "2")])
    found = assessed(story.case(tmp_path)).one("statement", "S-1")
    assert found["detail"]["result"] == "not_testable"
    assert "on record as org-n" in found["statement"]


# --- terms -----------------------------------------------------------------------------------------------------


def test_acts_before_the_clause_was_in_force_are_not_measured_by_it(tmp_path: Path) -> None:
    rows = fast("a", at(0), 6) + fast("b", at(0), 6)
    story = Story(requests=rows, terms=[clause(at(60 * 24))])
    found = assessed(story.case(tmp_path)).one("terms", "4.2 · v1 · automation")
    assert found["detail"]["acts_in_force"] == 0
    assert found["detail"]["acts_before"] == 1_440
    assert "is not applied" in found["statement"]
    assert found["severity"] == "info"


def test_an_act_is_measured_by_the_version_of_its_instant(tmp_path: Path) -> None:
    rows = fast("a", at(0), 6) + fast("b", at(0), 6)
    old, new = clause(at(-60), at(3)), clause(at(3)) | {"version": "v2"}
    found = assessed(Story(requests=rows, terms=[old, new]).case(tmp_path))
    told = {name: found.one("terms", f"4.2 · {name} · automation")["detail"] for name in ("v1", "v2")}
    assert (told["v1"]["acts_in_force"], told["v1"]["acts_after"]) == (720, 720)
    assert (told["v2"]["acts_in_force"], told["v2"]["acts_before"]) == (720, 720)


def test_the_clause_says_itself_of_which_acts_it_speaks(tmp_path: Path) -> None:
    rows = fast("a", at(0), 6) + fast("b", at(0), 6)
    silent = clause(at(-60), text="Be kind.") | {"extra": json.dumps({"acts": "harvest; distillation"})}
    found = assessed(Story(requests=rows, terms=[silent]).case(tmp_path))
    assert [row["subject"] for row in found.findings if row["kind"] == "terms"] == ["4.2 · v1 · harvest"]


# --- channel, action, attribution ------------------------------------------------------------------------------


def test_a_move_between_channels_is_told_with_its_dates_and_no_more(tmp_path: Path) -> None:
    rows = [request(at(minute), "a") for minute in range(5)] + [
        request(at(100 + n), "b", f"/jobs/{1_000 + n // 2}") for n in range(3)
    ]
    rows += [request(at(1), "c", response_bytes=250), request(at(2), "c", response_bytes=250)]
    story = Story(requests=rows, accounts=[account("a"), account("b", "reseller:CloudPort"), account("c")])
    found = assessed(story.case(tmp_path))
    moved = found.one("channel")
    assert [(one["channel"], one["requests"]) for one in moved["detail"]["by_channel"]] == [
        ("direct", 5), ("reseller:CloudPort", 3),
    ]  # fmt: skip
    assert "It began on direct and ended on reseller:CloudPort" in moved["statement"]
    assert "direct 5 (62.5% of theirs, 71.4% of all on it, 50.0% of its bytes, from" in moved["statement"]
    assert [(one["bytes"], one["bytes_all"]) for one in moved["detail"]["by_channel"]] == [(500, 1_000), (300, 300)]
    assert [(one["objects"], one["objects_all"], one["accounts"]) for one in moved["detail"]["by_channel"]] == [
        (0, 0, 1), (2, 2, 1),
    ]  # fmt: skip
    assert "Use through a channel whose log is not here is in none of these numbers." in moved["statement"]


def test_a_stolen_key_keeps_every_step_against_the_organization_shut(tmp_path: Path) -> None:
    """Two employees' keys used from elsewhere: the records name the firm, the rows do not say who used them."""
    office = [request(at(-2_000 + n), "ab"[n % 2], source_range="198.18.40.0/24", source_ip="198.18.40.9")
              for n in range(40)]  # fmt: skip
    stolen = [
        row | {"source_range": "198.19.9.0/24", "source_ip": "198.19.9.9"}
        for row in fast("a", at(0), 6) + fast("b", at(0), 6)
    ]
    ranges = [{"cidr": "198.18.40.0/24", "organization": "org-n", "first_address": "0" * 20 + "ffffc6122800",
               "last_address": "0" * 20 + "ffffc61228ff", "prefix_length": 120}]  # fmt: skip
    story = Story(requests=office + stolen, accounts=ORG, organization_id="org-n", ip_ranges=ranges)
    found = assessed(story.case(tmp_path))
    assert found.one("attribution", "L2")["detail"]["established"] is True
    assert found.one("automation")["detail"]["is_aggressive"] is True
    action = found.one("action")
    assert action["detail"]["takeover_open"] is True
    assert "ban_organization" not in action["detail"]["open"]
    assert "A stolen or lent key stays open" in action["statement"]


def test_keys_used_from_many_places_at_once_keep_the_organization_out_of_it(tmp_path: Path) -> None:
    """Published keys: no request from before the activity, but three places in every minute."""
    rows = fast("a", at(0), 6) + fast("b", at(0), 6)
    spread = [row | {"source_range": f"198.19.{place % 3}.0/24"} for place, row in enumerate(rows)]
    staff = [one | {"payment_fingerprint": "team"} for one in ORG]
    story = Story(requests=spread, accounts=staff, organization_id="org-n")
    found = assessed(story.case(tmp_path / "spread"))
    assert found.one("attribution", "L2")["detail"]["established"] is True
    assert found.one("attribution", "takeover")["assessed"] is False
    assert found.one("attribution", "at_once")["detail"]["accounts_at_once"] == 2
    action = found.one("action")
    assert "ban_organization" not in action["detail"]["open"]
    assert "most of the accounts were used from many places at once" in action["statement"]
    weighed = {one["hypothesis"]: one["for"] for one in found.one("alternative")["detail"]["hypotheses"]}
    assert weighed["stolen_key"] == "2 of 2 accounts were used from many places at once."
    plain = Story(requests=fast("a", at(0), 6) + fast("b", at(0), 6), accounts=staff, organization_id="org-n")
    assert "ban_organization" in assessed(plain.case(tmp_path / "plain")).one("action")["detail"]["open"]


def test_uninvolved_colleagues_are_counted_on_the_list_and_nowhere_else(tmp_path: Path) -> None:
    rows = fast("a", at(0), 6) + fast("b", at(0), 6) + [request(at(1), "colleague")]
    story = Story(requests=rows, accounts=ORG, organization_id="org-n")
    found = assessed(story.case(tmp_path)).one("action")
    reach = {one["policy"]: one for one in found["detail"]["reach"]}
    assert (reach["cluster"]["accounts"], reach["cluster"]["accounts_not_linked"]) == (2, 0)
    assert (reach["organization"]["accounts"], reach["organization"]["not_linked"]) == (3, "colleague")
    assert "Of the organization 1 account is not linked" in found["statement"]


def test_employees_whose_accounts_contribute_to_an_outage_open_the_last_step_with_the_uninvolved_listed(
    tmp_path: Path,
) -> None:
    """The rule of the seed by its second half: no aggressive automation, an outage; and the same without the outage."""
    staff = [one | {"payment_fingerprint": "team"} for one in ORG]
    settings = f"{POLICY}aggressive_requests_per_minute = 1000\n"

    def told(name: str, *incidents: Row) -> Row:
        rows = [*test_service_impact.contributing(), request(at(1), "colleague")]
        story = Story(requests=rows, accounts=staff, organization_id="org-n", incidents=incidents, settings=settings)
        return assessed(story.case(tmp_path / name)).one("action")

    found = told("outage", outage(at(0), at(110)))
    assert found["detail"]["triggers"]["automation"] is False
    assert found["detail"]["triggers"]["service_impact"] is True
    assert "ban_organization" in found["detail"]["open"]
    (reach,) = [one for one in found["detail"]["reach"] if one["policy"] == "organization"]
    assert (reach["accounts_linked"], reach["not_linked"]) == (2, "colleague")
    calm = told("calm", outage(at(-1_000), at(-990)))
    assert "ban_organization" not in calm["detail"]["open"]


def test_the_ladder_is_the_one_of_the_case(tmp_path: Path) -> None:
    rows = fast("a", at(0), 6) + fast("b", at(0), 6)
    default = assessed(Story(requests=rows).case(tmp_path / "default")).one("action")["detail"]
    assert default["open"] == ["warn", "throttle", "suspend"]  # 720 numbered objects are a harvest, too
    strict = Story(requests=rows, settings=f'{POLICY}ban_organization = ["automation"]\nwarn = []\nsuspend = []\n')
    assert assessed(strict.case(tmp_path / "strict")).one("action")["detail"]["open"] == [
        "throttle",
        "ban_organization",
    ]
