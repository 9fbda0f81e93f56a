"""The side tables of the story `hydra`: accounts with payment, ranges, incidents with the launch, terms."""

from collections.abc import Sequence
from pathlib import Path

from forensics.demo.draws import Draws
from forensics.demo.hydra_people import phone
from forensics.demo.people import Account
from forensics.demo.tables import account_row, write_account_rows, write_bars, write_ip_ranges

_INCIDENTS = """
DEP-1|deploy|Gateway 7.2 rolled out|2026-05-12T06:00:00Z|2026-05-12T06:40:00Z|gateway
LCH-1|launch|orion-large-5 is offered to everybody|2026-05-13T15:00:00Z|2026-05-13T16:00:00Z|all
"""
_TERMS = """
2026-01|2026-01-01T00:00:00Z||2.3 Competing models|\
You may not use output to train a competing model.
2026-01|2026-01-01T00:00:00Z||3.1 Accounts|\
One person or firm may not open several accounts to get around limits.
"""
_RANGES = """
241.0.0.0/8|64496|Harbor Cable|residential|ZZ||false
242.0.0.0/8|64497|Meadow Fiber|residential|ZZ||false
243.0.0.0/8|64498|Ridge Telecom|residential|ZZ||false
2001:db8::/32|64498|Ridge Telecom|residential|ZZ||false
198.18.61.0/24|64504|Tidewater University|education|ZZ|Tidewater University|true
198.18.71.0/24|64505|Alder Audit|corporate|ZZ|Alder Audit|true
198.18.111.0/24|64502|Skyline Mobile|mobile|ZZ||true
198.19.32.0/20|64500|Granite Hosting|hosting|ZZ||false
198.19.91.0/24|64500|Granite Hosting|hosting|ZZ|Cinder CI|false
"""


def write(folder: Path, draws: Draws, people: Sequence[Account]) -> None:
    """Write the four context files into an existing folder."""
    rows = [(account.user_id, _account(draws, account, place)) for place, account in enumerate(people)]
    write_account_rows(folder / "accounts.csv", [row for _, row in sorted(rows, key=lambda row: row[0])])
    write_ip_ranges(folder / "ip_ranges.csv", _RANGES)
    write_bars(folder / "incidents.csv", "incident_id kind title started_at ended_at scope", _INCIDENTS)
    write_bars(folder / "terms.csv", "version effective_from effective_to clause text", _TERMS)


def _account(draws: Draws, account: Account, place: int) -> dict[str, str]:
    """Return the row of one account. Orion asks for a telephone; it keeps no fingerprint of devices."""
    row = account_row(draws, account)
    return row | {"device_fingerprint": "", "phone_fingerprint": phone(draws, place) or row["phone_fingerprint"]}
