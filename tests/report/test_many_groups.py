"""Many groups at once: one executive page in numbers, and what all of them lack said once in each section."""

import json
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from forensics import schema
from forensics.case import Case
from forensics.report import report
from tests.report.sample_case import STUDENTS, finding, story, tables, write

LACK = "Not assessed: needs an identity map (other names of these accounts)."
GROUPS = {f"C-{number:012x}": STUDENTS[2 * number : 2 * number + 2] for number in range(5)}
UNDECIDED = min(GROUPS)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Return the analyst's and the executive's reports of five groups, the first of them undecided."""
    case = grouped(tmp_path_factory.mktemp("many") / "case", GROUPS)
    said = [
        finding(f"F-{name[-8:]}", "attribution", f"L1: one operator. {LACK}", name, subject="L1") for name in GROUPS
    ]
    untested = [
        finding(f"F-1{name[-7:]}", "harvest", "Not assessed: needs object numbers.", name, assessed=False)
        for name in GROUPS
    ]
    write(case, schema.FINDINGS, said + untested)
    return {name: report(case, formats=("json", "pdf"), audience=name) for name in ("analyst", "executive")}


def grouped(folder: Path, groups: dict[str, Any]) -> Case:
    """Return a case with these groups, the first undecided, all others coordinated."""
    case = story(folder)
    model = {**tables()[schema.CLUSTERS][0], "organization_id": None}
    standing = {UNDECIDED: "undecided"}
    write(case, schema.CLUSTERS, [
        {**model, "cluster_id": name, "verdict": standing.get(name, "coordinated"), "events": 9 - place,
         "reason": "the evidence reaches the floor of leads"}
        for place, name in enumerate(groups)
    ])  # fmt: skip
    write(case, schema.CLUSTER_MEMBERS, [
        {"cluster_id": name, "user_id": one, "role": "member", "actionable": name not in standing}
        for name, members in groups.items() for one in members
    ])  # fmt: skip
    return case


def blocks(path: Path, section: str) -> list[dict[str, Any]]:
    document = json.loads(path.read_bytes())
    return list(next(one for one in document["sections"] if one["section_id"] == section)["blocks"])


def test_the_executive_page_tells_many_groups_in_numbers_and_stays_one_page(paths: dict[str, dict[str, Path]]) -> None:
    told = blocks(paths["executive"]["json"], "summary")
    said = " ".join(one["text"] for block in told for one in block.get("sentences", ()))
    assert "8 accounts in 4 groups" in said
    assert "whether groups belong together is not known" in said
    assert "4 operators" not in said, "groups are counted, operators are not known"
    assert "4 groups of 2 accounts (8 in all) were active" in said
    assert "leads for the analyst: 1 group of 2 accounts (2 in all)" in said
    assert "very likely (80 to 95%), for 4 of 4 groups." in said
    assert "The records tie none of them to an organization." in said
    assert "these name none to ask" in said
    assert [name for name in GROUPS if name in said] == []
    assert any(block["block"] == "chart" for block in told)
    assert len(PdfReader(paths["executive"]["pdf"]).pages) == 1


def test_of_two_groups_the_undecided_one_is_told_as_a_lead_and_what_explains_both_is_said_once(tmp_path: Path) -> None:
    two = {name: GROUPS[name] for name in list(GROUPS)[:2]}
    case = grouped(tmp_path / "case", two)
    rival = "One account lent to others."
    write(case, schema.FINDINGS, [
        {**finding(f"F-{name[-8:]}", "attribution", "L1: one operator.", name, subject="L1"), "alternative": rival}
        for name in two
    ])  # fmt: skip
    paths = report(case, formats=("json", "pdf"), audience="executive")
    told = {block["label"]: [one["text"] for one in block["sentences"]] for block in blocks(paths["json"], "summary")
            if block.get("label")}  # fmt: skip
    leads = [said for said in told["What happened"] if said.startswith("They are a lead, not for action")]
    assert leads == ["They are a lead, not for action: the evidence reaches the floor of leads."]
    assert told["What else could explain it"].count(rival) == 1
    assert len(PdfReader(paths["pdf"]).pages) == 1


def test_a_need_of_many_findings_is_said_once_in_a_section(paths: dict[str, dict[str, Path]]) -> None:
    told = blocks(paths["analyst"]["json"], "accounts")
    found = [block for block in told if block["block"] == "finding"]
    assert [(block["statement"], block["cluster"]) for block in found] == [
        ("L1: one operator.", name) for name in (*(name for name in GROUPS if name != UNDECIDED), UNDECIDED)
    ]
    notes = [block["text"] for block in told if block["block"] == "note"]
    assert notes.count(f"{LACK} Holds for 5 findings here.") == 1
    (untested,) = (
        block for block in blocks(paths["analyst"]["json"], "behavior")
        if block["block"] == "note" and "object numbers" in block["text"]
    )  # fmt: skip
    assert untested["text"] == "Not assessed: needs object numbers. Holds for 5 findings here."
    (summary,) = (
        block for block in blocks(paths["analyst"]["json"], "summary") if block.get("label") == "What is not known"
    )
    assert [one["text"] for one in summary["sentences"]].count("Not assessed: needs object numbers.") == 1
