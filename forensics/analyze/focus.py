"""An analyst's smaller family of hypotheses: which accounts are tested, chosen by anything but their links.

The floor of a lone pair is log2(m / alpha) for m pairs. Where a population is large, a pair must show much; whoever has
a reason from outside to look at a few accounts tests fewer pairs and needs less. What this costs (docs/method.md):

- The k-th focus of a case has the error rate alpha / 2^k: all together stay under alpha, however many are tried.
- A focus named **after** links of the case were computed may have been chosen by them. It is charged for every focus
  that could have been named the same way (a union bound): all organizations, all incidents, all volumes. A list of
  accounts could have been any list, so it is charged until no floor is lower than that of the whole population.
- What defines the accounts is no evidence between them: inside an organization its name, its card and its network.

Rarity and null models come from the whole population. The choice is in the custody log before any result exists.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa

from forensics.case import Case
from forensics.custody import canonical, sha256_text
from forensics.engine import Engine
from forensics.errors import UsageError
from forensics.schema import CONTEXT, EVENTS, FOCUS_CHOICE

KINDS = ("accounts", "org", "incident", "volume")
_FOLDER = files("forensics.analyze")
_PAIR = 2
_GIVEN = frozenset(
    {"shared_organization", "shared_email_domain", "shared_payment", "shared_ip_range", "shared_as_number"}
)  # what an organization gives its people


@dataclass(frozen=True)
class Focus:
    """What an analyst asks for: a kind, a name as typed, and for a list of accounts the list."""

    kind: str
    name: str
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tested:
    """The family of hypotheses of one analysis. Without a focus: all pairs, at the error rate of the settings."""

    persons: pa.Table
    pairs: int
    charge: int = 1  # the error rates are divided by it
    silent: frozenset[str] = frozenset()  # signals that say nothing between accounts chosen so
    choice: Mapping[str, Any] | None = None  # the row of `focus_choice`

    def rows(self) -> pa.Table:
        """Return the table `focus_choice`."""
        return pa.Table.from_pylist([dict(self.choice)] if self.choice else [], schema=FOCUS_CHOICE.arrow())


def read_focus(text: str) -> Focus:
    """Return the focus a person typed.

    Raises:
        UsageError: It is none, or its file cannot be read.
    """
    kind, _, name = text.partition(":")
    if kind not in KINDS or not name:
        raise UsageError(
            f"--focus {text!r} is none", hint="one of: accounts:FILE, org:NAME, incident:ID, volume:REQUESTS"
        )
    if kind == "volume" and not (name.isascii() and name.isdigit() and int(name) > 0):
        raise UsageError(f"--focus volume:{name} names no number of requests", hint="for example volume:100")
    return Focus(kind, Path(name).name, _listed(Path(name))) if kind == "accounts" else Focus(kind, name)


def _listed(path: Path) -> tuple[str, ...]:
    """Return the accounts of a file: one a line, or the column `user_id` of a table."""
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"cannot read the accounts of {path}: {error}", hint="one account a line, in UTF-8") from None
    rows = [row for row in rows if row]
    column = rows[0].index("user_id") if rows and "user_id" in rows[0] else None
    names = [row[0] for row in rows] if column is None else [row[column] for row in rows[1:] if len(row) > column]
    return tuple(sorted({name.strip() for name in names} - {""}))


def tested(case: Case, engine: Engine, focus: Focus | None) -> Tested:
    """Return the pairs to test, and record a focus in the custody log. `engine` sees the tables about accounts.

    Raises:
        UsageError: Fewer than two accounts with events are in the focus.
    """
    kind, name = (focus.kind, focus.name) if focus else ("all", "")
    listed = pa.table({"user_id": pa.array(focus.accounts if focus else (), pa.string())})
    engine.register("focus_accounts", listed)
    full = case.settings.analysis.full_volume
    persons = engine.rows(_FOLDER / "focus.sql", {"kind": kind, "name": name, "full_volume": full})
    everyone = engine.one("SELECT count(*) AS accounts FROM people")["accounts"]
    pairs = persons.num_rows * (persons.num_rows - 1) // 2
    if focus is None:
        return Tested(persons, max(1, pairs))
    if persons.num_rows < _PAIR:
        raise UsageError(
            f"the focus {kind}:{name} has fewer than two accounts with events",
            hint="`forensics sql` lists account_features, incidents and organizations",
        )
    known = _recorded(case, engine, focus, persons, everyone)
    charge = 2 ** known["number"] * known["choices"]
    choice = {
        **{
            column: known[column]
            for column in ("kind", "name", "accounts", "pairs", "number", "choices", "after_links")
        },
        "alpha": float(case.settings.analysis.alpha) / charge,
    }
    return Tested(persons, pairs, charge, _GIVEN if kind == "org" else frozenset(), choice)


def again(case: Case, engine: Engine) -> Focus | None:
    """Return the focus of the last analysis, to repeat it. `engine` sees `focus` and `people` as it left them."""
    row = next(iter(case.read(FOCUS_CHOICE).to_pylist()), None)
    if row is None:
        return None
    names = engine.rows("SELECT user_id FROM people SEMI JOIN focus USING (person) ORDER BY user_id")["user_id"]
    return Focus(row["kind"], row["name"], tuple(names.to_pylist()) if row["kind"] == "accounts" else ())


def _recorded(case: Case, engine: Engine, focus: Focus, persons: pa.Table, everyone: int) -> Mapping[str, Any]:
    """Return the entry of this focus in the custody log: the one it has, else one that is made now.

    The same focus on the same inputs is one try, however often it is run: it gives the same tables. On other inputs it
    is another try; what was named before any link was known stays so.
    """
    held = persons["person"].to_pylist()
    named = sha256_text(canonical({"kind": focus.kind, "name": focus.name, "accounts": focus.accounts}))
    mark = sha256_text(canonical({"named": named, "persons": held, "inputs": case.outputs(EVENTS, *CONTEXT.values())}))
    earlier = list(case.entries())
    tries = [entry["detail"] for entry in earlier if entry["action"] == "focus"]
    for entry in tries:
        if entry["mark"] == mark:
            return dict(entry)
    in_advance = any(entry["named"] == named and not entry["after_links"] for entry in tries)
    after = not in_advance and any(entry["action"] == "analyze" for entry in earlier)
    pairs = len(held) * (len(held) - 1) // 2
    could = {**engine.one(_FOLDER / "focus_choices.sql"), "accounts": -(-everyone * (everyone - 1) // 2 // pairs)}
    detail = {
        "kind": focus.kind, "name": focus.name, "accounts": len(held), "pairs": pairs, "number": len(tries) + 1,
        "choices": max(1, could[focus.kind]) if after else 1, "after_links": after, "named": named, "mark": mark,
    }  # fmt: skip
    case.record("focus", detail)
    return detail
