"""Who a report or a package is for, and what of the case such a reader may see: deny by default.

A reader sees what a profile names and nothing else: a table or a column added to the case later stays hidden until
somebody adds it here (docs/evidence.md shows the same as a table).
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from forensics.case import Case
from forensics.engine import Engine, Resources
from forensics.errors import UsageError
from forensics.keyed import pseudonym, reader_key, secret_id
from forensics.schema import ACCOUNT_FEATURES, ACCOUNTS, CLUSTER_MEMBERS, CLUSTERS, IDENTITIES, REQUESTS, Table

AUDIENCES = ("analyst", "executive", "legal", "counterparty", "public")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}")
WITHHELD = "withheld account"  # kind of the keyed ids by which the chain of custody names them


@dataclass(frozen=True)
class Profile:
    """One kind of reader."""

    name: str
    whole_tables: bool  # every table of the case; else the few of `disclosed/NAME/*.sql`
    own_lines: bool  # lines verbatim: of disclosed accounts only
    queries: bool  # how accounts are linked, as SQL
    custody: bool  # the chain itself; else its hashes
    load_file: bool
    certificates: bool
    tlp: str
    verbatim: bool = True  # lines verbatim at all
    in_house: bool = True  # the reader belongs to the side that made the case
    exchange: bool = True  # networks and accounts for machines


PROFILES = {
    one.name: one
    for one in (
        Profile("analyst", True, False, True, True, True, False, "amber"),  # noqa: FBT003 - a table
        Profile("executive", False, True, False, False, False, False, "amber", verbatim=False, exchange=False),  # noqa: FBT003 - the same
        Profile("legal", True, False, True, True, True, True, "red"),  # noqa: FBT003 - the same
        Profile("counterparty", False, True, False, False, False, False, "red", in_house=False),  # noqa: FBT003 - the same
        Profile("public", False, True, False, False, False, False, "white", verbatim=False, in_house=False),  # noqa: FBT003 - the same
    )
}


@dataclass(frozen=True)
class Disclosure:
    """What one package shows: its profile, the accounts it may name, and what it must not name.

    `accounts` are those it speaks about: all of the case for an internal reader. `withheld` are names of accounts
    (with their aliases) that asked to be left out. `hidden` are names that must not occur in any file.
    """

    profile: Profile
    organization: str | None
    accounts: frozenset[str]
    withheld: frozenset[str] = frozenset()
    hidden: frozenset[str] = field(default_factory=frozenset)

    def key_label(self) -> bytes:
        """Return what pseudonyms of this reader are made with: two readers cannot join what they got."""
        return f"{self.profile.name}\0{self.organization or ''}".encode()


def withheld_names(case: Case) -> frozenset[str]:
    """Return the accounts, with their aliases, that are left out of what leaves the team."""
    entries = [entry for entry in case.entries() if entry["action"] == "withhold"]
    ids = {identifier for entry in entries for identifier in entry["detail"]["accounts"]}
    if not ids:
        return frozenset()
    names = _names(case, ACCOUNT_FEATURES, "user_id") | _names(case, ACCOUNTS, "user_id")
    names |= _names(case, IDENTITIES, "alias", "user_id")
    key = case.key()
    return frozenset(name for name in sorted(names) if secret_id(key, WITHHELD, name) in ids)


def report_folder(case: Case, audience: str, organization: str | None) -> Path:
    """Return where the report for a reader lies: each organization has a folder of its own, or one would get another's.

    An id that is no plain word is told by its hash, so that no two ids share a folder.
    """
    folder = case.folder / "report" / audience
    if organization is None:
        return folder
    plain = _PLAIN.fullmatch(organization) and not organization.startswith(("report", "redaction", "id-"))
    return folder / (organization if plain else f"id-{hashlib.sha256(organization.encode()).hexdigest()[:16]}")


def pseudonyms(case: Case, disclosure: Disclosure) -> pa.Table:
    """Return the accounts a reader hears of (`user_id`) with the names they have for a reader who may not see those.

    A pseudonym is made under a key of case and reader: two readers cannot join what they got.
    """
    key = reader_key(case.key(), disclosure.key_label())
    names = sorted(disclosure.accounts)
    shown = [pseudonym(key, "account", name) for name in names]
    return pa.table({"user_id": pa.array(names, pa.string()), "pseudonym": pa.array(shown, pa.string())})


def disclose(
    case: Case, name: str, organization: str | None, withheld: Iterable[str], resources: Resources | None = None
) -> Disclosure:
    """Return what a reader may see. Raise `UsageError` for a reader nobody knows, or who has no account here."""
    if name not in PROFILES:
        raise UsageError(f"audience {name!r} is not known", hint=f"known: {', '.join(AUDIENCES)}")
    profile, out = PROFILES[name], frozenset(withheld)
    if (organization is not None) != (name == "counterparty"):
        raise UsageError(
            "--organization says whose accounts a counterparty may see: both or none",
            hint="for example --audience counterparty --organization ID",
        )
    with Engine.over(case, ACCOUNT_FEATURES, CLUSTER_MEMBERS, CLUSTERS, resources=resources) as engine:
        known = _values(engine, "SELECT DISTINCT user_id AS name FROM account_features ORDER BY 1")
        if profile.whole_tables:
            return Disclosure(profile, None, known - out, out, out)
        if profile.in_house:  # whoever decides needs numbers and grounds; names travel with a page
            names = known | _names(case, ACCOUNTS, "user_id") | _names(case, IDENTITIES, "user_id", "alias")
            return Disclosure(profile, None, frozenset(), out, names | out)
        members = engine.rows(_MEMBERS, {"organization": organization})
    shown = frozenset(members["user_id"].to_pylist()) - out
    if not shown and organization is not None:
        raise UsageError(
            f"no account of organization {organization!r} is in a cluster",
            hint='forensics sql "SELECT DISTINCT organization_id FROM account_features"',
        )
    everyone = known | _names(case, ACCOUNTS, "user_id") | _names(case, IDENTITIES, "user_id", "alias")
    everyone |= _names(case, ACCOUNT_FEATURES, "organization_id", "organization_name")
    everyone |= _names(case, ACCOUNTS, "organization_id", "organization_name")
    if name == "public":
        return Disclosure(profile, None, shown, out, everyone | out | _addresses(case, shown, resources))
    own = members.select(["organization_id", "organization_name"]).to_pylist()
    named = {value for row in own for value in row.values() if value} | {organization or ""}
    return Disclosure(profile, organization, shown, out, frozenset(everyone - shown - named) | out)


_MEMBERS = """
SELECT DISTINCT cluster_members.user_id, account_features.organization_id, account_features.organization_name
FROM cluster_members
JOIN clusters USING (cluster_id)
LEFT JOIN account_features USING (user_id)
WHERE ($organization IS NULL AND clusters.verdict = 'coordinated') OR account_features.organization_id = $organization
ORDER BY ALL
"""


def _addresses(case: Case, accounts: frozenset[str], resources: Resources | None) -> frozenset[str]:
    """Return the addresses that some accounts used."""
    with Engine.over(case, REQUESTS, resources=resources) as engine:
        engine.register("shown", pa.table({"user_id": pa.array(sorted(accounts), pa.string())}))
        return _values(engine, "SELECT DISTINCT source_ip AS name FROM requests JOIN shown USING (user_id) ORDER BY 1")


def _values(engine: Engine, query: str) -> frozenset[str]:
    return frozenset(filter(None, engine.rows(query)["name"].to_pylist()))


def _names(case: Case, table: Table, *columns: str) -> frozenset[str]:
    rows = case.read(table)
    return frozenset(value for column in columns for value in rows[column].unique().to_pylist() if value)
