"""Every sentence the findings can say, read for words that claim more than rows show."""

import json
import re
from pathlib import Path

import pytest

from forensics.analyze.findings import FINDINGS, STEPS
from forensics.analyze.findings.rows import QUERIES
from forensics.engine import Engine
from forensics.model import Confidence, Likelihood
from forensics.schema import TABLES
from tests.findings import test_attribution, test_claims, test_exhibits, test_service_impact
from tests.findings.build import Assessed, Story, assessed, at, outage

FIXED = "L4 (intent): whether it was meant is not testable from logs; only order in time is."
BANNED = re.compile(
    r"(?i)\battack|ddos|\bprove|guilt|\bintent|\bcaus(?:ed|es|ing)\b|\bclearly\b|\bprobably\b|\bmalicious"
)


MODEL_USE = {"gen_ai_prompt_hash": "p", "gen_ai_usage_input_tokens": 9, "gen_ai_usage_output_tokens": 99}


def stories() -> dict[str, Story]:
    """A story for each way the sentences can turn out."""
    busy = test_service_impact.contributing()
    deploy = outage(at(-5), None, "DEP-1", kind="deploy")
    members = [test_attribution.account(user_id) for user_id in "abcd"]
    return {
        "empty": Story(members=()),
        "nothing to judge": Story(requests=busy, members=()),
        "contributing": Story(requests=busy, incidents=[outage(at(0), at(60))]),
        "rival": Story(requests=busy, incidents=[outage(at(0), at(60)), deploy]),
        "only a deploy": Story(requests=busy, incidents=[deploy]),
        "long outage": Story(requests=busy, incidents=[outage(at(0), None)], verdict="undecided"),
        "after the onset": Story(requests=busy, incidents=[outage(at(-40), at(-35)), outage(at(9_000), None, "X")]),
        "harm to nobody": test_exhibits.story(event={"parse_flags": ["not_byte_addressable"]}),
        "one ground": Story(requests=test_attribution.office_days(), organization_id="org-n", accounts=members),
        "two grounds": Story(
            requests=[*test_attribution.office_days(), *test_attribution.spell("a", test_attribution.HOSTING, 0)],
            organization_id="org-n", accounts=members, ip_ranges=[test_attribution.OFFICE_RANGE],
        ),
        "everything": Story(
            requests=[row | MODEL_USE for row in busy],
            organization_id="org-n", accounts=[one | {"channel": "direct"} for one in members],
            incidents=[outage(at(0), at(60)), outage(at(-60), None, "LCH-1", kind="launch")],
            statements=[
                {"statement_id": f"S-{place}", "subject": "org-n", "claim": claim, "claimed_value": value}
                for place, (claim, value) in enumerate(test_claims.EVERY_CLAIM)
            ],
            terms=[{"version": "v", "clause": "1", "text": "No automated collecting.", "effective_from": at(-99)}],
            settings="[policy]\naggressive_requests_per_minute = 5\ndistillation_signs = 1\n",
        ),
        "faulty logs": Story(
            requests=busy, event={"timestamp_kind": "unknown"},
            file={"complete": False, "timezone": "assumed UTC", "duplicates": 2, "records": 0, "last_timestamp": at(0)},
        ),
    }  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Assessed]:
    return {name: assessed(story.case(tmp_path_factory.mktemp("story"))) for name, story in stories().items()}


@pytest.fixture(params=stories())
def found(request: pytest.FixtureRequest, told: dict[str, Assessed]) -> Assessed:
    return told[request.param]


def sentences(found: Assessed) -> list[str]:
    """Return all that is said: statements, alternatives, and every text in the hypotheses."""
    said = [text for row in found.findings for text in (row["statement"], row["alternative"])]
    details = [json.loads(row["detail"]) for row in found.findings]
    said += [one["notice"] for one in details if "notice" in one]
    return said + [text for one in details for weighed in one.get("hypotheses", []) for text in weighed.values()]


def test_no_sentence_claims_more_than_rows_show(found: Assessed) -> None:
    claims = [text for text in sentences(found) if text != FIXED and BANNED.search(text)]
    assert claims == []


def test_no_sentence_mixes_likelihood_and_confidence_or_says_nothing(found: Assessed) -> None:
    for row in found.findings:
        assert row["statement"].endswith(".")
        assert "  " not in row["statement"]
        assert "None" not in row["statement"].replace("None of", "").replace("None is", "")
        assert "confidence" not in row["statement"]
        assert row["confidence"] in set(Confidence)
        assert row["likelihood"] in {None, *Likelihood}


def test_what_is_not_assessed_judges_nothing(found: Assessed) -> None:
    for row in found.findings:
        assert row["assessed"] or (row["severity"], row["confidence"], row["likelihood"], row["alternative"]) == (
            "info", "low", None, "",
        )  # fmt: skip
        assert row["assessed"] or row["statement"].startswith(("Not assessed", "L3 (direction)", "L4 (intent)"))


def test_findings_stand_in_reading_order_with_unique_ids(found: Assessed) -> None:
    order = [kind.id for kind in FINDINGS]
    keys = [(order.index(row["kind"]), row["cluster_id"] or "", row["subject"] or "") for row in found.findings]
    assert keys == sorted(set(keys))
    assert len({row["finding_id"] for row in found.findings}) == len(found.findings)


def test_the_word_contributing_stands_only_where_every_test_allows_it(found: Assessed) -> None:
    for row in found.findings:
        detail = json.loads(row["detail"])
        allowed = detail.get("outcome") == "consistent_with_contributing"
        assert ("consistent with contributing" in row["statement"]) == allowed
        assert not allowed or "against" not in detail["tests"].values()


def test_every_story_is_told_differently(told: dict[str, Assessed]) -> None:
    assert len({" ".join(sentences(one)) for one in told.values()}) == len(told)


def test_kinds_are_complete_and_in_reading_order() -> None:
    assert [kind.id for kind in FINDINGS] == [
        "scope", "channel", "attribution", "harvest", "distillation", "automation", "service_impact", "materiality",
        "statement", "terms", "action", "alternative",
    ]  # fmt: skip
    assert all(kind.question.endswith("?") and kind.rule.endswith(".") for kind in FINDINGS)
    assert all(kind.cannot_show and kind.innocent and kind.exhibits for kind in FINDINGS)


def test_every_query_runs_on_an_empty_case_and_returns_what_a_finding_needs(tmp_path: Path) -> None:
    with Engine.over(Story(members=()).case(tmp_path), *TABLES) as engine:
        for step in STEPS:
            engine.register(step.name, engine.rows(QUERIES / f"{step.name}.sql"))
        for kind in FINDINGS:
            rows = engine.rows(QUERIES / f"{kind.id}.sql")
            assert rows.num_rows == 0
            assert {"cluster_id", "subject", "cite"} <= set(rows.column_names)
