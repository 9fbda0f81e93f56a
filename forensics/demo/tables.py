"""Context tables of the stories: accounts, address ranges, and small tables with cells between bars."""

from collections.abc import Sequence
from pathlib import Path

from forensics.demo.draws import Draws
from forensics.demo.people import Account
from forensics.demo.write import write_csv

_ACCOUNT_COLUMNS = (
    "user_id",
    "email_domain",
    "organization_id",
    "organization_name",
    "plan",
    "created_at",
    "payment_fingerprint",
    "phone_fingerprint",
    "device_fingerprint",
    "channel",
    "status",
)
_RANGE_COLUMNS = ("cidr", "asn", "as_name", "kind", "country", "organization", "shared", "valid_from", "valid_to")


def write_accounts(path: Path, draws: Draws, people: Sequence[Account]) -> None:
    """Write one row per account in the order of handles; visitors without an account have none."""
    members = sorted((account for account in people if account.user_id != "-"), key=lambda account: account.user_id)
    write_account_rows(path, [account_row(draws, account) for account in members])


def write_account_rows(path: Path, rows: Sequence[dict[str, str]]) -> None:
    """Write account rows; columns beyond the usual ones stand after them."""
    more = dict.fromkeys(name for row in rows for name in row if name not in _ACCOUNT_COLUMNS)
    write_csv(path, [*_ACCOUNT_COLUMNS, *more], rows)


def account_row(draws: Draws, account: Account) -> dict[str, str]:
    """Return the columns of one account; three in five left a telephone number."""
    number = int(account.user_id.rpartition("-")[2])
    has_phone = draws.often("has-phone", number, 600)
    return {
        "user_id": account.user_id,
        "email_domain": account.email_domain,
        "organization_id": account.organization_id,
        "organization_name": account.organization_name,
        "plan": account.plan,
        "created_at": account.created_at,
        "payment_fingerprint": account.payment_fingerprint,
        "phone_fingerprint": f"ph-{draws.hex('phone', number, 12)}" if has_phone else "",
        "device_fingerprint": account.device or f"dv-{draws.hex('device', number, 12)}",
        "channel": "direct",
        "status": "active",
    }


def write_ip_ranges(path: Path, table: str) -> None:
    """Write address ranges given as `cidr|asn|as_name|kind|country|organization|shared` per line."""
    rows = (dict(zip(_RANGE_COLUMNS, [*row.split("|"), "", ""], strict=True)) for row in table.strip().splitlines())
    write_csv(path, _RANGE_COLUMNS, rows)


def write_bars(path: Path, columns: str, table: str) -> None:
    """Write a small table: names apart by blanks, a line per row, cells apart by bars."""
    names = columns.split()
    write_csv(path, names, (dict(zip(names, row.split("|"), strict=True)) for row in table.strip().splitlines()))
