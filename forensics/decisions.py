"""The analyst's hand: labels, notes, splits and merges, kept beside what the machine found and never mixed into it.

`decisions.jsonl` holds one JSON object per line. A decision attaches to accounts, not to a cluster: a cluster gets its
id from its members and may be another one after the next analysis, and the decision still finds the accounts it is
about. The chain of custody holds the hash of every line, so that a changed or removed decision is seen.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from forensics.case import Case, canonical, write_aside
from forensics.custody import append, entry_of, who_and_when, whole_lines
from forensics.errors import IntegrityError, UsageError
from forensics.schema import ACCOUNT_FEATURES, ACCOUNTS, CLUSTER_MEMBERS, CLUSTERS, IDENTITIES

FILE = "decisions.jsonl"
LABELS = ("confirm", "reject", "benign-shared", "unsure", "split", "merge")
NOTE = "note"
_PAIR = 2


@dataclass(frozen=True)
class Decision:
    """One entry: what was decided about which accounts, what the machine said then, why, by whom and when."""

    decision: str
    about: str  # the subjects as they were named then
    accounts: tuple[str, ...]
    rest: tuple[str, ...]  # of a split: the accounts they are taken apart from
    cluster_id: str | None  # as it was named then
    verdict: str | None  # of the machine, then
    because: str
    time: str
    operator: str


@dataclass(frozen=True)
class Standing:
    """A decision beside what the machine finds now."""

    decision: Decision
    clusters: tuple[str, ...]  # that hold any of its accounts now
    verdicts: tuple[str, ...]
    state: str


def decide(case: Case, word: str, subjects: Sequence[str], because: str) -> Decision:
    """Record one decision about clusters or accounts and return it. The caller holds the lock.

    Raise `UsageError` for a word nobody knows, a subject the case does not hold, or too few of them.
    """
    if word not in {*LABELS, NOTE}:
        raise UsageError(f"{word!r} is no label", hint=f"one of: {', '.join(LABELS)}")
    clusters = {row["cluster_id"]: row for row in case.read(CLUSTERS).to_pylist()}
    members = _members(case)
    accounts = sorted({name for subject in subjects for name in _accounts(case, subject, members)})
    home = next((name for name in sorted(members) if set(accounts) <= members[name]), None)
    rest: list[str] = []
    if word == "split":
        rest = sorted(members.get(home or "", set()) - set(accounts))
        if not rest:
            raise UsageError("a split takes some accounts of one cluster apart", hint="label split ACCOUNT…")
    if word == "merge" and len(accounts) < _PAIR:
        raise UsageError("a merge needs two accounts or clusters", hint="label merge C-… C-…")
    if word not in {"split", "merge", NOTE} and len(subjects) > _PAIR:
        raise UsageError("a label is about a cluster, an account or a pair", hint="label confirm C-…")
    made = Decision(
        decision=word,
        about=", ".join(subjects),
        accounts=tuple(accounts),
        rest=tuple(rest),
        cluster_id=home,
        verdict=clusters[home]["verdict"] if home in clusters else None,
        because=because,
        **_who(),
    )
    line = asdict(made)
    kept = settled(case)
    if len(kept) < len(whole_lines(case.folder / FILE)):  # a line whose recording was interrupted
        write_aside(case.folder / FILE, b"".join(one + b"\n" for one in kept))
    append(case.folder / FILE, line)
    case.record("decision", {"sha256": hashlib.sha256(canonical(line).encode()).hexdigest()})
    return made


def decisions(case: Case) -> Iterator[Decision]:
    """Yield the decisions of a case as they were made. Raise `IntegrityError` if one is not what was recorded."""
    for line in settled(case):
        entry = entry_of(line) or {}
        yield Decision(**{**entry, "accounts": tuple(entry["accounts"]), "rest": tuple(entry["rest"])})


def settled(case: Case) -> list[bytes]:
    """Return the lines of `decisions.jsonl` that the chain of custody knows; one after them was never recorded."""
    lines = whole_lines(case.folder / FILE)
    recorded = [entry["detail"]["sha256"] for entry in case.entries() if entry["action"] == "decision"]
    found = [hashlib.sha256(line).hexdigest() for line in lines]
    for number, wanted in enumerate(recorded, start=1):
        if number > len(found) or found[number - 1] != wanted:
            raise IntegrityError(
                f"{FILE}: line {number} of {len(recorded)} is not what the chain of custody recorded",
                hint="bring the file back from a copy; decisions are made by `forensics label` and `forensics note`",
            )
    return lines[: len(recorded)]


def standing(case: Case) -> tuple[Standing, ...]:
    """Return every decision beside the clusters that hold its accounts now."""
    members, verdicts = _members(case), {row["cluster_id"]: row["verdict"] for row in case.read(CLUSTERS).to_pylist()}
    return tuple(_stands(one, members, verdicts) for one in decisions(case))


def _stands(one: Decision, members: Mapping[str, set[str]], verdicts: Mapping[str, str]) -> Standing:
    accounts = set(one.accounts)
    now = tuple(name for name in sorted(members) if members[name] & accounts)
    return Standing(one, now, tuple(verdicts[name] for name in now if name in verdicts), _state(one, members, now))


def _state(one: Decision, members: Mapping[str, set[str]], now: tuple[str, ...]) -> str:
    """Return in words how a decision relates to the groups of the last analysis."""
    accounts = set(one.accounts)
    if not now:
        return "none of these accounts is in a cluster now"
    if one.decision == "merge":
        return "in one cluster now" if any(accounts <= members[name] for name in now) else "apart in the analysis"
    if one.decision == "split":
        together = any(members[name] & accounts and members[name] & set(one.rest) for name in now)
        return "still together in the analysis" if together else "apart now"
    same = [name for name in now if members[name] == accounts]
    if same:
        return "the same group of accounts now"
    return f"{len(accounts & set().union(*(members[name] for name in now)))} of {len(accounts)} in a cluster now"


def _members(case: Case) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in case.read(CLUSTER_MEMBERS).select(["cluster_id", "user_id"]).to_pylist():
        found.setdefault(row["cluster_id"], set()).add(row["user_id"])
    return found


def _accounts(case: Case, subject: str, members: Mapping[str, set[str]]) -> set[str]:
    """Return the accounts a subject stands for: those of a cluster, or the one account behind a name."""
    if subject in members:
        return members[subject]
    aliases = case.read(IDENTITIES).select(["alias", "user_id"]).to_pylist()
    owner = next((str(row["user_id"]) for row in aliases if row["alias"] == subject), subject)
    if not any(owner in case.read(table)["user_id"].to_pylist() for table in (ACCOUNT_FEATURES, ACCOUNTS)):
        raise UsageError(f"no cluster and no account {subject} in this case", hint="`forensics clusters` lists them")
    return {owner}


def _who() -> dict[str, Any]:
    who = who_and_when()
    return {"time": who["time"], "operator": who["operator"]}


def as_json(one: Decision) -> dict[str, Any]:
    """Return a decision as plain JSON types."""
    return dict(json.loads(canonical(asdict(one))))
