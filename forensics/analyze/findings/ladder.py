"""The ladder of steps: which is open by the policy of the case, whom it would reach, and the draft of its notice.

A step is open when one of its triggers is met; `a+b` needs both. Nothing here decides anything: a person does, after
the impact of a policy was looked at (`forensics impact --policy …`), and signs.
"""

from typing import Any

from forensics.analyze.findings.kind import Row
from forensics.analyze.findings.phrases import counted, instant, listed, name

STEPS = {
    "warn": "cluster",
    "throttle": "cluster",
    "suspend": "account",
    "demand_changes": "organization",
    "terminate": "account",
    "ban_organization": "organization",
}  # a step, and the policy that says whom it would reach
RESTS_ON = {
    "terms": ("terms",),
    "service_impact": ("incidents",),
    "warned": ("incidents", "accounts"),
    "organization": ("accounts", "ip_ranges"),
}  # a trigger, and the tables without which it may stay unmet for want of data
_REVERSIBLE = frozenset({"warn", "throttle", "suspend", "demand_changes"})


def met(row: Row, step: str) -> list[str]:
    """Return the triggers of a step that are met."""
    return [trigger for trigger in row["ladder"][step] or () if all(row[word] for word in trigger.split("+"))]


def unknown(row: Row) -> list[str]:
    """Return the triggers that are not met and that the tables at hand cannot tell."""
    lacking = {trigger for trigger, tables in RESTS_ON.items() if row["lacks"] & {*tables} and not row[trigger]}
    if row["takeover_open"]:
        lacking.discard("organization")  # shut by that, whatever a table would add
    return sorted({*row["not_assessed"], *lacking})


def is_open_question(row: Row, step: str) -> bool:
    """Tell whether a step is not open only because a trigger could not be assessed."""
    unsure = {*unknown(row)}
    return not met(row, step) and any(
        all(row[word] or word in unsure for word in trigger.split("+")) for trigger in row["ladder"][step] or ()
    )


def reached(row: Row, step: str) -> dict[str, Any]:
    """Return whom a step would reach; nobody where its policy reaches nobody."""
    wanted = STEPS[step]
    return next((one for one in row["reach"] if one["policy"] == wanted), {})


def steps(row: Row) -> list[dict[str, Any]]:
    """Return every step in order: open or not, or not to be told, why, and how many it would reach."""
    return [
        {
            "step": step,
            "is_open": bool(triggers),
            "triggers_met": ", ".join(triggers) or "none",
            "triggers": ", ".join(row["ladder"][step] or ()) or "none: never open",
            "is_assessed": bool(triggers) or not is_open_question(row, step),
            "reversible": step in _REVERSIBLE,
            "policy": STEPS[step],
            "accounts": reached(row, step).get("accounts", 0),
            "accounts_not_linked": reached(row, step).get("accounts_not_linked", 0),
            "signed_off_by": "",
        }
        for step in STEPS
        for triggers in [met(row, step)]
    ]


def opened(row: Row) -> list[str]:
    """Return the open steps in order."""
    return [one["step"] for one in steps(row) if one["is_open"]]


def notice(row: Row) -> str:
    """Return the draft of a notice: facts, clauses, what a person still has to fill in."""
    grounds = [
        word.replace("_", " ") for word in ("automation", "harvest", "distillation", "service_impact") if row[word]
    ]
    clauses = [f"{name(one['clause'])} (version {name(one['version'])})" for one in row["clauses"]]
    return " ".join(
        [
            "DRAFT, not sent, for a person to review and sign.",
            f"Between {instant(row['first_seen'])} and {instant(row['last_seen'])} there are records of your account.",
            "A program linked them with those of others.",
            f"It concerns: {listed(grounds)}." if grounds else "It concerns: [what was found].",
            f"Clauses in force at the time: {'; '.join(clauses)}." if clauses else "Clauses: [none applies].",
            "Log records were compared by a program; the step [step] was decided by [person] on [date].",
            f"You can answer: {name(row['appeal'])}." if row["appeal"] else "You can answer: [appeal route, deadline].",
        ]
    )


def reach_words(row: Row) -> str:
    """Return whom each policy would reach and how many of them are not linked."""
    told = [f"{one['policy']} {one['accounts']:,} ({one['accounts_not_linked']:,} not linked)" for one in row["reach"]]
    return f"Accounts each policy would reach: {', '.join(told)}." if told else ""


def organization_words(row: Row) -> str:
    """Return who of an organization is involved, and who is not."""
    involved, others = row["accounts"], row["accounts_not_involved"]
    return (
        f"Outside the clusters told here, {counted(involved, 'account')} on record with organization"
        f" {name(row['subject'])} {'uses' if involved == 1 else 'use'} aggressive automation"
        f" {'by itself' if involved == 1 else 'by themselves'}; {counted(others, 'other account')} of it"
        f" {'is' if others == 1 else 'are'} not involved. A record is one ground: no step against the organization is"
        " open."
    )
