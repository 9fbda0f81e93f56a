"""A smaller family of hypotheses: what it finds that the population cannot, what it costs, whom it must not touch."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from forensics.analyze import analyze
from forensics.analyze.focus import Focus, again, read_focus
from forensics.analyze.signals import SIGNALS
from forensics.ask.why import why
from forensics.case import Case
from forensics.context import load
from forensics.demo.embedded import story_folder
from forensics.engine import Engine, Resources
from forensics.errors import UsageError
from forensics.ingest import Options, ingest
from forensics.schema import ACCOUNT_FEATURES, CLUSTER_MEMBERS, FOCUS, FOCUS_CHOICE, PAIRS, PEOPLE, SETTINGS, TABLES

Rows = list[dict[str, Any]]
World = Callable[..., Case]
START = datetime(2026, 1, 5, tzinfo=UTC)  # of the worlds of this folder
PAIR = Focus("accounts", "list.txt", ("x-1", "x-2"))


@pytest.fixture(scope="module")
def rows(strangers: Callable[..., Rows]) -> Rows:
    """400 strangers, and two accounts that share an address and walk along: more than chance, less than the floor."""
    found = strangers(400, "focus")
    for number, account in enumerate(("x-1", "x-2")):
        found += [
            {"user_id": account, "second": 90000 + 900 * step + 400 * number,
             "url_path": f"/items/{2000 + 2 * step + 3 * number}/text", "source_ip": "240.0.0.1",
             "source_range": "240.0.0.0/24", "user_agent_original": "script/1"}
            for step in range(60)
        ]  # fmt: skip
    return found


def linked(case: Case) -> list[tuple[str, str]]:
    return [(row["user_id_a"], row["user_id_b"]) for row in case.read(PAIRS).to_pylist() if row["tier"] == "linked"]


@pytest.fixture
def pair_world(world: World, rows: Rows) -> Callable[..., Case]:
    """The world with its cards: one for the two, one for each of the others."""
    cards = [{"user_id": f"x-{n}", "payment_fingerprint": "card"} for n in (1, 2)]
    cards += [{"user_id": f"p-{n:04d}", "payment_fingerprint": f"card-{n}"} for n in range(400)]

    def made(name: str = "case", focus: Focus | None = None) -> Case:
        equal = "[analysis]\nfull_volume = 1\n"  # shares of the budget: two who are busy among people need less
        return world(rows, name=name, settings=equal, focus=focus, accounts=cards)

    return made


def test_a_pair_under_the_floor_of_the_population_is_linked_by_a_focus_named_in_advance(
    pair_world: Callable[..., Case],
) -> None:
    assert linked(pair_world("whole")) == []
    case = pair_world("focused", PAIR)
    assert linked(case) == [("x-1", "x-2")]
    (settings,) = case.read(SETTINGS).to_pylist()
    assert (settings["accounts"], settings["pairs"], settings["alpha"]) == (402, 1, 0.025)
    assert settings["linked_floor_bits"] == settings["least_bits"]  # no link has less, whatever is tested
    (choice,) = case.read(FOCUS_CHOICE).to_pylist()
    assert (choice["number"], choice["choices"], choice["after_links"]) == (1, 1, False)
    actions = [entry["action"] for entry in case.entries()]
    assert actions.index("focus") < actions.index("analyze")


def test_the_same_list_named_after_links_were_known_costs_and_finds_nothing(pair_world: Callable[..., Case]) -> None:
    case = pair_world()
    analyze(case, Resources(threads=2), focus=PAIR)
    assert linked(case) == []
    (choice,) = case.read(FOCUS_CHOICE).to_pylist()
    assert choice["after_links"]
    assert choice["choices"] == 402 * 401 // 2  # the list could have been any pair
    (settings,) = case.read(SETTINGS).to_pylist()
    assert settings["linked_floor_bits"] == pytest.approx(21.6204)  # a bit more than the floor of the whole population


def test_every_further_focus_halves_the_rate_and_the_same_one_again_is_none(pair_world: Callable[..., Case]) -> None:
    case = pair_world(focus=PAIR)
    rates = []
    for focus in (Focus("volume", "30"), Focus("volume", "20"), PAIR):
        analyze(case, Resources(threads=2), focus=focus)
        rates.append(case.read(FOCUS_CHOICE).to_pylist()[0])
    volumes = set(case.read(ACCOUNT_FEATURES)["events"].to_pylist())
    assert [row["number"] for row in rates] == [2, 3, 1]
    assert [row["choices"] for row in rates] == [len(volumes), len(volumes), 1]
    assert [row["alpha"] * 2 ** row["number"] * row["choices"] for row in rates] == pytest.approx([0.05] * 3)
    assert sum(entry["action"] == "focus" for entry in case.entries()) == 3
    assert linked(case) == [("x-1", "x-2")]
    run = case.run_id()
    analyze(case, Resources(threads=2))
    assert case.read(FOCUS_CHOICE).num_rows == 0
    assert case.run_id() != run
    assert case.read(FOCUS).num_rows == 402


def test_links_outside_the_focus_are_not_made(pair_world: Callable[..., Case]) -> None:
    others = tuple(f"p-{n:04d}" for n in range(60))
    case = pair_world(focus=Focus("accounts", "others.txt", others))
    assert linked(case) == []
    assert case.read(PAIRS).num_rows == 0
    with Engine.over(case, FOCUS, PEOPLE) as engine:
        assert again(case, engine) == Focus("accounts", "others.txt", others)
    with Engine.over(case, *TABLES) as engine:
        told = why(engine, "x-1", "x-2", SIGNALS)
    assert told.known == "not tested"
    assert "was not tested" in told.reason
    assert told.floors.pairs == 60 * 59 // 2


def test_accounts_at_work_in_the_window_of_an_incident_are_the_focus(world: World, rows: Rows) -> None:
    window = {
        "incident_id": "O-1",
        "kind": "outage",
        "started_at": START + timedelta(seconds=90000),
        "ended_at": START + timedelta(seconds=90000 + 60 * 900),
    }
    case = world(rows, focus=Focus("incident", "O-1"), incidents=[window])
    with Engine.over(case, FOCUS, PEOPLE) as engine:
        names = set(engine.rows("SELECT user_id FROM people SEMI JOIN focus USING (person)")["user_id"].to_pylist())
    wanted = {row["user_id"] for row in rows if 90000 <= row["second"] < 90000 + 60 * 900}
    assert names == wanted
    assert {"x-1", "x-2"} < names
    assert len(names) < 402


def test_an_analysis_with_a_focus_is_repeated_byte_for_byte_and_told_everywhere(
    pair_world: Callable[..., Case], forensics: Callable[..., Any], tmp_path: Path
) -> None:
    case = pair_world(focus=PAIR)
    replayed = forensics("runs", "replay", "--check", "-C", case.folder)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    listed = json.loads(forensics("runs", "list", "--json", "-C", case.folder).stdout)["data"]["runs"]
    assert listed[-1]["focus"]["pairs"] == 1
    told = "focus 1 of this case, accounts:list.txt: 2 accounts, 1 pairs, error rate 0.025"
    assert told in forensics("status", "-C", case.folder).stdout
    forensics("report", "--format", "md", "-C", case.folder)
    page = (case.folder / "report" / "analyst" / "report.md").read_text(encoding="utf-8")
    assert "number 1 of this case" in page
    (tmp_path / "two.csv").write_text("note,user_id\na,x-1\nb,x-2\n")
    again_told = forensics("analyze", "--focus", f"accounts:{tmp_path / 'two.csv'}", "-C", case.folder)
    assert "focus 2 of this case" in again_told.stdout
    assert "charged for 80,601 choices" in again_told.stdout


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("everybody", "is none"), ("org:", "is none"), ("volume:many", "no number"), ("volume:-3", "no number"),
        ("accounts:/nowhere/list.txt", "cannot read"),
    ],
)  # fmt: skip
def test_a_focus_that_is_none_is_refused_with_a_way_out(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as refused:
        read_focus(text)
    assert refused.value.hint


def test_a_focus_without_two_accounts_is_refused_and_is_no_try(pair_world: Callable[..., Case]) -> None:
    case = pair_world()
    for focus in (Focus("org", "nobody"), Focus("accounts", "one.txt", ("x-1",)), Focus("incident", "none")):
        with pytest.raises(UsageError, match="fewer than two accounts"):
            analyze(case, Resources(threads=2), focus=focus)
    assert all(entry["action"] != "focus" for entry in case.entries())


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The logs and tables of the campus story, read once and not analyzed."""
    source, folder = story_folder("campus"), tmp_path_factory.mktemp("campus") / "case"
    case = Case.create(folder)
    ingest(case, [str(source / "logs")], Options(), resources=Resources(threads=2))
    for kind in ("accounts", "ip-ranges"):
        load(case, kind, source / "context" / f"{kind.replace('-', '_')}.csv")
    return folder


@pytest.mark.parametrize("organization", ["org-ledgerline", "org-fleet-ops", "org-build-03"])
def test_no_colleague_is_actionable_where_their_organization_is_the_focus(
    campus: Path, tmp_path: Path, organization: str
) -> None:
    case = Case.open(shutil.copytree(campus, tmp_path / "case"))
    analyze(case, Resources(threads=2), focus=Focus("org", organization))
    assert case.read(FOCUS).num_rows >= 2
    assert [row["user_id"] for row in case.read(CLUSTER_MEMBERS).to_pylist() if row["actionable"]] == []
    assert linked(case) == []
