"""Terms: which clause was in force when an act took place; no clause is applied to what lies before it."""

from forensics.analyze.findings.absent import OTHER_NAMES, bring
from forensics.analyze.findings.kind import Kind, Row
from forensics.analyze.findings.phrases import counted, instant, name, sentences
from forensics.model import Confidence, Sentence, Severity

_INNOCENT = "A written agreement, or a person who had not accepted this version yet."


def _say(row: Row) -> Sentence:
    if row["clause"] is None:
        found = (
            f"of {counted(row['clauses'], 'clause')} none speaks of what the findings about this cluster name."
            if row["acts"]
            else "the findings about this cluster name no act that a clause could speak of."
        )
        return Sentence(
            f"No clause applies: {found}",
            alternative="A clause that says it in other words.",
            severity=Severity.INFO,
            confidence=Confidence.LOW,
        )
    act = row["act"].replace("_", " ")
    clause = f"Clause {name(row['clause'])} (version {name(row['version'])}, {_period(row)})"
    if not row["acts_in_force"]:
        return Sentence(
            f"{clause} is not applied: none of the acts of {act} fell in its time,"
            f" {counted(row['acts_before'], 'act')} lie before it and {row['acts_after']:,} after it.",
            alternative="",
            severity=Severity.INFO,
            confidence=Confidence.HIGH,
        )
    days, accounts = counted(row["days"], "day"), counted(row["accounts"], "account")
    outside = row["acts_before"] + row["acts_after"]
    return Sentence(
        sentences(
            f"{clause} was in force for {counted(row['acts_in_force'], 'act')} of {act} on {days} by {accounts}, from"
            f" {instant(row['first_act'])} to {instant(row['last_act'])}.",
            f"{counted(outside, 'further act')} outside its time {'is' if outside == 1 else 'are'} not measured by it."
            if outside
            else None,
            "Whether the accounts had accepted this version, and what the clause means, is for a person to say.",
        ),
        alternative=_INNOCENT,
        severity=Severity.MEDIUM,
        confidence=Confidence.MODERATE,
    )


def _period(row: Row) -> str:
    begins, ends = row["effective_from"], row["effective_to"]
    start = f"in force from {instant(begins)}" if begins else "in force from the beginning"
    return f"{start} until {instant(ends)}" if ends else f"{start}, still in force"


TERMS = Kind(
    id="terms",
    question="Which clause was in force on the day of each act?",
    needs={"terms": bring("terms")},
    rule=(
        "An act is a request behind a finding that holds: minutes at the policy's rate, objects taken, requests to a"
        " model, load around an outage. It is measured by the version of a clause that was in force at its instant:"
        " from effective_from, up to, not including, effective_to. A clause speaks of the acts its column `acts` names,"
        " else of those whose words of the policy its text has."
    ),
    cannot_show="Whether a version was accepted, by whom, and what a clause means.",
    innocent=_INNOCENT,
    exhibits="The first and the last act in the time of the clause.",
    say=_say,
    uses=(OTHER_NAMES,),
)
