"""Why two accounts are linked, or are not: the evidence as a sum, what was seen, what speaks against it.

Nothing is weighed here again: bits are those of the last analysis. What two accounts share without ever having been
weighed is named, and gets no bits.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from forensics.ask.contrary import Remark, against
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.model import BEHAVIOR, Family, Signal

_FOLDER = files("forensics.ask") / "pair"
_PARTS = ("state", "families", "fired", "attributes", "shared", "hours", "rests", "clocks", "records")
_LEAST_FAMILIES = 2
_NEAR = 0.001  # bits are rounded to four decimals


@dataclass(frozen=True)
class Step:
    """One family in the sum: what it adds, and what it could add at the most."""

    family: str
    signals: list[str]
    bits: float | None  # log2 of its mean e-value; null where it found nothing
    adds: float
    cap_bits: float | None  # null where the case has nothing of the family that two accounts share
    is_capped: bool


@dataclass(frozen=True)
class Item:
    """One observation: a signal, what both did or show, and how usual that is."""

    signal: str
    family: str
    observed: str
    accounts: int | None  # that show the value
    expected: float | None  # by the null model
    bits: float


@dataclass(frozen=True)
class Shared:
    """One value that both accounts show."""

    attribute: str
    value: str
    accounts: int
    action: str | None  # what was done about a common one (hubs)


@dataclass(frozen=True)
class Floors:
    """What a pair has to show: as a lone pair, as a lead, and inside the group both are in, where there is one."""

    pairs: int
    alpha: float
    linked_floor_bits: float
    lead_floor_bits: float
    group_floor_bits: float | None
    group_links: int | None


@dataclass(frozen=True)
class Why:
    """Everything that is known about one pair."""

    a: str
    b: str
    tier: str  # linked | lead | context | none
    known: str  # kept | not tested | below what is kept | nothing fired | not paired
    bits: float | None  # volume_bits included
    volume_bits: float  # log2 of the share of the error budget that both have by their requests
    probability: float | None
    cluster_id: str | None
    cluster_verdict: str | None
    floors: Floors
    families: list[Step]
    evidence: list[Item]
    verdict: str
    reason: str  # what was done with the pair, and why it is not on record where it is not
    shared: list[Shared]  # what both show, weighed or not, the rarest first
    against: list[Remark] = field(default_factory=list)
    change: list[str] = field(default_factory=list)


def why(engine: Engine, a: str, b: str, signals: Sequence[Signal]) -> Why:
    """Explain one pair, `a` before `b` in the order of names. `engine` holds every table of the case as a view.

    Raises:
        UsageError: One of the two has no events, they are one account, or the case was not analyzed.
    """
    rules = next(iter(engine.rows(_FOLDER / "settings.sql").to_pylist()), None)
    if rules is None:
        raise UsageError("this case has no analysis yet", hint="forensics analyze")
    if a == b:
        raise UsageError("these are one account", hint="name two")
    pair = {"a": a, "b": b}
    rows = {part: engine.rows(_FOLDER / f"{part}.sql", pair).to_pylist() for part in _PARTS}
    state = next(iter(rows["state"]), None)
    if state is None:
        raise UsageError("one of the two is no account with events in this case", hint="`forensics sql` can list them")
    items = list(_items(rows["fired"]))
    steps = _steps(rows, rules, signals)
    volume = state["volume_bits"] or 0.0
    total = state["bits"] if state["bits"] is not None else state["kept_bits"]
    if total is None and state["is_weighed"]:
        total = round(sum(step.adds for step in steps) + volume, 4)
    floors = Floors(
        rules["pairs"], rules["alpha"], rules["linked_floor_bits"],
        rules["lead_floor_bits"], state["floor_bits"], state["links"],
    )  # fmt: skip
    known = _known(state)
    tier = state["tier"] or "none"
    return Why(
        a, b, tier, known, total, volume,
        state["probability"], state["cluster_id"], state["verdict"], floors, steps, items,
        _verdict(tier, total, floors), _reason(known, rows["shared"], rules),
        [Shared(row["attribute"], row["value"], row["accounts"], row["action"]) for row in rows["shared"]],
        against(rows, signals, pair), list(_change(tier, known, total, floors, steps, rules)),
    )  # fmt: skip


def _known(state: Mapping[str, Any]) -> str:
    if state["kept_bits"] is not None:
        return "kept"
    if not state["is_tested"]:
        return "not tested"
    if state["is_weighed"]:
        return "below what is kept"
    return "nothing fired" if state["is_paired"] else "not paired"


def _reason(known: str, shared: Sequence[Mapping[str, Any]], rules: Mapping[str, Any]) -> str:
    if known == "kept":
        return "The pair was compared and weighed; what was observed is on record."
    if known == "not tested":
        return "The last analysis has a focus without both of them: whatever they share, this pair was not tested."
    if known == "below what is kept":
        return (
            f"The pair was compared and weighed; pairs with less than {rules['kept_bits']:g} bits are not kept, so"
            " that what each signal saw is not on record."
        )
    if known == "nothing fired":
        return "The pair was compared, and no signal found more than chance explains."
    if any(row["action"] != "context_only" for row in shared):
        return (
            "The pair was not compared: what both show is common. An account is compared with every other that shares"
            f" a value of at most {rules['pair_accounts']} accounts, and with {rules['ring_neighbors']} drawn ones of a"
            " more common value; or the value is too common to tell."
        )
    return (
        "The pair was not compared: no value in common that counts, and not at work together at four quiet moments or"
        " more. Its evidence is zero, which is always valid."
    )


def _steps(rows: Mapping[str, list[dict[str, Any]]], rules: Mapping[str, Any], signals: Sequence[Signal]) -> list[Step]:
    caps = {row["attribute"]: row["cap_bits"] for row in rows["attributes"]}
    at_cap = {row["signal"] for row in rows["fired"] if _reaches(row, caps, rules["behavior_cap_bits"])}
    found = []
    for row in rows["families"]:
        own = [signal for signal in signals if signal.id in row["signals"]]
        if Family(row["family"]) in BEHAVIOR:
            cap = rules["behavior_cap_bits"]
        else:
            of_values = [caps[name] for signal in own for name in signal.attributes if caps.get(name) is not None]
            cap = max(of_values, default=None)
        bits = row["bits"]
        adds = -1.0 if bits is None else round(math.log2((1 + 2.0**bits) / 2), 4)
        capped = any(signal.id in at_cap for signal in own)
        found.append(Step(row["family"], row["signals"], bits, adds, cap, capped))
    return found


def _reaches(fired: Mapping[str, Any], caps: Mapping[str, float | None], behavior_cap: float) -> bool:
    """Tell whether a signal, or one value it rests on, counts for the most it may."""
    if fired["bits"] >= behavior_cap - _NEAR:
        return True
    limits = [(part.get("bits"), caps.get(str(part.get("attribute")))) for part in _parts(fired["detail"])]
    return any(bits is not None and cap is not None and bits >= cap - _NEAR for bits, cap in limits)


def _items(fired: Sequence[Mapping[str, Any]]) -> Iterator[Item]:
    for row in fired:
        parts = list(_parts(row["detail"]))
        if not parts:
            yield Item(row["signal"], row["family"], "not on record: the pair is not kept", None, None, row["bits"])
        for part in parts:
            told = {
                name: value for name, value in part.items() if name not in {"accounts_showing_it", "expected", "bits"}
            }
            observed = ", ".join(_observed(told))
            bits = part["bits"] if part.get("bits") is not None else row["bits"]
            yield Item(
                row["signal"], row["family"], observed, part.get("accounts_showing_it"), part.get("expected"), bits
            )


def _observed(told: Mapping[str, Any]) -> Iterator[str]:
    for name, value in told.items():
        if name == "value" and "attribute" in told:
            yield f"{str(told['attribute']).replace('_', ' ')} {value}"
        elif name != "attribute" and value is not None:
            yield f"{name.replace('_', ' ')} {value}"


def _parts(detail: str | None) -> Iterator[dict[str, Any]]:
    """Yield the observations of a link: the innermost records of its detail."""
    pending = [json.loads(detail)] if detail else []
    while pending:
        value = pending.pop(0)
        if isinstance(value, list):
            pending = [*value, *pending]
        elif isinstance(value, dict):
            inner = [one for one in value.values() if isinstance(one, dict | list)]
            pending = [*inner, *pending]
            own = {name: one for name, one in value.items() if not isinstance(one, dict | list)}
            if any(one is not None for one in own.values()):
                yield own


def _verdict(tier: str, total: float | None, floors: Floors) -> str:
    alone = f"a lone pair is linked from {floors.linked_floor_bits:.1f} bits (error rate {floors.alpha:g})"
    if total is None:
        return f"not linked: nothing was weighed; {alone}"
    group = (
        f"each account of its group has to show {floors.group_floor_bits:.1f} on average, {alone}"
        if floors.group_floor_bits is not None
        else alone
    )
    said = {
        "linked": "linked", "lead": "a lead, not linked", "context": "not linked: much is shared, nothing they do",
    }.get(tier, "not linked")  # fmt: skip
    return f"{said}: {total:.1f} bits; {group}"


def _change(
    tier: str, known: str, total: float | None, floors: Floors, steps: Sequence[Step], rules: Mapping[str, Any]
) -> Iterator[str]:
    if known in {"not tested", "nothing fired", "not paired"} or total is None:
        return
    if tier == "linked":
        yield from _falls(total, floors, steps, rules)
        return
    telling = [step for step in steps if (step.bits or 0) >= rules["min_family_bits"]]
    behavior = max((step.bits or 0 for step in steps if Family(step.family) in BEHAVIOR), default=0)
    if len(telling) < _LEAST_FAMILIES:
        yield (
            f"A link needs two families with {rules['min_family_bits']:g} bits or more; "
            f"{'one has' if telling else 'none has'}."
        )
    if behavior < rules["min_behavior_bits"]:
        yield (
            f"A link needs {rules['min_behavior_bits']:g} bits of behavior (TEMPLATE, TIME or TARGET); "
            f"there are {max(0.0, behavior):.1f}."
        )
    missing = floors.linked_floor_bits - total
    if missing > 0:
        more = f"{missing:.1f} bits more would link it as a lone pair"
        if total >= rules["least_bits"]:
            size = math.ceil((1 + math.sqrt(1 + 8 * 2.0**missing)) / 2)
            yield f"{more}; in a group of {size:,} accounts all linked this strongly it would be linked as it is."
        else:
            yield f"{more}; in a group, however large, no link has less than {rules['least_bits']:.1f}."
        room = [(step.family, step.cap_bits - 1 - step.adds) for step in steps if step.cap_bits is not None]
        could = [f"{family} up to {most:.1f}" for family, most in sorted(room, key=lambda one: -one[1]) if most > 1]
        if could:
            yield "More evidence could bring " + ", ".join(could) + " bits."


def _falls(total: float, floors: Floors, steps: Sequence[Step], rules: Mapping[str, Any]) -> Iterator[str]:
    """Say without which family the link would not stand; the family is then treated as if it had found nothing."""
    floor = rules["least_bits"] if (floors.group_links or 0) > 1 else floors.linked_floor_bits  # of this one link
    needed: list[str] = []
    spare: list[str] = []
    for step in steps:
        if step.bits is None or step.adds <= 0:
            continue
        rest = [other for other in steps if other.family != step.family]
        left = total - step.adds - 1
        telling = sum((other.bits or 0) >= rules["min_family_bits"] for other in rest)
        behavior = max((other.bits or 0 for other in rest if Family(other.family) in BEHAVIOR), default=0)
        stands = left >= floor and telling >= _LEAST_FAMILIES and behavior >= rules["min_behavior_bits"]
        (spare if stands else needed).append(f"{step.family} ({left:.1f} bits left)")
    if needed:
        yield "Without one of these it would not be linked: " + ", ".join(needed) + "."
    if spare:
        yield "It would still be linked without one of these: " + ", ".join(spare) + "."
