"""Which moments are a crowd's: those that people set, not those of an operator whose walkers share ids out."""

from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pytest

from forensics.engine import Engine
from forensics.schema import ACTIVITY, ENUMERATIONS, PEOPLE

PEOPLE_COUNT, WALKERS, MOMENT, PUSH = 200, 40, 180, 300  # bins of ten seconds


def crowded(folder: Path, apart: int) -> set[int]:
    """Return the crowded bins of ten seconds where 40 walkers act at one moment; so many keep apart in their stretch.

    Everybody else is active once in the hour, each at another moment, and at a push with the walkers.
    """
    walkers = [f"w-{number:02d}" for number in range(WALKERS)]
    others = [f"p-{number:03d}" for number in range(PEOPLE_COUNT)]
    acts = [(name, bin_) for name in walkers for bin_ in (MOMENT, PUSH)]
    acts += [(name, bin_) for number, name in enumerate(others) for bin_ in (number, PUSH)]
    walks = [
        {"user_id": name, "space": "image", "stretch": 1, "apart_bits": 100.0 if number < apart else 3.0}
        for number, name in enumerate(walkers)
    ]
    with Engine(folder) as engine:
        engine.register("activity", rows(ACTIVITY.arrow(), [{"user_id": name, "bin": bin_} for name, bin_ in acts]))
        names = sorted([*walkers, *others])
        engine.register(
            "people", rows(PEOPLE.arrow(), [{"person": n, "user_id": name} for n, name in enumerate(names)])
        )
        engine.register("enumerations", rows(ENUMERATIONS.arrow(), walks))
        engine.register("settings", pa.table({"accounts": [len(names)]}))
        found = engine.rows(files("forensics.analyze") / "crowded_moments.sql").to_pylist()
    return {row["bin"] for row in found if row["scale"] == 10}


def rows(schema: pa.Schema, told: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(told, schema=schema)


@pytest.mark.parametrize(("apart", "is_crowd"), [(0, True), (19, True), (20, False), (40, False)])
def test_walkers_who_share_ids_out_are_no_crowd_and_those_who_meet_are(
    tmp_path: Path, apart: int, is_crowd: bool
) -> None:
    assert (MOMENT in crowded(tmp_path, apart)) is is_crowd


def test_a_push_that_wakes_everybody_is_a_crowd_for_walkers_too(tmp_path: Path) -> None:
    assert PUSH in crowded(tmp_path, WALKERS)
