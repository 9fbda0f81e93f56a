"""Innocent explanations, each with what speaks for it, against it, and what is missing to tell.

Every sentence is made of numbers of one row of `alternative.sql`; a hypothesis without data says what it needs.
"""

from collections.abc import Callable
from typing import NamedTuple

from forensics.analyze.findings.kind import Row
from forensics.analyze.findings.phrases import counted, sentences, share


class Weighed(NamedTuple):
    """What the rows say about one hypothesis; an empty text says nothing."""

    in_favor: str = ""
    against: str = ""
    missing: str = ""


class Hypothesis(NamedTuple):
    """One innocent explanation: its name, itself in a sentence, and how a row weighs it."""

    name: str
    text: str
    weigh: Callable[[Row], Weighed]


def _when(holds: object, text: str) -> str:
    return text if holds else ""


def _archive(row: Row) -> Weighed:
    written, objects = row["objects_written"], row["objects"]
    return Weighed(
        in_favor=_when(written, f"The accounts wrote {counted(written, 'object')} themselves."),
        against=_when(
            objects and not written, f"None of {counted(objects, 'object')} was written by these accounts here."
        ),
        missing="Who owns which object.",
    )


def _crawler(row: Row) -> Weighed:
    declared, named = row["agent_requests_declared"], row["agent_requests"]
    return Weighed(
        in_favor=_when(
            declared, f"{declared:,} of {counted(named, 'request')} carry a client name of a crawler or monitor."
        ),
        against=_when(named and not declared, f"None of {counted(named, 'request')} carries such a client name."),
        missing="Contracts and lists of agreed crawlers and tests.",
    )


def _benchmark(row: Row) -> Weighed:
    prompts, requests = row["prompts"], row["prompt_requests"]
    repeats = requests > 2 * prompts
    numbers = f"{counted(requests, 'request')} carry {counted(prompts, 'distinct prompt')}."
    return Weighed(
        in_favor=_when(requests and repeats, numbers),
        against=_when(requests and not repeats, numbers),
        missing="What the answers were used for." if requests else "Prompt hashes, and what the answers were used for.",
    )


def _egress(row: Row) -> Weighed:
    outsiders, shared = row["outsiders_same_range"], row["networks_shared"]
    known = row["ranges"]
    return Weighed(
        in_favor=_when(shared, f"{counted(shared, 'network value')} they used count as shared by many,"
                       f" the largest by {row['accounts_on_largest_shared']:,}.")
        or _when(outsiders, f"{counted(outsiders, 'other account')} used the same ranges."),
        against=_when(known and not outsiders and not shared,
                      f"No other account used any of their {counted(known, 'range')}."),
        missing=_when(not known, "Source addresses."),
    )  # fmt: skip


def _tool(row: Row) -> Weighed:
    others, named = row["outsiders_same_client"], row["agent_requests"]
    return Weighed(
        in_favor=_when(others, f"{counted(others, 'other account')} used one of their client names."),
        against=_when(named and not others, "No other account shows any of their client names."),
        missing=_when(not named, "Client names."),
    )


def _reseller(row: Row) -> Weighed:
    reseller, direct = row["accounts_reseller"], row["accounts_direct"]
    rest = row["accounts"] - reseller - direct
    return Weighed(
        in_favor=_when(reseller, f"{reseller:,} of {counted(row['accounts'], 'account')} came through a reseller."),
        against=_when(direct, f"{direct:,} of {counted(row['accounts'], 'account')} are on record as direct."),
        missing=_when(rest, f"The channel of {counted(rest, 'account')}."),
    )


def _stolen(row: Row) -> Weighed:
    new, compared = row["requests_new_networks"], row["requests_compared"]
    known = compared - new
    several = row["accounts_at_once"]
    return Weighed(
        in_favor=sentences(
            _when(new, f"{new:,} of {counted(compared, 'request')} in the activity came from networks the account"
                  " had never used before."),
            _when(several, f"{several:,} of {counted(row['accounts_located'], 'account')} were used from many places"
                  " at once."),
        ),
        against=_when(known, f"{known:,} of {counted(compared, 'request')} in the activity came from networks the"
                      " account had used before."),
        missing=_when(not compared, "Requests of the accounts from before the activity, or their addresses.")
        or "What the owners of the accounts say.",
    )  # fmt: skip


def _contractor(row: Row) -> Weighed:
    new, compared = row["requests_new_networks"], row["requests_compared"]
    outside = row["organization_id"] and compared and 2 * new > compared
    return Weighed(
        in_favor=_when(outside, f"The accounts declare an organization, and {share(new, compared)} of the requests in"
                       " the activity came from networks they had not used before."),
        missing="Lists of staff and contractors, and what they were asked to do.",
    )  # fmt: skip


def _own_fault(row: Row) -> Weighed:
    repeated, requests = row["object_requests_repeated"], row["object_requests"]
    mostly = 2 * repeated > requests
    numbers = f"{repeated:,} of {counted(requests, 'object request')} repeat an earlier one of the same account."
    return Weighed(
        in_favor=_when(requests and mostly, numbers),
        against=_when(requests and not mostly, numbers),
        missing="The customer's own outages and deploys."
        if requests
        else "Object numbers, and the customer's own outages.",
    )


def _clock(row: Row) -> Weighed:
    assumed, incomplete, duplicates = row["files_assumed_timezone"], row["files_incomplete"], row["duplicates"]
    faults = [
        _when(assumed, f"the time zone of {counted(assumed, 'file')} was assumed"),
        _when(incomplete, f"{counted(incomplete, 'file')} end early or are damaged"),
        _when(duplicates, f"{counted(duplicates, 'record')} stood twice and count once"),
    ]
    found = "; ".join(fault for fault in faults if fault)
    return Weighed(
        in_favor=_when(found, f"In the files they stand in: {found}."),
        against=_when(
            row["files"] and not found, f"All {counted(row['files'], 'file')} say their time zone and are whole."
        ),
        missing="How the clocks of the servers were kept.",
    )


HYPOTHESES = (
    Hypothesis("own_archive", "They archive or back up content of their own.", _archive),
    Hypothesis("agreed_crawler", "They are an agreed crawler, monitor or quality check.", _crawler),
    Hypothesis("benchmark", "They run an evaluation or benchmark.", _benchmark),
    Hypothesis("stolen_key", "Somebody else used their keys or accounts.", _stolen),
    Hypothesis("shared_egress", "They are independent people behind one network.", _egress),
    Hypothesis("shared_tool", "They are independent people with one tool.", _tool),
    Hypothesis("reseller", "They are end customers of one reseller.", _reseller),
    Hypothesis("contractor", "One contractor or employee acted alone.", _contractor),
    Hypothesis("own_fault", "A fault or deploy on their side sent requests again and again.", _own_fault),
    Hypothesis("clock_or_logging_fault", "Clocks or logs are wrong.", _clock),
)


def weighed(row: Row) -> list[dict[str, str]]:
    """Return every hypothesis with what speaks for it, against it, and what is missing."""
    return [
        {"hypothesis": one.name, "text": one.text, "for": found.in_favor, "against": found.against,
         "missing": found.missing}
        for one in HYPOTHESES
        for found in [one.weigh(row)]
    ]  # fmt: skip


def best(row: Row) -> dict[str, str]:
    """Return the explanation the rows favor most: one with rows for it and none against it, if there is any."""
    return min(weighed(row), key=lambda one: (not one["for"], bool(one["against"])))
