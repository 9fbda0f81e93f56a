"""What was planted in the story `hydra`, counted from the generator's own rows, and the page that defines it."""

from collections.abc import Mapping, Sequence

import polars as pl

from forensics.demo.hydra_people import FALLBACK, HELPED, LOTS, OPERATORS, PATIENT, SHIFTS, members
from forensics.demo.hydra_scenes import LAUNCH
from forensics.demo.people import Account
from forensics.demo.visits import DAY_MS
from forensics.demo.write import iso

_NEW_MODEL = 2
_WORK = 4  # requests by an operator's own templates that count as a trace of it
_STRAYS = 2  # requests over the subcontractor's own line that count as a trace of it
OPERATOR_COLUMNS = (
    "user_id", "operator", "leaves_traces", "first_request", "last_request", "requests", "input_tokens",
    "output_tokens", "day_before_launch", "day_after_launch", "day_after_launch_new_model",
)  # fmt: skip
MEANING = {
    "lots": "opened in six sittings with a card each, run by one build of one program, a job every night",
    "shifts": "a card each, a popular kit; one queue of one family of templates dealt out in turns to three crews",
    "patient": "live like people; 200 of them were opened by a subcontractor with 12 telephones and a line of its own",
    "campus": "students behind two addresses, most at machines with one image; 30 of them in one class on Tuesday",
    "carrier": "customers of a mobile carrier, each hopping over 3 to 9 of its 16 addresses",
    "ci_fleet": "build accounts one firm declared: one card, range and client, every 20 minutes",
    "exit_home": "people whose line at home is an exit of the proxy network that two operators rent",
    "office": "employees of one firm: one egress, one browser image, 25 with the firm's own prompts",
    "ordinary": "everybody else",
    "pack": "strangers who use one published collection of step-by-step prompts, four of which two operators use",
}
# What is demanded of a run. Traces were planted before any method saw them; what may be expected of them was set after
# the method of ADR 14 had been run on the story and changed once for what it showed, and for "lots" after the budget of
# ADR 23, which was not made for it, had found it: no independent test.
EXPECTED = {"lots": "actionable", "shifts": "actionable", "patient": "unseen"}
_WHY = {
    "lots": "found",
    "shifts": "found",
    "patient": "not seen: its traces are lent from thousands, and its templates are many",
}
_LEAVES = {
    "lots": f"a card of its sitting, the build, and {_WORK} or more requests by the operator's templates",
    "shifts": f"the crew's shifts, and {_WORK} or more requests by the operator's templates",
    "patient": (
        f"a telephone of the subcontractor, {_STRAYS} or more requests over its line, and {_WORK} or more requests by"
        " the operator's templates"
    ),
}


def operator_rows(people: Sequence[Account], rows: pl.DataFrame) -> list[dict[str, str]]:
    """Return one row per account of an operator: what it did, and whether it leaves the traces of its operator."""
    after = (pl.col("at") >= LAUNCH) & (pl.col("at") < LAUNCH + DAY_MS)
    counted = (
        rows.filter(pl.col("owner") < LOTS + SHIFTS + PATIENT)
        .group_by("owner")
        .agg(
            first=pl.col("at").min(), last=pl.col("at").max(), requests=pl.len(),
            input_tokens=pl.col("input_tokens").sum(), output_tokens=pl.col("output_tokens").sum(),
            before=((pl.col("at") >= LAUNCH - DAY_MS) & (pl.col("at") < LAUNCH)).sum(),
            after=after.sum(), new=(after & (pl.col("model") == _NEW_MODEL)).sum(),
            work=pl.col("is_work").sum(), strays=pl.col("address").is_in(FALLBACK).sum(),
        )
        .sort("owner")
    )  # fmt: skip
    found = []
    for owner, first, last, requests, asked, answered, before, later, new, work, strays in counted.iter_rows():
        account = people[owner]
        helped = owner < LOTS + SHIFTS + HELPED and strays >= _STRAYS
        leaves = work >= _WORK and (account.group != "patient" or helped)
        values = (account.user_id, account.group, str(leaves).lower(), iso(first), iso(last), requests, asked, answered)
        found.append(dict(zip(OPERATOR_COLUMNS, map(str, (*values, before, later, new)), strict=True)))
    return sorted(found, key=lambda row: row["user_id"])


