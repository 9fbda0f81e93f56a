"""What context import writes: side tables that say who, where, when and under which terms."""

from forensics.schema.base import FLAG, INT, TEXT, TIME, Table, columns_of

_VALID = (
    ("valid_from", TIME, "holds from; null = always"),
    ("valid_to", TIME, "holds until, exclusive; null = still"),
)
_EXTRA = ("extra", TEXT, "JSON text of columns unknown to us")

ACCOUNTS = Table(
    "accounts",
    "tables/accounts.parquet",
    "one account as the service knows it",
    columns_of(
        [
            ("user_id", TEXT, "account"),
            ("user_id_kind", TEXT, "user, or the kind of secret the id is made of"),
            ("email_domain", TEXT, "lower-case domain of the registered address"),
            ("organization_id", TEXT, "organization the account declares or its tenant shows"),
            ("organization_name", TEXT, "its name"),
            ("plan", TEXT, "plan"),
            ("created_at", TIME, "sign-up"),
            ("payment_fingerprint", TEXT, "payment instrument, already a fingerprint"),
            ("phone_fingerprint", TEXT, "phone, already a fingerprint"),
            ("device_fingerprint", TEXT, "device, already a fingerprint"),
            ("channel", TEXT, "direct | reseller:NAME"),
            ("status", TEXT, "active | suspended | …"),
            _EXTRA,
        ]
    ),
)

IDENTITIES = Table(
    "identities",
    "tables/identities.parquet",
    "one logged name, key or subscription of an account, for a time",
    columns_of(
        [
            ("alias", TEXT, "identity as logged; a secret is a keyed id"),
            ("alias_kind", TEXT, "kind of the alias, as in events.user_id_kind"),
            ("user_id", TEXT, "canonical account"),
            *_VALID,
            _EXTRA,
        ]
    ),
)

IP_RANGES = Table(
    "ip_ranges",
    "tables/ip_ranges.parquet",
    "one address range, for a time",
    columns_of(
        [
            ("cidr", TEXT, "network, canonical"),
            ("asn", INT, "autonomous system"),
            ("as_name", TEXT, "its name"),
            ("kind", TEXT, "hosting | corporate | residential | mobile | education | vpn | …"),
            ("country", TEXT, "ISO 3166 code"),
            ("organization", TEXT, "who uses the range"),
            ("shared", FLAG, "many people behind few addresses"),
            *_VALID,
            ("first_address", TEXT, "first address, 32 hex digits (IPv4 mapped)"),
            ("last_address", TEXT, "last address, 32 hex digits"),
            ("prefix_length", INT, "length in the 128-bit space: the longest match wins"),
            _EXTRA,
        ]
    ),
)

INCIDENTS = Table(
    "incidents",
    "tables/incidents.parquet",
    "one outage, deploy, launch, warning or enforcement",
    columns_of(
        [
            ("incident_id", TEXT, "id"),
            ("kind", TEXT, "outage | deploy | launch | warning | enforcement | other"),
            ("title", TEXT, "what happened"),
            ("started_at", TIME, "onset"),
            ("ended_at", TIME, "recovery; null = open"),
            ("scope", TEXT, "what part of the service"),
            _EXTRA,
        ]
    ),
)

STATEMENTS = Table(
    "statements",
    "tables/statements.parquet",
    "one statement somebody made",
    columns_of(
        [
            ("statement_id", TEXT, "id"),
            ("made_at", TIME, "when it was said"),
            ("source", TEXT, "where it was said"),
            ("subject", TEXT, "who said it, about whom"),
            ("claim", TEXT, "claim type; an unknown word is `other`"),
            ("claimed_value", TEXT, "the value claimed, as text"),
            ("period_start", TIME, "period the claim speaks of"),
            ("period_end", TIME, "its end"),
            ("verbatim", TEXT, "the words"),
            _EXTRA,
        ]
    ),
)

TERMS = Table(
    "terms",
    "tables/terms.parquet",
    "one clause in one version",
    columns_of(
        [
            ("version", TEXT, "version of the terms"),
            ("effective_from", TIME, "in force from"),
            ("effective_to", TIME, "in force until; null = still"),
            ("clause", TEXT, "clause id"),
            ("text", TEXT, "verbatim text"),
            _EXTRA,
        ]
    ),
)

CONTEXT = {
    "accounts": ACCOUNTS,
    "identities": IDENTITIES,
    "ip-ranges": IP_RANGES,
    "incidents": INCIDENTS,
    "statements": STATEMENTS,
    "terms": TERMS,
}
