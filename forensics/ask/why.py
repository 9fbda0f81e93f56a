"""Why two accounts are linked, or are not: the evidence as a sum, what was seen, what speaks against it.

Nothing is weighed here again: bits are those of the last analysis. What two accounts share without ever having been
weighed is named, and gets no bits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from forensics.ask.contrary import Remark, against
from forensics.ask.steps import Floors, Step, changes, observations, price, steps_of
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.model import Signal

_FOLDER = files("forensics.ask") / "pair"
_PARTS = ("state", "families", "fired", "attributes", "shared", "hours", "rests", "clocks", "records")


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
class Why:
    """Everything that is known about one pair."""

    a: str
    b: str
    tier: str  # linked | lead | context | none
    known: str  # kept | not tested | below what is kept | nothing fired | not paired
    bits: float | None  # volume_bits and choice_bits included
    choice_bits: float  # what it takes away that its families were not named beforehand
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
    steps = steps_of(rows, rules, signals)
    volume, choice = state["volume_bits"] or 0.0, -price(sum(step.adds > 0 for step in steps), rules)
    total = state["bits"] if state["bits"] is not None else state["kept_bits"]
    if total is None and state["is_weighed"]:
        total = round(sum(step.adds for step in steps) + choice + volume, 4)
    elif total is not None:
        choice = round(total - volume - sum(step.adds for step in steps), 4)
    floors = Floors(
        rules["pairs"], rules["alpha"], rules["linked_floor_bits"],
        rules["lead_floor_bits"], state["floor_bits"], state["links"],
    )  # fmt: skip
    known = _known(state)
    tier = state["tier"] or "none"
    return Why(
        a, b, tier, known, total, choice, volume,
        state["probability"], state["cluster_id"], state["verdict"], floors, steps, items,
        _verdict(tier, total, floors), _reason(known, rows["shared"], rules),
        [Shared(row["attribute"], row["value"], row["accounts"], row["action"]) for row in rows["shared"]],
        against(rows, signals, pair), list(changes(tier, known, total, floors, steps, rules)),
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


def _items(fired: Sequence[Mapping[str, Any]]) -> Iterator[Item]:
    for row in fired:
        parts = list(observations(row["detail"]))
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
