"""The side tables of the story `gallery`: what Lumen Gallery knows besides its logs."""

from collections.abc import Sequence
from pathlib import Path

from forensics.demo.draws import Draws
from forensics.demo.people import Account
from forensics.demo.tables import write_accounts, write_bars, write_ip_ranges
from forensics.demo.write import write_csv

_INCIDENTS = """
LCH-2|launch|Spring contest, a marketing launch with a crowd|2026-03-06T18:00:00Z|2026-03-06T20:00:00Z|all
DEP-7|deploy|Release 2026.10 of the gallery front end|2026-03-07T22:31:00Z|2026-03-07T22:36:00Z|web,api
OUT-1|outage|Elevated server errors across web and API|2026-03-07T22:40:00Z|2026-03-08T22:40:00Z|web,api
"""
_STATEMENTS = """
S-1|2026-03-09T09:00:00Z|Lumen Gallery, status page|Northlight Imaging|caused_outage|OUT-1|\
2026-03-07T21:30:00Z|2026-03-08T22:40:00Z|Two paid accounts brought on a 24-hour outage.
S-2|2026-03-09T09:00:00Z|Lumen Gallery, status page|Lumen Gallery|outage_duration|24 h|\
2026-03-07T22:40:00Z|2026-03-08T22:40:00Z|The outage lasted 24 hours.
S-3|2026-03-09T17:20:00Z|Northlight Imaging, chief executive|Northlight Imaging|not_intended||\
2026-03-05T00:00:00Z|2026-03-09T00:00:00Z|If anything happened it was not meant to do harm.
S-4|2026-03-09T17:20:00Z|Northlight Imaging, chief executive|Northlight Imaging|not_ordered||\
2026-03-05T00:00:00Z|2026-03-09T00:00:00Z|Nobody at the company asked for this.
S-5|2026-03-09T17:20:00Z|Northlight Imaging, chief executive|Northlight Imaging|not_automated||\
2026-03-05T00:00:00Z|2026-03-09T00:00:00Z|Our staff use the gallery by hand.
S-6|2026-03-09T17:20:00Z|Northlight Imaging, chief executive|Northlight Imaging|only_accounts|2|\
2026-03-05T00:00:00Z|2026-03-09T00:00:00Z|It was only these two accounts.
S-7|2026-03-09T17:20:00Z|Northlight Imaging, chief executive|Northlight Imaging|volume_below|500|\
2026-03-05T00:00:00Z|2026-03-09T00:00:00Z|The use was minimal, a few hundred requests at most.
"""
_TERMS = """
2026-01|2026-01-01T00:00:00Z|2026-03-10T00:00:00Z|4.2 Automation|\
You may not use automated means to collect prompts or images that are not your own\
, except under a written agreement.
2026-03|2026-03-10T00:00:00Z||4.2 Automation|\
You may not use automated means to collect prompts or images that are not your own\
, except under a written agreement.
2026-03|2026-03-10T00:00:00Z||4.3 Organizations|\
Where staff of an organization use aggressive automation or impair the service\
, access may end for the whole organization.
"""
_RANGES = """
241.0.0.0/8|64496|Harbor Cable|residential|ZZ||false
242.0.0.0/8|64497|Meadow Fiber|residential|ZZ||false
243.0.0.0/8|64498|Ridge Telecom|residential|ZZ||false
2001:db8::/32|64498|Ridge Telecom|residential|ZZ||false
198.18.20.0/24|64499|Metro Business Lines|corporate|ZZ|Brightline Media|true
198.18.21.0/24|64499|Metro Business Lines|corporate|ZZ|Oak And Elm Studio|true
198.18.22.0/24|64499|Metro Business Lines|corporate|ZZ|Parcel Post Print|true
198.18.23.0/24|64499|Metro Business Lines|corporate|ZZ|Tidewater Games|true
198.18.40.0/24|64501|Northlight Imaging|corporate|ZZ|Northlight Imaging|true
198.18.100.0/24|64502|Skyline Mobile|mobile|ZZ||true
198.18.250.0/24|64503|Scatter Hosting|hosting|ZZ||false
198.19.64.0/18|64500|Granite Hosting|hosting|ZZ||false
198.19.80.0/24|64500|Granite Hosting|hosting|ZZ|Deepstack Archive|false
"""


def write(folder: Path, draws: Draws, people: Sequence[Account]) -> None:
    """Write the six context files into an existing folder."""
    write_accounts(folder / "accounts.csv", draws, people)
    _write_identities(folder / "identities.csv", people)
    write_ip_ranges(folder / "ip_ranges.csv", _RANGES)
    write_bars(folder / "incidents.csv", "incident_id kind title started_at ended_at scope", _INCIDENTS)
    write_bars(
        folder / "statements.csv",
        "statement_id made_at source subject claim claimed_value period_start period_end verbatim",
        _STATEMENTS,
    )
    write_bars(folder / "terms.csv", "version effective_from effective_to clause text", _TERMS)


def _write_identities(path: Path, people: Sequence[Account]) -> None:
    """Write which API key belongs to which account."""
    owners = sorted((account for account in people if account.api_key), key=lambda account: account.user_id)
    rows = (
        {
            "alias": account.api_key,
            "alias_kind": "api_key",
            "user_id": account.user_id,
            "valid_from": account.created_at,
        }
        for account in owners
    )
    write_csv(path, ("alias", "alias_kind", "user_id", "valid_from", "valid_to"), rows)
