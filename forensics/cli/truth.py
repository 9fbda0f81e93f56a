"""What a story planted beside what was found: the comparison at the end of `demo`, and nothing else reads a truth."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forensics.case import Case

_Details: TypeAlias = "dict[tuple[str, str | None], dict[str, Any]]"  # of one cluster, by kind and subject


class Check(NamedTuple):
    """One line of the comparison: what was planted, what was found; `is_least` where more than planted is no fault."""

    what: str
    planted: Any
    found: Any
    is_least: bool = False

    @property
    def met(self) -> bool:
        """Tell whether they are the same, or as many at least."""
        return bool(self.found >= self.planted if self.is_least else self.planted == self.found)

    @property
    def wanted(self) -> object:
        """Return what was planted, as the table of the comparison shows it."""
        return f"{self.planted} or more" if self.is_least else self.planted


def read_truth(story: Path) -> dict[str, Any]:
    """Return what a story planted; where it has operators, with a row for each of their accounts."""
    truth: dict[str, Any] = json.loads((story / "truth.json").read_text(encoding="utf-8"))
    if "operators" in truth:
        with (story / "operators.csv").open(encoding="utf-8", newline="") as table:
            truth["operator_accounts"] = list(csv.DictReader(table))
    return truth


def checks(case: Case, truth: dict[str, Any]) -> Iterator[Check]:
    """Yield the comparison of a case with the truth of its story."""
    from forensics.schema import CLUSTER_MEMBERS, CLUSTERS, FINDINGS, LOG_FILES

    files = case.read(LOG_FILES).to_pylist()
    for name, planted in truth["log_files"].items():
        yield Check(name, planted, sum(row[name] for row in files))
    members = case.read(CLUSTER_MEMBERS).to_pylist()
    yield from _accounts(truth, members)
    clusters = {row["cluster_id"]: row for row in case.read(CLUSTERS).to_pylist()}
    coordinated = {name: row for name, row in clusters.items() if row["verdict"] == "coordinated"}
    findings = [row for row in case.read(FINDINGS).to_pylist() if row["assessed"]]
    if "operators" in truth:
        from forensics.cli.truth_operators import operators

        yield from operators(truth, members, coordinated, findings)
        return
    yield Check("coordinated clusters", len(truth["clusters"]), len(coordinated))
    for planted in truth["clusters"]:
        held = {row["cluster_id"] for row in members if row["user_id"] in planted["members"]} & set(coordinated)
        found = coordinated[held.pop()] if len(held) == 1 else {}
        yield Check("campaign of the planted cluster", planted["campaign"], found.get("campaign"))
        details = {
            (row["kind"], row["subject"]): json.loads(row["detail"])
            for row in findings
            if found and row["cluster_id"] == found["cluster_id"]
        }
        yield from _numbers(details, truth["numbers"])
        yield from _collateral(details, truth, members, found.get("cluster_id"))
    yield from _statements(findings, truth)


def _accounts(truth: dict[str, Any], members: list[dict[str, Any]]) -> Iterator[Check]:
    actionable = sorted(row["user_id"] for row in members if row["actionable"])
    if "actionable" in truth:
        yield Check("actionable accounts", sorted(truth["actionable"]), actionable)
    innocent = set(truth.get("never_actionable", ())) | {
        account for accounts in truth.get("groups", {}).values() for account in accounts
    }
    yield Check(f"of {len(innocent):,} innocent accounts actionable", 0, len(innocent & set(actionable)))


def _numbers(details: _Details, numbers: dict[str, Any]) -> Iterator[Check]:
    """Yield each planted number beside the number of the finding that states it."""
    found = _by_conduct(details) | _by_channel(details)
    for name, planted in numbers.items():
        if name in found:
            yield Check(name.replace("_", " "), planted, found[name])


def _by_conduct(details: _Details) -> dict[str, object]:
    material, harvest = details.get(("materiality", None), {}), details.get(("harvest", None), {})
    impact: dict[str, Any] = next((detail for (kind, _), detail in details.items() if kind == "service_impact"), {})
    templates = {row["template"]: row["objects"] for row in harvest.get("by_template", ())}
    return {
        "requests_by_cluster": material.get("requests"),
        "requests_before_onset": impact.get("requests_before_onset"),
        "requests_total_before_onset": impact.get("requests_before_onset_all"),
        "overlap_minutes": impact.get("overlap_minutes"),
        "outage_minutes": impact.get("outage_minutes"),
        "objects_prompts": templates.get("GET /api/v1/jobs/{id}/prompt"),
        "objects_images": templates.get("GET /jobs/{id}/image.webp"),
        "objects_pairs": harvest.get("pairs"),
        "cluster_requests_share_total": [material.get("requests"), material.get("requests_all")],
        "cluster_bytes_share_total": [material.get("bytes"), material.get("bytes_all")],
        "cluster_input_tokens_share_total": [material.get("input_tokens"), material.get("input_tokens_all")],
        "cluster_output_tokens_share_total": [material.get("output_tokens"), material.get("output_tokens_all")],
        "others_5xx_in_outage": [impact.get("others_5xx_outage"), impact.get("others_requests_outage")],
        "others_5xx_before": [impact.get("others_5xx_before_24h"), impact.get("others_requests_before_24h")],
        "cluster_5xx_in_outage": [impact.get("cluster_5xx_outage"), impact.get("cluster_requests_outage")],
    }


def _by_channel(details: _Details) -> dict[str, object]:
    channel, asked = details.get(("channel", None), {}), details.get(("distillation", None), {})
    launch: dict[str, Any] = next(iter(asked.get("launches_followed", ())), {})
    return {
        "requests_by_channel": {row["channel"]: row["requests"] for row in channel.get("by_channel", ())},
        "cluster_share_by_channel": {
            row["channel"]: [row["requests"], row["requests_all"]] for row in channel.get("by_channel", ())
        },
        "stages": {row["stage"]: row["requests"] for row in sorted(asked.get("stages", ()), key=lambda s: s["stage"])},
        "requests_day_before_launch": launch.get("day_before"),
        "requests_day_after_launch": launch.get("day_after"),
        "requests_refused": asked.get("refused"),
        "uninvolved_colleagues": details.get(("attribution", "colleagues"), {}).get("colleagues"),
    }


def _collateral(
    details: _Details, truth: dict[str, Any], members: list[dict[str, Any]], cluster_id: str | None
) -> Iterator[Check]:
    """Yield whether the people not involved are on the list of whom a step would reach, and in no cluster."""
    uninvolved = set(truth.get("uninvolved", ()))
    if not uninvolved:
        return
    reach = {row["policy"]: row for row in details.get(("action", None), {}).get("reach", ())}
    yield Check(
        "uninvolved colleagues reached by a step against the organization",
        len(uninvolved),
        reach.get("organization", {}).get("accounts_not_linked"),
    )
    inside = {row["user_id"] for row in members if row["cluster_id"] == cluster_id}
    yield Check("uninvolved colleagues in the cluster", 0, len(uninvolved & inside))


def _statements(findings: list[dict[str, Any]], truth: dict[str, Any]) -> Iterator[Check]:
    results = {row["subject"]: json.loads(row["detail"]) for row in findings if row["kind"] == "statement"}
    for name, result in truth.get("statements", {}).items():
        yield Check(f"statement {name}", result, results.get(name, {}).get("result"))
    stopped: dict[str, Any] = next((detail for detail in results.values() if detail["claim"] == "stopped_by"), {})
    later = {row["channel"]: row["requests"] for row in stopped.get("core_after_by_channel", ())}
    for name, found in (
        ("requests_after_stop", stopped.get("rows_against")),
        ("requests_after_stop_by_channel", later),
    ):
        if name in truth.get("numbers", {}):
            yield Check(name.replace("_", " "), truth["numbers"][name], found)
