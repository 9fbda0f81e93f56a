"""Who is left of a group when something innocent set the moments of some of its accounts."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from forensics.analyze.choice import shares
from forensics.analyze.explained import explained
from forensics.analyze.gate import Gate
from forensics.analyze.graph import Group, Links
from forensics.engine import Engine
from forensics.model import Family
from forensics.schema.linking import FAMILIES

GATE = Gate(floor=20.0, least=13.3)
PAIRS = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def asked(folder: Path, bystanders: int, time: Mapping[tuple[int, int], float]) -> list[bool]:
    """Return who may be actionable of four behind one address: prompts join all pairs but those that moments join."""
    rows = [
        {"cluster_id": "C-1", "tier": "linked", "a": a, "b": b, "net": 12.0, "ident": None, "client": None,
         "target": None,         "template": None if (a, b) in time else 12.0, "time": time.get((a, b))}
        for a, b in PAIRS
    ]  # fmt: skip
    real = FAMILIES
    types = pa.schema(
        [("cluster_id", pa.string()), ("tier", pa.string()), ("a", pa.int64()), ("b", pa.int64())]
        + [(name, pa.float64()) for name in real]
    )
    table = pa.Table.from_pylist(rows, types)
    first, second = (np.array(ends) for ends in zip(*PAIRS, strict=True))
    links = Links(first, second, np.full(len(PAIRS), 19.4), np.ones(len(PAIRS)))
    with Engine(folder) as engine:
        engine.register("gated", table.select(["cluster_id", "tier", "a", "b"]))
        engine.register("weighed", table.select(["a", "b", *real]))
        engine.register("settings", pa.table({
            "accounts": [250], "min_behavior_bits": [4.0], "choice_shares": [shares(set(Family))],
        }))  # fmt: skip
        engine.register("bystanders", pa.table({
            "cluster_id": ["C-1"], "a": [0], "b": [3], "bystanders": pa.array([bystanders], pa.int64()),
        }))  # fmt: skip
        joined = explained(engine, {"C-1": Group(np.arange(4), links)}, GATE)["C-1"].joined
        return [bool(one) for one in joined]


@pytest.mark.parametrize(("bystanders", "left"), [(0, [True] * 4), (15, [True, True, True, False]), (3, [True] * 4)])
def test_an_account_whose_links_are_explained_leaves_those_whose_links_are_not(
    tmp_path: Path, bystanders: int, left: list[bool]
) -> None:
    """Sixteen of 250 who keep these moments leave them under four bits: no behavior. Four leave six of seven."""
    moments = {(0, 3): 7.0, (1, 3): 7.0, (2, 3): 7.0}
    assert asked(tmp_path, bystanders, moments) == left


def test_a_group_whose_larger_part_is_explained_is_not_one(tmp_path: Path) -> None:
    moments = {(0, 3): 12.0, (1, 3): 12.0, (2, 3): 12.0, (0, 2): 12.0, (1, 2): 12.0, (0, 1): 12.0}
    assert asked(tmp_path, 15, moments) == [False] * 4
