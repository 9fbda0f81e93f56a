"""The side tables of the story `reseller`: what Orion knows besides its logs and the reseller's."""

from collections.abc import Sequence
from pathlib import Path

from forensics.demo.draws import Draws
from forensics.demo.people import Account
from forensics.demo.reseller_people import RESELLER, is_reseller
from forensics.demo.tables import account_row, write_account_rows, write_bars, write_ip_ranges

_INCIDENTS = """
LCH-1|launch|orion-large-4 is offered to everybody|2026-03-10T14:00:00Z|2026-03-10T15:00:00Z|all
WRN-1|warning|Letter to Quarry Labs about the clause on competing models|2026-04-27T09:00:00Z||org-quarry
"""
_STATEMENTS = """
S-1|2026-05-20T10:00:00Z|Quarry Labs, spokesperson|Quarry Labs|stopped_by|2026-04|\
2026-01-01T00:00:00Z|2026-08-01T00:00:00Z|We used it early on; that use stopped in April.
S-2|2026-05-20T10:00:00Z|Quarry Labs, spokesperson|Quarry Labs|only_accounts|3|\
2026-01-01T00:00:00Z|2026-08-01T00:00:00Z|It was one small team with three accounts.
S-3|2026-06-02T16:00:00Z|Orion, spokesperson|Quarry Labs|volume_below|5% of tokens|\
2026-01-01T00:00:00Z|2026-08-01T00:00:00Z|Their use was below five percent of our tokens.
S-4|2026-06-02T16:00:00Z|Orion, spokesperson|Quarry Labs|volume_below|minimal|\
2026-01-01T00:00:00Z|2026-08-01T00:00:00Z|Their use of our service was minimal.
S-5|2026-05-20T10:00:00Z|Quarry Labs, spokesperson|Quarry Labs|purpose||\
2026-01-01T00:00:00Z|2026-08-01T00:00:00Z|It served to compare models and nothing else.
S-6|2026-05-20T10:00:00Z|Quarry Labs, spokesperson|Quarry Labs|not_ordered||\
2026-01-01T00:00:00Z|2026-08-01T00:00:00Z|Nobody in the management asked for it.
"""
_TERMS = """
2025-11|2025-11-01T00:00:00Z|2026-06-01T00:00:00Z|2.3 Competing models|\
You may not use output to train a competing model.
2026-06|2026-06-01T00:00:00Z||2.3 Competing models|\
You may not use output to train or distil a competing model, through a partner included.
2026-06|2026-06-01T00:00:00Z||2.9 Organizations|\
Where staff of an organization train competing models on output, access may end for the whole organization.
"""
_RANGES = """
241.0.0.0/8|64496|Harbor Cable|residential|ZZ||false
242.0.0.0/8|64497|Meadow Fiber|residential|ZZ||false
243.0.0.0/8|64498|Ridge Telecom|residential|ZZ||false
2001:db8::/32|64498|Ridge Telecom|residential|ZZ||false
198.18.44.0/24|64507|Quarry Labs|corporate|ZZ|Quarry Labs|true
198.18.90.0/23|64508|CloudPort|hosting|ZZ|CloudPort|true
198.18.92.0/22|64508|CloudPort|hosting|ZZ|CloudPort|true
198.18.96.0/23|64508|CloudPort|hosting|ZZ|CloudPort|true
198.19.66.0/24|64500|Granite Hosting|hosting|ZZ|Quarry Labs|false
198.19.70.0/24|64500|Granite Hosting|hosting|ZZ|Paperloom Translations|false
198.19.71.0/24|64500|Granite Hosting|hosting|ZZ|Brightwell Insurance|false
198.19.72.0/24|64500|Granite Hosting|hosting|ZZ|Fieldstone Legal Search|false
"""


def write(folder: Path, draws: Draws, people: Sequence[Account]) -> None:
    """Write the five context files into an existing folder."""
    rows = [_account(draws, account) for account in sorted(people, key=lambda account: account.user_id)]
    write_account_rows(folder / "accounts.csv", rows)
    write_ip_ranges(folder / "ip_ranges.csv", _RANGES)
    write_bars(folder / "incidents.csv", "incident_id kind title started_at ended_at scope", _INCIDENTS)
    names = "statement_id made_at source subject claim claimed_value period_start period_end verbatim"
    write_bars(folder / "statements.csv", names, _STATEMENTS)
    write_bars(folder / "terms.csv", "version effective_from effective_to clause text", _TERMS)


def _account(draws: Draws, account: Account) -> dict[str, str]:
    """Return the row of one account; the reseller passes on no device and no telephone but the lab's."""
    row = account_row(draws, account)
    if is_reseller(account):
        row |= {"user_id_kind": "subscription", "channel": RESELLER, "phone_fingerprint": "", "device_fingerprint": ""}
    return row | {"phone_fingerprint": "ph-quarry-lab"} if account.group == "rival" else row
