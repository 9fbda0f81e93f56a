"""Hold-out confirmation: is a cluster found again in each of two halves of the time, by the same steps and gate?

Complementary pairs (Shah and Samworth 2013) in the spirit of stability selection (Meinshausen and Buehlmann 2010).
Time is cut into blocks of two hours that go to the halves in turn, for all accounts alike: what accounts did in one
moment stays in one half. The turn changes every day (UTC), so that a job that runs daily is in both. What context
tables declare is in both halves; only what the logs show is held out. A half has half of the evidence and the same
floor, so a cluster that is not found again is not refuted (docs/method.md, ADR 15).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import pyarrow as pa

from forensics.analyze.focus import Tested
from forensics.analyze.group import Grouping
from forensics.analyze.scoring import scored
from forensics.analyze.verdict import HeldOut
from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.model import Progress, Report, silent
from forensics.schema import CONTEXT, REQUESTS

_FOLDER = ".scratch/halves"
_BLOCK = "epoch_us(timestamp) // 7200000000"
_TURN = f"({_BLOCK} + epoch_us(timestamp) // 86400000000) % 2"
_HALVES = {"even": f"{_TURN} = 0", "odd": f"{_TURN} <> 0"}
_LEAST_REQUESTS = 50  # fewer in a half say nothing: rhythms and walks are read from so many on
_ONE_BLOCK = 0.9  # from this share of its requests on, what a cluster did lies in one block

_COUNTED = f"""
    SELECT
        cluster_id,
        CAST(sum(requests) AS BIGINT) AS requests,
        CAST(sum(requests) FILTER ({_HALVES["even"].replace(_TURN, "turn")}) AS BIGINT) AS even,
        max(requests) AS busiest
    FROM (
        SELECT members.cluster_id, {_BLOCK} AS block, {_TURN} AS turn, count(*) AS requests
        FROM requests JOIN members USING (user_id)
        GROUP BY ALL
    )
    GROUP BY cluster_id
    ORDER BY cluster_id
"""  # noqa: S608 - our own expressions


@dataclass(frozen=True)
class Whole:
    """What the analysis of all data hands to the halves: the pairs it tested, and the groups that passed its gate."""

    family: Tested
    accounts: pa.Table  # `user_id` and `volume_bits` of the accounts tested
    groups: Mapping[str, Sequence[str]]  # accounts by cluster, links and leads

    @classmethod
    def of(cls, engine: Engine, family: Tested, groups: Mapping[str, Sequence[str]]) -> Self:
        """Read from the tables of the whole what does not change in a half."""
        names = "SELECT user_id, volume_bits FROM people JOIN focus USING (person) ORDER BY person"
        return cls(family, engine.rows(names), groups)

    def again(self, engine: Engine) -> Tested:
        """Return the same pairs in a half, where accounts have other numbers. The floor stays that of the whole."""
        engine.register("tested_accounts", self.accounts)
        known = "SELECT person, volume_bits FROM people JOIN tested_accounts USING (user_id) ORDER BY person"
        return replace(self.family, persons=engine.rows(known))


def hold_out(case: Case, whole: Whole, resources: Resources, report: Report = silent) -> dict[str, HeldOut]:
    """Return for each cluster that behavior holds together whether it is found again in each half of the time.

    The halves are run only if some cluster can be confirmed. Their tables are removed; nothing of the case changes.
    """
    if not case.settings.analysis.halves:
        return dict.fromkeys(whole.groups, HeldOut(said="not asked: [analysis] halves is off"))
    reasons = _reasons(case, whole, resources)
    asked = {name: members for name, members in whole.groups.items() if name not in reasons}
    told = {name: HeldOut(said=f"not confirmable: {reason}") for name, reason in reasons.items()}
    if asked:
        found = [_found(case, whole, half, resources, report, number) for number, half in enumerate(_HALVES)]
        told |= {name: _judged(members, found) for name, members in asked.items()}
    return told


def forget_halves(case: Case) -> None:
    """Remove what a run that was killed left of its halves."""
    case.forget(_FOLDER)


def _reasons(case: Case, whole: Whole, resources: Resources) -> dict[str, str]:
    """Return why clusters cannot be confirmed, for those that cannot."""
    ids = [name for name, members in whole.groups.items() for _ in members]
    names = [account for members in whole.groups.values() for account in members]
    with Engine.over(case, REQUESTS, resources=resources) as engine:
        engine.register("members", pa.table({"cluster_id": pa.array(ids, pa.string()), "user_id": names}))
        rows = engine.rows(_COUNTED).to_pylist()
    reasons = {}
    for row in rows:
        even = row["even"] or 0
        if row["busiest"] >= _ONE_BLOCK * row["requests"]:
            reasons[row["cluster_id"]] = "the activity lies in one block of two hours"
        elif min(even, row["requests"] - even) < _LEAST_REQUESTS:
            reasons[row["cluster_id"]] = f"one half of the time has fewer than {_LEAST_REQUESTS} of its requests"
    return reasons


def _found(case: Case, whole: Whole, half: str, resources: Resources, report: Report, number: int) -> dict[str, str]:
    """Return the group of each account that is in one, from the requests of one half."""
    report(Progress("halves", number, len(_HALVES), "halves"))
    aside = case.within(f"{_FOLDER}/{half}")
    try:
        with Engine.over(case, *CONTEXT.values(), resources=resources) as engine:
            engine.where(case, REQUESTS, _HALVES[half])
            scored(aside, engine, whole.again, silent)
            groups = Grouping(engine).together()
    finally:
        forget_halves(case)
    return {account: name for name, members in groups.items() for account in members}


def _judged(members: Sequence[str], found: Sequence[Mapping[str, str]]) -> HeldOut:
    """Return for one cluster how many of its accounts are with a fellow member in each half."""
    times: Counter[str] = Counter()
    shares = []
    for half in found:
        sizes = Counter(half[account] for account in members if account in half)
        again = [account for account in members if account in half and sizes[half[account]] > 1]
        times.update(again)
        shares.append(len(again) / len(members))
    told = " and ".join(f"{share:.0%} ({half})" for half, share in zip(_HALVES, shares, strict=True))
    return HeldOut(
        round(min(shares), 4),
        f"of its accounts {told} are with a fellow member in a half of the time",
        {account: times[account] / len(found) for account in members},
    )
