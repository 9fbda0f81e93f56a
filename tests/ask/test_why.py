"""`why A B`: a sum that adds up, what speaks against, what would change it; readable anywhere, complete in a pipe."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from forensics.analyze.signals import SIGNALS
from forensics.ask.why import Why, why
from forensics.case import Case
from forensics.cli.why import shown
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]
Explain = Callable[[str, str], Why]


@pytest.fixture
def explain(case: Path) -> Explain:
    def explained(a: str, b: str) -> Why:
        with Engine.over(Case.open(case), *TABLES) as engine:
            return why(engine, min(a, b), max(a, b), SIGNALS)

    return explained


@pytest.fixture
def pairs(case: Path) -> dict[str, tuple[str, str]]:
    """A pair of each sort: linked, weighed and not kept, and never compared though both show something."""
    with Engine.over(Case.open(case), *TABLES) as engine:
        numbers = engine.rows("SELECT person, user_id FROM people").to_pylist()
        name = {row["person"]: row["user_id"] for row in numbers}
        linked = engine.rows(
            "SELECT user_id_a, user_id_b FROM pairs WHERE tier = 'linked' ORDER BY bits DESC, 1, 2 LIMIT 1"
        )
        weak = engine.rows("SELECT a, b FROM weighed ANTI JOIN scores USING (a, b) ORDER BY a, b LIMIT 1").to_pylist()[
            0
        ]
        strange = engine.rows(
            """
            SELECT of_a.person AS a, of_b.person AS b
            FROM people AS of_a JOIN people AS of_b ON of_b.person > of_a.person
            ANTI JOIN candidates ON candidates.a = of_a.person AND candidates.b = of_b.person
            ORDER BY a, b LIMIT 1
            """
        ).to_pylist()[0]
    return {
        "linked": tuple(linked.to_pylist()[0].values()),
        "weak": (name[weak["a"]], name[weak["b"]]),
        "strange": (name[strange["a"]], name[strange["b"]]),
    }


def run(*args: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "forensics", *map(str, args)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_steps_of_a_link_add_up_and_pass_the_floor_of_its_group(explain: Explain, pairs: dict[str, Any]) -> None:
    found = explain(*pairs["linked"])
    assert found.tier == "linked"
    assert found.known == "kept"
    assert found.volume_bits != 0
    assert found.bits == pytest.approx(
        sum(step.adds for step in found.families) + found.choice_bits + found.volume_bits, abs=0.001
    )
    assert found.bits is not None
    assert found.floors.group_floor_bits is not None
    assert found.bits >= found.floors.group_floor_bits
    assert found.floors.group_floor_bits < found.floors.linked_floor_bits
    silent = {step.family for step in found.families if step.bits is None}
    assert {step.adds for step in found.families if step.family in silent} <= {0.0}
    assert -8 < found.choice_bits < -4
    assert all(
        step.bits is None or step.cap_bits is None or step.bits <= step.cap_bits + 0.001 for step in found.families
    )
    assert {item.family for item in found.evidence} == {step.family for step in found.families} - silent


def test_what_a_link_hangs_on_is_told_family_by_family(explain: Explain, pairs: dict[str, Any]) -> None:
    found = explain(*pairs["linked"])
    assert found.bits is not None
    told = " ".join(found.change)
    fired = [step for step in found.families if step.bits is not None and step.adds > 0]
    left = {family: float(bits) for family, bits in re.findall(r"([A-Z]+) \((-?[0-9.]+) bits left\)", told)}
    assert left.keys() == {step.family for step in fired}  # one family less is cheaper to choose, but for the last
    assert all(-1.5 < found.bits - step.adds - left[step.family] <= 1.3 for step in fired)
    weak = explain(*pairs["weak"])
    assert any("bits more would link it as a lone pair" in text for text in weak.change)
    assert any("A link needs two families" in text for text in weak.change)


def test_what_speaks_against_names_silence_places_crowds_and_innocent_reasons(explain: Explain, case: Path) -> None:
    with Engine.over(Case.open(case), *TABLES) as engine:
        team = engine.rows("SELECT user_id FROM cluster_members ORDER BY user_id")["user_id"].to_pylist()
        tenants = engine.rows("SELECT user_id FROM accounts WHERE channel <> 'direct' ORDER BY user_id")[
            "user_id"
        ].to_pylist()
    linked = explain(team[0], team[1])
    assert team[0] == tenants[0]  # the subscription: its log has masked addresses
    assert {"found_nothing", "places", "innocent"} <= {remark.kind for remark in linked.against}
    resold = " ".join(remark.text for remark in explain(tenants[1], tenants[2]).against)
    assert "addresses" not in resold  # nothing to compare is not nothing in common
    assert "Shared with a crowd" in resold


def test_a_family_without_data_says_nothing_and_is_not_called_silent(explain: Explain, pairs: dict[str, Any]) -> None:
    told = {remark.text.split()[0]: remark for remark in explain(*pairs["strange"]).against if remark.kind == "no_data"}
    found = {remark.text.split()[0] for remark in explain(*pairs["strange"]).against if remark.kind == "found_nothing"}
    assert not set(told) & found


def test_two_accounts_without_stored_evidence_are_told_why(explain: Explain, pairs: dict[str, Any]) -> None:
    strange, weak = explain(*pairs["strange"]), explain(*pairs["weak"])
    assert strange.known == "not paired"
    assert strange.bits is None
    assert strange.reason.startswith("The pair was not compared")
    assert "nothing was weighed" in strange.verdict
    assert weak.known == "below what is kept"
    assert weak.bits == pytest.approx(
        sum(step.adds for step in weak.families) + weak.choice_bits + weak.volume_bits, abs=0.001
    )
    assert "are not kept" in weak.reason


def test_an_unknown_account_and_one_account_twice_are_usage_errors(explain: Explain, pairs: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="no account with events"):
        explain("nobody", pairs["linked"][0])
    with pytest.raises(UsageError, match="one account"):
        explain(pairs["linked"][0], pairs["linked"][0])


@pytest.mark.parametrize("sort", ["linked", "weak", "strange"])
@pytest.mark.parametrize("width", [80, 100])
def test_a_terminal_gets_forty_lines_that_fit(explain: Explain, pairs: dict[str, Any], sort: str, width: int) -> None:
    found = explain(*pairs[sort])
    for ascii_only in (False, True):
        lines = shown(found, width, ascii_only)
        assert len(lines) <= 40
        assert max(map(len, lines)) <= width
        assert lines[-1].endswith("not proof of who ordered it") or "not proof" in " ".join(lines[-2:])
        assert not ascii_only or all(line.isascii() for line in lines)


def test_a_long_observation_wraps_and_loses_nothing(explain: Explain, pairs: dict[str, Any]) -> None:
    found = explain(*pairs["linked"])
    value = "x" * 200
    item = replace(found.evidence[0], observed=f"user agent {value}")
    lines = shown(replace(found, evidence=[item]), 80, ascii_only=True)
    assert value in "".join(line.strip() for line in lines)
    assert max(map(len, lines)) <= 80


def test_the_picture_has_a_bar_for_each_family_where_the_one_before_ended(
    explain: Explain, pairs: dict[str, Any]
) -> None:
    found = explain(*pairs["linked"])
    page = shown(found, 80, ascii_only=True)
    lines = {line.split()[0]: line for line in page[: page.index("evidence")] if line.startswith("  ")}
    rising = [step for step in found.families if step.adds > 0]
    ends = [lines[step.family].rstrip("|").rindex("#") for step in rising]
    starts = [lines[step.family].index("#") for step in rising]
    assert all(abs(start - end) <= 1 for start, end in zip(starts[1:], ends[:-1], strict=True))
    assert lines["lone"].endswith("^")


def test_a_pipe_gets_every_row_and_the_document_the_same(case: Path, explain: Explain, pairs: dict[str, Any]) -> None:
    pair = pairs["linked"]
    found = explain(*pair)
    piped = run("why", *reversed(pair), "-C", case)
    assert piped.returncode == 0, piped.stderr
    lines = piped.stdout.splitlines()
    assert lines[0].split("\t") == ["signal", "family", "bits", "observed", "accounts", "expected"]
    assert all(any(remark.text in line for line in lines) for remark in found.against)
    assert all(any(item.observed in line for line in lines) for item in found.evidence)
    document = json.loads(run("why", *pair, "-C", case, "--json").stdout)["data"]
    assert document["bits"] == found.bits
    assert {"links", "families", "pair", "floors", "against", "change", "evidence", "shared"} <= set(document)
    assert document["pair"][0]["tier"] == "linked"
    entry = json.loads((case / "access.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (entry["action"], entry["detail"]) == ("why", {"a": pair[0], "b": pair[1]})


def test_a_terminal_sees_the_picture(case: Path, pairs: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    assert "█" in run("why", *pairs["linked"], "-C", case).stdout
    assert run("why", *pairs["linked"], "-C", case, "--ascii").stdout.isascii()
