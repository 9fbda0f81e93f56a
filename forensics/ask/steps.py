"""The evidence of a pair as a sum of steps, the floors it is held against, and what would change the answer."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forensics.model import BEHAVIOR, Family, Signal

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
class Floors:
    """What a pair has to show: as a lone pair, as a lead, and inside the group both are in, where there is one."""

    pairs: int
    alpha: float
    linked_floor_bits: float
    lead_floor_bits: float
    group_floor_bits: float | None
    group_links: int | None


def steps_of(
    rows: Mapping[str, list[dict[str, Any]]], rules: Mapping[str, Any], signals: Sequence[Signal]
) -> list[Step]:
    """Return what each family that took part adds, and the most it could."""
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
        adds = bits if bits is not None and bits >= rules["min_family_bits"] else 0.0
        capped = any(signal.id in at_cap for signal in own)
        found.append(Step(row["family"], row["signals"], bits, adds, cap, capped))
    return found


def price(families: int, rules: Mapping[str, Any]) -> float:
    """Return the most that it costs that so many families were not named beforehand; one alone never links."""
    share = rules["choice_shares"][families - _LEAST_FAMILIES] if families >= _LEAST_FAMILIES else 0
    return -math.log2(share) if share else float(len(rules["choice_shares"]) + 1) if families else 0.0


def _reaches(fired: Mapping[str, Any], caps: Mapping[str, float | None], behavior_cap: float) -> bool:
    """Tell whether a signal, or one value it rests on, counts for the most it may."""
    if fired["bits"] >= behavior_cap - _NEAR:
        return True
    limits = [(part.get("bits"), caps.get(str(part.get("attribute")))) for part in observations(fired["detail"])]
    return any(bits is not None and cap is not None and bits >= cap - _NEAR for bits, cap in limits)


def observations(detail: str | None) -> Iterator[dict[str, Any]]:
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


def changes(
    tier: str, known: str, total: float | None, floors: Floors, steps: Sequence[Step], rules: Mapping[str, Any]
) -> Iterator[str]:
    """Say without what a link would fall, or what is missing where there is none."""
    if known in {"not tested", "nothing fired", "not paired"} or total is None:
        return
    if tier == "linked":
        yield from _falls(total, floors, steps, rules)
        return
    telling = [step for step in steps if step.adds > 0]
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
        dearer = price(min(len(telling) + 1, len(steps)), rules) - price(len(telling), rules)
        room = [(step.family, step.cap_bits - (step.adds or dearer)) for step in steps if step.cap_bits is not None]
        could = [f"{family} up to {most:.1f}" for family, most in sorted(room, key=lambda one: -one[1]) if most > 1]
        if could:
            yield "More evidence could bring " + ", ".join(could) + " bits."


def _falls(total: float, floors: Floors, steps: Sequence[Step], rules: Mapping[str, Any]) -> Iterator[str]:
    """Say without which family the link would not stand; the family is then treated as if it had found nothing."""
    floor = rules["least_bits"] if (floors.group_links or 0) > 1 else floors.linked_floor_bits  # of this one link
    needed: list[str] = []
    spare: list[str] = []
    for step in steps:
        if step.adds <= 0:
            continue
        rest = [other for other in steps if other.family != step.family]
        telling = sum(other.adds > 0 for other in rest)
        left = total - step.adds + price(telling + 1, rules) - price(telling, rules)
        behavior = max((other.bits or 0 for other in rest if Family(other.family) in BEHAVIOR), default=0)
        stands = left >= floor and telling >= _LEAST_FAMILIES and behavior >= rules["min_behavior_bits"]
        (spare if stands else needed).append(f"{step.family} ({left:.1f} bits left)")
    if needed:
        yield "Without one of these it would not be linked: " + ", ".join(needed) + "."
    if spare:
        yield "It would still be linked without one of these: " + ", ".join(spare) + "."
