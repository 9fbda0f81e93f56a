"""What each kind of side table must hold: one declaration per kind, all of them in `KINDS`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from forensics.schema import ACCOUNTS, IDENTITIES, INCIDENTS, IP_RANGES, STATEMENTS, TERMS, Table
from forensics.schema.base import TEXT

INCIDENT_KINDS = ("outage", "deploy", "launch", "warning", "enforcement", "other")
CLAIMS = (
    "stopped_by", "only_accounts", "volume_below", "not_automated", "not_us", "purpose", "not_intended",
    "not_ordered", "outage_duration", "caused_outage", "other",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """The contract of one side table.

    `required` columns must be there; in `filled` columns no cell may be empty; `unique` may not repeat; the first
    of `span` may not lie after the second. `words` are closed vocabularies, an unknown word is `other`.
    `secrets` maps a column to the column that says which kind of identity it holds. `reads` are columns
    understood beyond those stored; `derived` are stored columns no file brings; `verbatim` keeps every blank.
    """

    table: Table
    required: tuple[str, ...]
    filled: tuple[str, ...]
    unique: str | None = None
    span: tuple[str, str] | None = None
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    verbatim: tuple[str, ...] = ()

    def columns(self) -> list[str]:
        """Return the columns that a file of this kind may bring, in order."""
        stored = [name for name in self.table.names() if name not in {*self.derived, "extra"}]
        return [*stored, *self.reads]

    def texts(self) -> list[str]:
        """Return the stored text columns that a file may bring."""
        return [c.name for c in self.table.columns if c.type == TEXT and c.name in self.columns()]


_ACCOUNTS = Kind(
    ACCOUNTS,
    required=("user_id",),
    filled=("user_id",),
    unique="user_id",
    secrets={"user_id": "user_id_kind"},
    reads=("email",),
)
_IDENTITIES = Kind(
    IDENTITIES,
    required=("alias", "user_id"),
    filled=("alias", "user_id"),
    span=("valid_from", "valid_to"),
    secrets={"alias": "alias_kind", "user_id": "user_id_kind"},
    reads=("user_id_kind",),
)
_IP_RANGES = Kind(
    IP_RANGES,
    required=("cidr",),
    filled=("cidr",),
    span=("valid_from", "valid_to"),
    derived=("first_address", "last_address", "prefix_length"),
)
_INCIDENTS = Kind(
    INCIDENTS,
    required=("incident_id", "kind", "started_at"),
    filled=("incident_id", "started_at"),
    unique="incident_id",
    span=("started_at", "ended_at"),
    words={"kind": INCIDENT_KINDS},
    verbatim=("title",),
)
_STATEMENTS = Kind(
    STATEMENTS,
    required=("statement_id", "claim"),
    filled=("statement_id",),
    unique="statement_id",
    span=("period_start", "period_end"),
    words={"claim": CLAIMS},
    verbatim=("claimed_value", "verbatim"),
)
_TERMS = Kind(
    TERMS,
    required=("version", "effective_from", "clause"),
    filled=("version", "effective_from", "clause"),
    span=("effective_from", "effective_to"),
    verbatim=("text",),
)

KINDS: Mapping[str, Kind] = {
    "accounts": _ACCOUNTS,
    "identities": _IDENTITIES,
    "ip-ranges": _IP_RANGES,
    "incidents": _INCIDENTS,
    "statements": _STATEMENTS,
    "terms": _TERMS,
}
