"""What a group is, by written rules that a reader can check (docs/method.md repeats them in words)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from forensics.model import BEHAVIOR, Confidence, Family, Verdict

_DECLARED = 0.9  # from this share of members on, the group is the organization's own
_SYSTEMATIC = 0.5  # share of requests that ask for objects
_DISTINCT = 0.4  # distinct objects per object request: retries and second formats are allowed for
_AGREEING_FAMILIES = 3
_CONFIRMED = 0.8  # share of its accounts that each half of the time finds again
_UNDECIDED = {
    "lead": "the evidence reaches the floor of leads, not the declared error rate",
    "linked": "worlds in which families meet only by chance bring groups as good, oftener than not",
}
_EVEN = 0.5  # below this probability a group is more likely chance than not, whatever its bits


class Judgement(NamedTuple):
    """Verdict, campaign and confidence of one group, with the rule that gave the verdict in words."""

    verdict: Verdict
    campaign: str | None
    confidence: Confidence
    reason: str


@dataclass(frozen=True)
class HeldOut:
    """What the halves say of one cluster: the smaller share found again, that in words, and of each account."""

    confirmed: float | None = None
    said: str = "not asked: no behavior holds it together"
    inclusion: Mapping[str, float] = field(default_factory=dict)  # share of the halves, by account


def confirms(confirmed: float | None) -> bool:
    """Tell whether so large a share, the smaller of two halves, confirms a cluster."""
    return confirmed is not None and confirmed >= _CONFIRMED


def judge(
    row: Mapping[str, Any],
    tier: str,
    probability: float | None,
    authorized: frozenset[str],
    *,
    stands: bool = False,
    doubt: str | None = None,
) -> Judgement:
    """Return the judgement of a group from its row of clusters.sql, the tier of its pairs and its probability.

    It `stands` if it does without any single family, and both halves of the time confirm it. A `doubt` is an innocent
    reason that would explain it (`explained`).
    """
    families = {Family(name) for name in row["families"]}
    declared = row["organization_share"] >= _DECLARED
    verdict, reason = _verdict(row, tier, probability, families, declared=declared, authorized=authorized)
    if verdict is Verdict.COORDINATED and doubt:
        verdict, reason = Verdict.UNDECIDED, doubt
    confidence = _confidence(families, tier, stands=stands and verdict is not Verdict.UNDECIDED)
    return Judgement(verdict, _campaign(row, families, verdict), confidence, reason)


def _verdict(
    row: Mapping[str, Any],
    tier: str,
    probability: float | None,
    families: set[Family],
    *,
    declared: bool,
    authorized: frozenset[str],
) -> tuple[Verdict, str]:
    if declared and row["organization_id"] in authorized:
        return Verdict.AUTHORIZED_AUTOMATION, "the members declare an organization on the list of authorized automation"
    if tier == "context":
        if declared:
            return Verdict.SHARED_ORGANIZATION, "the members share much of one organization and no behavior"
        return Verdict.SHARED_INFRASTRUCTURE, "the members share addresses, payment or clients and no behavior"
    if tier == "lead" or (probability is not None and probability < _EVEN):
        return Verdict.UNDECIDED, _UNDECIDED[tier]
    if declared and not families & {Family.TARGET, Family.TEMPLATE}:
        return (
            Verdict.SHARED_ORGANIZATION,
            "the members openly declare one organization and share a rhythm only: a fleet or an office",
        )
    kinds = ", ".join(sorted(families & BEHAVIOR))
    return Verdict.COORDINATED, f"two families at least, behavior among them ({kinds}), within the declared error rate"


def _campaign(row: Mapping[str, Any], families: set[Family], verdict: Verdict) -> str | None:
    if verdict is not Verdict.COORDINATED:
        return None
    asked = row["object_requests"]
    if Family.TARGET in families and asked > _SYSTEMATIC * row["events"] and row["objects"] > _DISTINCT * asked:
        return "harvest"
    return "automation" if Family.TIME in families else None


def _confidence(families: set[Family], tier: str, *, stands: bool) -> Confidence:
    """Moderate needs three families that agree; high needs in addition that it stands."""
    if tier != "linked" or len(families) < _AGREEING_FAMILIES:
        return Confidence.LOW
    return Confidence.HIGH if stands else Confidence.MODERATE
