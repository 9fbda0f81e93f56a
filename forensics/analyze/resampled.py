"""What drawing days again says, beside what was judged without it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa


@dataclass(frozen=True)
class Resampled:
    """What drawing days again says of one cluster: the mean inclusion of its accounts, in words, and of each one."""

    inclusion: float | None = None
    said: str = "not asked: no behavior holds it together"
    of: Mapping[str, float] = field(default_factory=dict)  # share of the draws, by account


def beside(judged: tuple[pa.Table, pa.Table], told: Mapping[str, Resampled]) -> tuple[pa.Table, pa.Table]:
    """Return the tables `clusters` and `cluster_members` with what drawing days again says of each row."""
    clusters, members = judged
    rows = [told.get(name, Resampled()) for name in clusters["cluster_id"].to_pylist()]
    pairs = zip(members["cluster_id"].to_pylist(), members["user_id"].to_pylist(), strict=True)
    each = [told.get(name, Resampled()).of.get(account) for name, account in pairs]
    clusters = _with(clusters, "day_inclusion", pa.array([row.inclusion for row in rows], pa.float64()))
    clusters = _with(clusters, "day_draws", pa.array([row.said for row in rows], pa.string()))
    return clusters, _with(members, "day_inclusion", pa.array(each, pa.float64()))


def _with(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), table.schema.field(name), values)
