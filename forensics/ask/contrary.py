"""What speaks against one operator behind two accounts: what found nothing, what differs, and innocent explanations."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forensics.model import Family, Signal

_REST = 5  # hours
_NAMED = 3  # common values named; the rest is counted
_WORDS = {
    "source_ip": "addresses", "source_range": "ranges", "as_number": "autonomous systems",
    "organization": "organizations", "email_domain": "mail domains",
    "payment": "payment instruments", "phone": "telephones", "device": "devices", "signup": "ten minutes of sign-up",
    "user_agent": "clients", "ja4": "TLS fingerprints", "prompt": "prompts", "endpoint": "endpoints",
    "schedule": "schedules", "enumeration": "walks through ids",
}  # fmt: skip
_JOINED = {  # weighed.sql
    Family.TIME: "another family, not twice: who meets at an object, or is woken with a client, acts at that moment.",
    Family.CLIENT: "TIME, not twice: the vendor of an app wakes all its copies at once.",
}
_Rows = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Remark:
    """One thing that speaks against, or takes weight away."""

    kind: str  # found_nothing | joined | no_data | places | rests | clocks | bystanders | countries | … | innocent
    text: str


def against(rows: _Rows, signals: Sequence[Signal], pair: Mapping[str, str]) -> list[Remark]:
    """Return the remarks on one pair, what differs first, innocent explanations of what fired last."""
    return [
        *_records(rows["records"]),
        *_hours(rows["hours"][0]),
        *_rests(rows["rests"]),
        *_told(rows["clocks"], rows["state"][0]),
        *_silent(rows, signals, pair),
        *_common(rows["shared"]),
        *_innocent(rows["fired"], signals),
    ]


def _records(records: list[dict[str, Any]]) -> Iterator[Remark]:
    one, two = records
    if one["organization_id"] and two["organization_id"] and one["organization_id"] != two["organization_id"]:
        names = f"{one['organization_id']} and {two['organization_id']}"
        yield Remark("organizations", f"They are on record with different organizations: {names}.")
    if one["countries"] and two["countries"] and not set(one["countries"]) & set(two["countries"]):
        names = f"{', '.join(one['countries'])} and {', '.join(two['countries'])}"
        yield Remark("countries", f"Their addresses lie in different countries: {names}.")


def _hours(hours: dict[str, Any]) -> Iterator[Remark]:
    both, same = hours["hours_both"], hours["hours_same_address"]
    if not both:
        yield Remark("places", "They were never active in the same hour.")
    elif same < both:
        yield Remark(
            "places", f"In {both - same:,} of {both:,} hours with both they came from different addresses only."
        )


def _rests(rests: list[dict[str, Any]]) -> Iterator[Remark]:
    """Say when the two sleep, if that can be judged: apart it speaks against, alike it says next to nothing."""
    for row in rests:
        one, two = (f"from {row[f'{of}_from']:02}:00 for {row[f'{of}_hours']} hours" for of in ("a", "b"))
        if row["common_hours"] < _REST:
            yield Remark("rests", f"They rest at different hours of the day (UTC): the one {one}, the other {two}.")
        else:
            yield Remark(
                "rests",
                f"Neither asks for anything in {row['common_hours']} hours of the day; nor do {row['alike']:,} of "
                f"{row['judged']:,} accounts that can be judged. People of one zone sleep alike: it has no weight.",
            )


def _told(clocks: list[dict[str, Any]], state: Mapping[str, Any]) -> Iterator[Remark]:
    """Say what sets their moments, where it need not be one hand: a clock of each, or something others follow, too."""
    for row in clocks:
        yield Remark(
            "clocks",
            f"A clock drives both, every {row['period_a']:,.0f} and {row['period_b']:,.0f} seconds: if they meet once "
            "they meet again and again, so all their meetings weigh no more than one.",
        )
    if state["bystanders"]:
        yield Remark(
            "bystanders",
            f"{state['bystanders']:,} accounts outside their group keep its moments and share nothing else with it: "
            "something that all of them follow may tell them when to act.",
        )


def _silent(rows: _Rows, signals: Sequence[Signal], pair: Mapping[str, str]) -> Iterator[Remark]:
    """Say of each family without evidence what there was to compare; a family without data says nothing."""
    fired = {row["signal"] for row in rows["fired"]}
    held = {row["attribute"]: row for row in rows["attributes"]}
    hours, was_paired = rows["hours"][0], any(row["is_paired"] or row["is_weighed"] for row in rows["state"])
    for row in rows["families"]:
        own = [signal for signal in signals if signal.id in row["signals"]]
        if any(signal.id in fired for signal in own):
            if row["bits"] is None:
                yield Remark("joined", f"{row['family']} is counted with {_JOINED[row['family']]}")
            continue
        names = [name for signal in own for name in signal.attributes if name in held]
        lacking = [user for user, key in ((pair["a"], "held_a"), (pair["b"], "held_b")) if not _any(held, names, key)]
        nothing = f"{row['family']} {'found nothing' if was_paired else 'was not weighed'}"
        if row["family"] == Family.TIME:
            minutes = (
                f"{hours['minutes_both']:,} minutes with both, of {hours['minutes_a']:,} and {hours['minutes_b']:,}"
            )
            yield Remark("found_nothing", f"{nothing}: {minutes}.")
        elif not names:
            yield Remark("found_nothing", f"{nothing}: no walk through ids, no objects asked for at one time.")
        elif lacking:
            what = " or ".join(_WORDS.get(name, name) for name in names)
            yield Remark("no_data", f"{row['family']} says nothing: no {what} known of {' and '.join(lacking)}.")
        else:
            counts = [_compared(held[name]) for name in names if held[name]["held_a"] and held[name]["held_b"]]
            yield Remark("found_nothing", f"{nothing}: {'; '.join(counts) or 'nothing that both have is known'}.")


def _any(held: Mapping[str, dict[str, Any]], names: Sequence[str], key: str) -> bool:
    return any(held[name][key] for name in names)


def _compared(row: dict[str, Any]) -> str:
    what = _WORDS.get(row["attribute"], row["attribute"])
    return f"{what} {row['held_a']:,} and {row['held_b']:,}, {row['shared'] or 'none'} in common"


def _common(shared: list[dict[str, Any]]) -> Iterator[Remark]:
    """Name what both show and so many others do that it counts for nothing."""
    crowded = [row for row in shared if row["action"]]
    if crowded:
        named = [f"{row['value']} ({row['accounts']:,} accounts)" for row in crowded[:_NAMED]]
        more = f" and {len(crowded) - _NAMED:,} more" if len(crowded) > _NAMED else ""
        yield Remark("common", f"Shared with a crowd, so it counts for little or nothing: {', '.join(named)}{more}.")


def _innocent(fired: list[dict[str, Any]], signals: Sequence[Signal]) -> Iterator[Remark]:
    known = {signal.id: signal for signal in signals}
    told: dict[str, list[str]] = {}
    for row in fired:
        if row["bits"] >= 1 and row["signal"] in known:
            told.setdefault(row["family"], []).extend(known[row["signal"]].false_positives[:1])
    for family, reasons in told.items():
        yield Remark("innocent", f"{family} may be {', or '.join(dict.fromkeys(reasons))}.")
