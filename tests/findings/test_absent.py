"""Context tables are taken away one by one: what needs one says so, and nothing else changes.

The contract stands in docs/findings.md. Everything a finding has is compared: statement, detail and all other columns,
and its exhibits with the hashes of their lines.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from forensics.analyze import analyze
from forensics.analyze.findings import assess
from forensics.analyze.findings.absent import TABLES as WORDS
from forensics.case import Case
from forensics.context import load
from forensics.demo.embedded import story_folder
from forensics.engine import Engine, Resources
from forensics.ingest import Options, ingest
from forensics.schema import CLUSTER_MEMBERS, CLUSTERS, CONTEXT, EXHIBITS, FINDINGS, TABLES
from tests.findings.build import CLUSTER, Row, Story, assessed, at, outage, request

LINKING = ("accounts", "identities", "ip_ranges")  # these change who is linked, and how surely
STORIES = ("gallery", "reseller")
WHOLE = frozenset({"*"})  # the finding rests on the table: every number of it may change
_ACTION = frozenset({"ladder", "open", "triggers", "triggers_not_assessed", "takeover_open", "reach", "notice"})
_OWNERS = frozenset({"established", "grounds", "grounds_disagreeing", "has_networks", "network_accounts",
                     "network_requests", "network_other_accounts"})  # fmt: skip
CHANGES = {
    ("accounts", "scope", "our_side"): frozenset(
        {"requests_channel_unknown", "requests_direct", "requests_reseller"}
    ),
    ("accounts", "attribution", "L1"): WHOLE,
    ("accounts", "attribution", "L2"): WHOLE,
    ("accounts", "attribution", "colleagues"): WHOLE,
    ("accounts", "automation", "others"): frozenset({"accounts_named", "organizations"}),
    ("accounts", "materiality", None): frozenset({"organization_id"}) | {
        f"{span}{measure}" for span in ("", "active_")
        for measure in ("organizations_ranked", "rank_bytes_organizations", "rank_requests_organizations",
                        "rank_output_tokens_organizations", "rank_served_us_organizations")
    },
    ("accounts", "statement", "*"): WHOLE,
    ("accounts", "action", None): _ACTION,
    ("accounts", "alternative", None): frozenset(
        {"accounts_direct", "accounts_reseller", "hypotheses", "best", "organization_id"}
    ),
    ("identities", "scope", "coverage"): frozenset({"accounts"}),
    ("identities", "scope", "our_side"): frozenset({"requests_channel_unknown", "requests_direct"}),
    ("identities", "channel", "*"): WHOLE,
    ("identities", "statement", "*"): WHOLE,
    ("ip_ranges", "attribution", "L1"): WHOLE,
    ("ip_ranges", "attribution", "L2"): _OWNERS,
    ("ip_ranges", "action", None): _ACTION,
    ("ip_ranges", "alternative", None): frozenset(
        {"accounts_on_largest_shared", "networks_shared", "hypotheses", "best"}
    ),
    ("incidents", "distillation", None): frozenset(
        {"follows_release", "launches_followed", "launches_on_record", "signs", "holds"}
    ),
    ("incidents", "statement", "*"): WHOLE,
    ("incidents", "action", None): _ACTION,
    ("terms", "action", None): _ACTION,
}  # fmt: skip
COUNTS_THE_OTHERS = ("scope", "lines")  # how many lines all findings cite together


class Read(NamedTuple):
    """What an analysis found, easy to compare."""

    findings: dict[str, Row]
    exhibits: dict[str, list[Row]]
    clusters: dict[str, tuple[str | tuple[str, bool], ...]]  # verdict, and members with what is actionable


def read(case: Case, findings: list[Row], exhibits: list[Row]) -> Read:
    cited: dict[str, list[Row]] = {}
    for row in exhibits:
        if row["finding_id"]:
            cited.setdefault(row["finding_id"], []).append(row | {"exhibit_id": None})
    members: dict[str, tuple[tuple[str, bool], ...]] = {}
    for row in case.read(CLUSTER_MEMBERS).sort_by("user_id").to_pylist():
        members[row["cluster_id"]] = (*members.get(row["cluster_id"], ()), (row["user_id"], row["actionable"]))
    told = {row["finding_id"]: row | {"detail": json.loads(row["detail"])} for row in findings}
    verdicts = {row["cluster_id"]: row["verdict"] for row in case.read(CLUSTERS).to_pylist()}
    return Read(told, cited, {name: (verdicts[name], *users) for name, users in members.items()})


def analyzed(case: Case, table: str | None) -> Read:
    """Analyze a case without one table; where the table is nothing to linking, only its findings again."""
    if table in {None, *LINKING}:
        analyze(case, Resources())
        return read(case, case.read(FINDINGS).to_pylist(), case.read(EXHIBITS).to_pylist())
    with Engine.over(case, *TABLES) as engine:
        findings, exhibits = assess(case, engine)
    return read(case, findings.to_pylist(), exhibits.to_pylist())


def without_each(story: str, folder: Path) -> Iterator[tuple[str | None, Read]]:
    """Yield what is found with every table of a story, then without each of them."""
    source, key = story_folder(story), folder / "key"
    key.write_text("ab" * 32)
    case = Case.create(folder / story, key)
    given = {name: source / "context" / f"{name.replace('-', '_')}.csv" for name in CONTEXT}
    with case.locked():
        ingest(case, [str(source / "logs")], Options(), resources=Resources())
        for name, path in given.items():
            if path.exists():
                load(case, name, path)
    yield None, analyzed(case, None)
    for table in sorted(CONTEXT.values(), key=lambda one: one.name in LINKING):
        rows = case.read(table)
        if rows.num_rows:
            case.write(table, table.empty())
            yield table.name, analyzed(case, table.name)
            case.write(table, rows)


@pytest.fixture(scope="module", params=STORIES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, Read]:
    return dict(without_each(request.param, tmp_path_factory.mktemp(request.param)))


def says(row: Row, table: str) -> bool:
    """Tell whether a finding says in its sentence and in its numbers that it lacks a table."""
    _, _, last = row["statement"].rpartition("Not assessed: needs ")
    return bool(last and WORDS[table] in last and table in row["detail"]["needs"])


def survived(found: Read, cluster_id: str | None, whole: Read) -> bool:
    return cluster_id is None or found.clusters.get(cluster_id) == whole.clusters[cluster_id]


def allowed(table: str, row: Row) -> frozenset[str]:
    kind, subject = row["kind"], row["subject"]
    return CHANGES.get((table, kind, subject)) or CHANGES.get((table, kind, "*")) or frozenset()


def numbers(row: Row, but: frozenset[str]) -> Row:
    return {name: value for name, value in row["detail"].items() if name not in but | {"needs"}}


def columns(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in {"statement", "detail"}}


def test_what_does_not_say_that_it_lacks_the_table_is_equal_in_every_column_and_exhibit(
    told: dict[str | None, Read],
) -> None:
    whole = told[None]
    for table, found in told.items():
        if table is None:
            continue
        for finding_id, row in whole.findings.items():
            thin = found.findings.get(finding_id)
            about = (table, row["kind"], row["subject"])
            if thin is None or not survived(found, row["cluster_id"], whole) or about[1:] == COUNTS_THE_OTHERS:
                continue
            if not says(thin, table):
                assert thin == row, about
                assert found.exhibits[finding_id] == whole.exhibits[finding_id], about
                continue
            rests = allowed(table, row)
            if not rests:  # the table adds to it, here nothing: the notice alone is new
                assert columns(thin) == columns(row), about
                assert thin["statement"].startswith(row["statement"].split(" Not assessed: needs ")[0]), about
                assert found.exhibits[finding_id] == whole.exhibits[finding_id], about
            if rests != WHOLE:
                assert numbers(thin, rests) == numbers(row, rests), about


def test_nothing_disappears_without_a_finding_of_its_kind_that_names_the_table(told: dict[str | None, Read]) -> None:
    whole = told[None]
    for table, found in told.items():
        if table is None:
            continue
        instead = {
            row["kind"]
            for row in found.findings.values()
            if row["cluster_id"] is None and not row["assessed"] and says(row, table)
        }
        for finding_id, row in whole.findings.items():
            if finding_id not in found.findings and survived(found, row["cluster_id"], whole):
                assert row["kind"] in instead, (table, row["kind"], row["subject"])
        for finding_id, row in found.findings.items():
            if finding_id not in whole.findings and row["cluster_id"] in {None, *whole.clusters}:
                assert says(row, table), (table, row["kind"], row["subject"])


def test_a_cluster_that_changes_with_a_table_says_so_where_it_is_told(told: dict[str | None, Read]) -> None:
    whole = told[None]
    for table, found in told.items():
        if table is None:
            continue
        if table not in LINKING:
            assert found.clusters == whole.clusters, table
            continue
        told_apart = {row["subject"] for row in found.findings.values() if says(row, table)}
        assert {"coverage"} <= told_apart, table
        layers = [row for row in found.findings.values() if row["subject"] == "L1"]
        assert all(says(row, table) for row in layers), table


def test_every_table_is_named_by_the_kinds_that_read_it(told: dict[str | None, Read]) -> None:
    """So that no table can be removed from this test, or from the findings, unseen."""
    kinds = {
        table: {row["kind"] for row in found.findings.values() if table and says(row, table)}
        for table, found in told.items()
    }
    assert {"statement"} == kinds["statements"]
    assert {"terms", "action"} == kinds["terms"]
    assert {"service_impact", "action"} <= kinds["incidents"]
    assert {"scope", "attribution", "action", "alternative"} <= kinds["ip_ranges"]
    assert {"scope", "channel", "attribution", "automation", "materiality", "statement", "action", "alternative"} <= (
        kinds["accounts"]
    )
    assert "identities" not in kinds or {"scope", "attribution", "channel", "statement"} <= kinds["identities"]


def test_a_step_that_a_missing_table_shuts_is_not_assessed_rather_than_shut(told: dict[str | None, Read]) -> None:
    (whole,) = [row["detail"] for row in told[None].findings.values() if row["kind"] == "action" and row["cluster_id"]]
    for table in ("terms", "ip_ranges", "accounts", "incidents"):
        for row in told[table].findings.values():
            if row["kind"] == "action" and row["cluster_id"] and survived(told[table], row["cluster_id"], told[None]):
                lost = {*whole["open"]} - {*row["detail"]["open"]}
                unsure = {one["step"] for one in row["detail"]["ladder"] if not one["is_assessed"]}
                assert lost <= unsure, (table, lost, unsure)
                assert not unsure or "Not assessed, for want of data, whether open: " in row["statement"]


def test_logs_that_name_accounts_in_one_way_lack_an_identity_map_only_where_accounts_are_told(tmp_path: Path) -> None:
    """A list of keys adds nothing to logs without keys: not every finding has to say so."""
    rows = [request(at(n), "ab"[n % 2], user_id_kind="user") for n in range(60)]
    found = assessed(Story(requests=rows).case(tmp_path / "one"))
    named = {row["subject"] for row in found.findings if "an identity map" in row["statement"]}
    assert named == {"coverage", "L1"}
    mixed = [row | {"user_id_kind": "api_key" if row["user_id"] == "b" else "user", "gen_ai_prompt_hash": "p",
                    "object_id": number} for number, row in enumerate(rows)]  # fmt: skip
    story = Story(requests=mixed, organization_id="org-n", accounts=[{"user_id": "a", "channel": "direct"}],
                  incidents=[outage(at(1), at(9))], statements=[{"statement_id": "S", "subject": CLUSTER,
                  "claim": "not_us"}], terms=[{"version": "v", "clause": "1", "text": "x"}])  # fmt: skip
    found = assessed(story.case(tmp_path / "two"))
    told = [row | {"detail": json.loads(row["detail"])} for row in found.findings]
    silent = [(row["kind"], row["subject"]) for row in told if not says(row, "identities")]
    assert silent == [
        ("scope", "files"), ("scope", "lines"), ("scope", "times"), ("attribution", "L3"), ("attribution", "L4"),
    ]  # fmt: skip