def truth(
    people: Sequence[Account], planted: Sequence[Mapping[str, str]], events: int, rejects: int
) -> dict[str, object]:
    """Return the planted truth: operators never to be merged, what is expected of each, and who is never touched."""
    return {
        "story": "hydra",
        "synthetic": True,
        "operators": [
            {
                "name": name,
                "accounts": len(members(people, name)),
                "leave_traces": leaving(planted, name),
                "expected": EXPECTED[name],
                "at_least": at_least(planted, name),
            }
            for name in OPERATORS
        ],
        "never_actionable": sorted(account.user_id for account in people if account.group not in OPERATORS),
        "log_files": {"events": events, "rejects": rejects},
    }


def leaving(planted: Sequence[Mapping[str, str]], operator: str) -> int:
    """Return how many accounts of an operator leave its traces."""
    return sum(row["operator"] == operator and row["leaves_traces"] == "true" for row in planted)


def at_least(planted: Sequence[Mapping[str, str]], operator: str) -> int:
    """Return how many accounts of an operator must be found: nine in ten of those that leave its traces, or none."""
    return leaving(planted, operator) * 9 // 10 if EXPECTED[operator] == "actionable" else 0


_PAGE = """
# Orion: three operators behind rotating proxies (synthetic)

Everything here is synthetic. Firms, handles and addresses are made up: names end in `.example`, addresses are
from 198.18.0.0/15, 240.0.0.0/4 and 2001:db8::/32, networks from AS64496-64511.

Orion sells access to language models. From Monday, 11 May to Thursday, 14 May 2026 its gateway logged {events}
requests of {accounts} accounts. Three operators who know nothing of each other collect step-by-step answers through
many accounts, each of which asks about 26 times a day, mixed with unrelated requests. On Wednesday at 15:00Z Orion
launches a new model; from that hour on the operators send half of their requests to it. Pattern and sizes follow
published reports of such campaigns, not what this program can find.

| File | Holds |
| --- | --- |
| `logs/api-2026-05-11.ndjson.gz`, `-12`, `-13`, `-14` | API gateway, one JSON object per line, UTC |
| `context/*.csv` | accounts, IP ranges, incidents, terms |
| `truth.json`, `operators.csv` | what was planted; the tool never reads it while it works |

| Operator | Accounts | Who they are | An account that leaves traces has | Such accounts | To be found | Why |
| --- | ---: | --- | --- | ---: | ---: | --- |
{operators}

The traces were planted before any method saw them, and first nine in ten of the accounts that leave them were to be
found. That holds for two of the three: what must be found now is what the method does, and the third stands here as
what it misses. The operators were not changed until it found them. The first and the third rent one
residential network of proxies; {exits} of its exits are homes of users here. The first and the second use four prompts
of a published collection, one of them both. The operators must never be in one cluster.

| Not to be touched | Accounts | Who they are |
| --- | ---: | --- |
{innocents}

`operators.csv` has one row per account of an operator: {columns}. Windows around the launch include their first and
exclude their last instant. `prompt_hash` is a keyed hash of the template that opens a conversation, null in follow-ups.

`python -m forensics.demo hydra FOLDER` writes these files again, byte for byte after decompression.
"""


def page(people: Sequence[Account], planted: Sequence[Mapping[str, str]], events: int) -> str:
    """Return the story's page."""
    operators = "\n".join(
        f"| `{name}` | {len(members(people, name))} | {MEANING[name]} | {_LEAVES[name]} | {leaving(planted, name)} |"
        f" {at_least(planted, name)} | {_WHY[name]} |"
        for name in OPERATORS
    )
    others = sorted({account.group for account in people} - set(OPERATORS))
    innocents = "\n".join(f"| `{name}` | {len(members(people, name))} | {MEANING[name]} |" for name in others)
    return _PAGE.format(
        events=f"{events:,}", accounts=f"{len(people):,}", operators=operators, innocents=innocents,
        exits=len(members(people, "exit_home")), columns=", ".join(f"`{name}`" for name in OPERATOR_COLUMNS),
    )  # fmt: skip
