"""Several planted operators beside what was found: how much of each, never two in one cluster, and what they did.

What a cluster did is compared with what was planted of its members, account by account: a cluster may lack accounts
of its operator and still tell the truth about those it has.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from forensics.cli.truth import Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SUMS = {  # columns of the planted table, and where the findings state the same of a cluster
    "requests": ("materiality", "requests"),
    "input_tokens": ("materiality", "input_tokens"),
    "output_tokens": ("materiality", "output_tokens"),
    "day_before_launch": ("distillation", "day_before"),
    "day_after_launch": ("distillation", "day_after"),
    "day_after_launch_new_model": ("distillation", "day_after_new_model"),
}


def operators(
    truth: dict[str, Any],
    members: Sequence[dict[str, Any]],
    coordinated: dict[str, dict[str, Any]],
    findings: Sequence[dict[str, Any]],
) -> Iterator[Check]:
    """Yield how much of each operator was found, whether any two were merged, and what the found accounts did."""
    planted = {row["user_id"]: row for row in truth["operator_accounts"]}
    held: dict[str, list[str]] = {name: [] for name in coordinated}
    for row in members:
        if row["cluster_id"] in held:
            held[row["cluster_id"]].append(row["user_id"])
    inside = {name: {planted[user]["operator"] for user in users if user in planted} for name, users in held.items()}
    yield Check("clusters with accounts of two operators", 0, sum(len(names) > 1 for names in inside.values()))
    yield Check(
        "innocent accounts in coordinated clusters",
        0, sum(user not in planted for users in held.values() for user in users),
    )  # fmt: skip
    actionable = {row["user_id"] for row in members if row["actionable"]}
    for operator in truth["operators"]:
        name = operator["name"]
        found = sum(planted[user]["operator"] == name for user in actionable if user in planted)
        planted_here = f"{operator['accounts']} accounts ({operator['leave_traces']} leave traces)"
        yield Check(f"{name}: of {planted_here} actionable", operator["at_least"], found, is_least=True)
        clusters = [cluster for cluster, names in inside.items() if names == {name}]
        rows = [planted[user] for cluster in clusters for user in held[cluster] if user in planted]
        yield from _conduct(name, rows, [coordinated[cluster] for cluster in clusters], findings)


def _conduct(
    name: str, rows: Sequence[dict[str, str]], clusters: Sequence[dict[str, Any]], findings: Sequence[dict[str, Any]]
) -> Iterator[Check]:
    """Yield period, volume, tokens and the shift at the launch of the accounts that were found."""
    if not rows:
        return
    period = (min(row["first_request"] for row in rows), max(row["last_request"] for row in rows))
    told = (min(row["first_seen"] for row in clusters), max(row["last_seen"] for row in clusters))
    spelled = tuple(moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" for moment in told)
    yield Check(f"{name}: first and last request of those found", list(period), list(spelled))
    known = {cluster["cluster_id"] for cluster in clusters}
    details = [(row["kind"], json.loads(row["detail"])) for row in findings if row["cluster_id"] in known]
    for column, (kind, field) in _SUMS.items():
        parts = [_of_launch(detail) if field.startswith("day_") else detail for one, detail in details if one == kind]
        found = sum(part.get(field) or 0 for part in parts)
        yield Check(f"{name}: {column.replace('_', ' ')} of those found", sum(int(row[column]) for row in rows), found)


def _of_launch(detail: dict[str, Any]) -> dict[str, Any]:
    return next(iter(detail.get("launches_followed", ())), {})
