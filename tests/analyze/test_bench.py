"""The benchmark of linking is itself tested: its counts by hand, its seal, and one small world end to end."""

from pathlib import Path

import polars as pl
import pytest

from tests.bench.baselines.graph import components
from tests.bench.running import Variant, judged
from tests.bench.scoring import Answer, Record, score, upper_bound
from tests.bench.tables import macro, wrongs
from tests.bench.world import Operator, World, make, nothing, planted, seal, sources_sha256, truth_sha256

TRUTH = pl.DataFrame(
    {
        "user_id": ["a", "b", "c", "d", "e", "f", "g", "h"],
        "operator": ["op-0", "op-0", "op-0", "op-1", "op-1", None, None, None],
        "profile": ["careful", "careful", "careful", "pair", "pair", None, None, None],
        "size": [3, 3, 3, 2, 2, None, None, None],
        "incident_s": [60, 60, 60, 60, 60, None, None, None],
        "jitter_s": [5, 5, 5, 5, 5, None, None, None],
        "families": ["TIME,TARGET"] * 3 + ["NET,TARGET"] * 2 + [None] * 3,
        "trap": [None, None, None, None, None, "ci", "ci", "vpn"],
    }
)


def answered(groups: dict[str, str], *, verdict: str = "coordinated", pairs: tuple[str, ...] = ()) -> Record:
    """Score groups such as {"x": "abc"}, where a capital letter is a member that is not actionable."""
    members = [
        (name, each.lower(), each.islower(), 0.5 + nth / 100)  # a member has a probability of its own
        for name, held in groups.items()
        for nth, each in enumerate(held)
    ]
    return score(
        TRUTH,
        Answer(
            pl.DataFrame({"cluster_id": list(groups), "verdict": verdict, "probability": 0.9}),
            pl.DataFrame(members, schema=["cluster_id", "user_id", "actionable", "probability"], orient="row"),
            pl.DataFrame(
                [(pair[0], pair[1], "linked") for pair in pairs],
                schema={"user_id_a": pl.String, "user_id_b": pl.String, "tier": pl.String},
                orient="row",
            ),
        ),
    )


def test_a_right_answer_is_all_right() -> None:
    told = answered({"x": "abc", "y": "de"}, pairs=("ab", "de"))
    assert [(cluster["size"], cluster["wrong"]) for cluster in told["clusters"]] == [(3, False), (2, False)]
    assert [cluster["probability"] for cluster in told["clusters"]] == [0.9, 0.9]
    assert [operator["actionable"] for operator in told["operators"]] == [3, 2]
    assert macro([told])[1]["all profiles"] == {"precision": 1.0, "recall": 1.0, "sizes": [2, 3]}
    assert told["pairs"] == {"linked": {"pairs": 2, "false": 0}}


def test_two_operators_in_one_cluster_are_wrong_and_counted_as_merged() -> None:
    told = answered({"x": "abcde"})
    assert told["clusters"][0]["wrong"]
    figures = wrongs([told])[1]
    assert (figures["wrong_clusters"], figures["merging_clusters"], figures["innocents_actionable"]) == (1, 1, 0)


def test_an_innocent_member_makes_a_cluster_wrong_even_where_it_is_not_actionable() -> None:
    told = answered({"x": "abH"})
    assert told["clusters"][0]["wrong"]
    assert told["traps"]["vpn"] == {"accounts": 1, "clustered": 1, "coordinated": 1, "actionable": 0}
    assert wrongs([told])[1]["innocents_actionable"] == 0


def test_an_actionable_innocent_costs_precision() -> None:
    told = answered({"x": "abch"})
    assert macro([told])[1]["all profiles"]["precision"] == 0.75
    assert wrongs([told])[1]["per_10000"] == pytest.approx(1e4 / 3)


def test_machines_of_one_firm_are_no_false_link_but_are_innocent() -> None:
    told = answered({"x": "fg"}, pairs=("fg", "fh", "ah"))
    assert told["pairs"] == {"linked": {"pairs": 3, "false": 2}}
    assert told["traps"]["ci"]["actionable"] == 2


def test_an_operator_in_two_halves_is_recalled_but_not_together() -> None:
    (first, _) = answered({"x": "ab", "y": "c"})["operators"]
    assert (first["actionable"], first["largest"], first["groups"], first["pairs_together"]) == (3, 2, 2, 1)


def test_the_bound_is_that_of_clopper_and_pearson() -> None:
    assert upper_bound(0, 20) == pytest.approx(1 - 0.05 ** (1 / 20), abs=1e-9)
    assert upper_bound(0, 100_000) == pytest.approx(1 - 0.05 ** (1 / 100_000), abs=1e-12)
    assert upper_bound(3, 50) == pytest.approx(0.147837, abs=1e-6)  # scipy.stats.beta.ppf(0.95, 4, 47)
    assert upper_bound(5, 5) == 1.0


def test_components_follow_a_chain_to_its_end() -> None:
    edges = pl.DataFrame({"a": ["a", "c", "x", "d"], "b": ["b", "b", "y", "c"]})
    groups = components(edges).group_by("cluster_id").agg(pl.col("user_id").sort()).get_column("user_id").to_list()
    assert sorted(groups) == [["a", "b", "c", "d"], ["x", "y"]]


def test_the_generator_is_the_one_that_was_sealed() -> None:
    """Whoever changes the generator sees it here; figures of docs/accuracy.md then belong to another one."""
    lines = (seal.HERE / "SHA256").read_text().splitlines()
    sealed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    assert sealed["sources"] == sources_sha256()
    assert sealed["truth of planted(1)"] == truth_sha256(make(planted(1)).truth)


def test_a_planted_operator_does_not_change_the_background() -> None:
    alone, visited = make(nothing(3, 600)), make(World(3, 600, operators=(Operator("careful", 12),)))
    people = visited.requests.account < 600
    assert (visited.requests.time[people] == alone.requests.time).all()
    assert (visited.requests.address[people] == alone.requests.address).all()


def test_a_small_world_is_made_analyzed_and_scored(tmp_path: Path) -> None:
    world = World(2, 500, 3, 20.0, (Operator("careless", 6, 86_400, requests=60),), ("household",))
    told = judged(world, Variant(), tmp_path)
    assert told["failed"] is None
    assert told["accounts"] == 506
    assert told["innocents"] == 500
    assert [operator["size"] for operator in told["operators"]] == [6]
    assert told["cost"]["events"] > 2000
    assert judged(world, Variant(), tmp_path) == told  # remembered, not measured again
