"""What analyze writes. Every step is a table, so that every number can be followed back with SQL."""

from forensics.schema.base import FLAG, INT, LIST, REAL, SMALL, TEXT, TIME, Table, columns_of

_PAIR = (
    ("user_id_a", TEXT, "the smaller account id"),
    ("user_id_b", TEXT, "the larger account id"),
)

REQUESTS = Table(
    "requests",
    "analysis/requests.parquet",
    "one event under its canonical account, with the object it asked for",
    columns_of(
        [
            ("user_id", TEXT, "canonical account (identity map applied); null = anonymous"),
            ("timestamp", TIME, "when, UTC"),
            ("source_ip", TEXT, "client address"),
            ("source_range", TEXT, "/24, /48 or masked prefix"),
            ("http_request_method", TEXT, "method"),
            ("template", TEXT, "method and path with ids replaced by {id}"),
            ("object_id", INT, "the last long number in the path; null if none"),
            ("http_response_status_code", SMALL, "status"),
            ("response_bytes", INT, "bytes sent (body, or with headers where only that is logged)"),
            ("event_duration_us", INT, "time to serve"),
            ("gen_ai_usage_input_tokens", INT, "tokens in"),
            ("gen_ai_usage_output_tokens", INT, "tokens out"),
            ("gen_ai_prompt_hash", TEXT, "prompt hash"),
            ("user_agent_original", TEXT, "user agent"),
            ("tls_client_ja4", TEXT, "JA4"),
            ("organization_id", TEXT, "organization as logged"),
            ("event_id", TEXT, "the event"),
            ("content_sha256", TEXT, "its source"),
            ("log_offset", INT, "its byte offset"),
            ("log_length", INT, "its length"),
        ]
    ),
)

ACCOUNT_FEATURES = Table(
    "account_features",
    "analysis/account_features.parquet",
    "one canonical account with at least one event",
    columns_of(
        [
            ("user_id", TEXT, "canonical account"),
            ("organization_id", TEXT, "from the accounts table, else from the log"),
            ("organization_name", TEXT, "its name"),
            ("email_domain", TEXT, "domain of the registered address"),
            ("plan", TEXT, "plan"),
            ("channel", TEXT, "direct | reseller:NAME; null = unknown"),
            ("created_at", TIME, "sign-up"),
            ("payment_fingerprint", TEXT, "payment instrument"),
            ("phone_fingerprint", TEXT, "phone"),
            ("device_fingerprint", TEXT, "device"),
            ("events", INT, "requests"),
            ("first_seen", TIME, "first request"),
            ("last_seen", TIME, "last request"),
            ("active_days", INT, "distinct UTC days"),
            ("active_hours", INT, "distinct UTC hours"),
            ("addresses", INT, "distinct source addresses"),
            ("ranges", INT, "distinct source ranges"),
            ("objects", INT, "distinct objects asked for"),
            ("object_requests", INT, "requests for objects"),
            ("errors_4xx", INT, "answers 400-499"),
            ("errors_5xx", INT, "answers 500-599"),
            ("response_bytes", INT, "bytes sent"),
            ("input_tokens", INT, "tokens in"),
            ("output_tokens", INT, "tokens out"),
            ("gap_median_us", INT, "median gap between requests"),
            ("gap_mad_us", INT, "median absolute deviation of the gaps"),
            ("peak_minute", INT, "most requests in one minute"),
            ("hour_entropy", REAL, "entropy of the hour of day, 1 = flat around the clock"),
        ]
    ),
)

ACTIVITY = Table(
    "activity",
    "analysis/activity.parquet",
    "one account active in one ten-second bin",
    columns_of(
        [
            ("user_id", TEXT, "canonical account"),
            ("bin", INT, "ten-second bins since 1970-01-01 UTC"),
        ]
    ),
)

ENUMERATIONS = Table(
    "enumerations",
    "analysis/enumerations.parquet",
    "one account walking through the ids of one kind of object in order",
    columns_of(
        [
            ("user_id", TEXT, "canonical account"),
            ("space", TEXT, "kind of object: the path segment before the id"),
            ("objects", INT, "distinct ids asked for"),
            ("steps", INT, "consecutive requests with different ids"),
            ("rising_steps", INT, "of these, with a larger id than before"),
            ("first_id", INT, "smallest id"),
            ("last_id", INT, "largest id"),
            ("first_seen", TIME, "first request in the space"),
            ("last_seen", TIME, "last request in the space"),
        ]
    ),
)

ACCOUNT_VALUES = Table(
    "account_values",
    "analysis/account_values.parquet",
    "one attribute value of one account",
    columns_of(
        [
            ("attribute", TEXT, "source_ip | source_range | organization | payment | user_agent | …"),
            ("value", TEXT, "its value"),
            ("user_id", TEXT, "canonical account"),
            ("events", INT, "requests that show it; 0 where it comes from context"),
            ("first_seen", TIME, "first request that shows it"),
            ("last_seen", TIME, "last request that shows it"),
        ]
    ),
)

RARITY = Table(
    "rarity",
    "analysis/rarity.parquet",
    "one attribute and one number of accounts that share a value",
    columns_of(
        [
            ("attribute", TEXT, "attribute"),
            ("accounts", INT, "degree: accounts that show the value"),
            ("coincidence", REAL, "chance that two unrelated accounts share a value at most this common"),
            ("cap_bits", REAL, "the most one shared value of this attribute may count for"),
        ]
    ),
)

ROOMS = Table(
    "rooms",
    "analysis/rooms.parquet",
    "one account in one room: an organization, a mail domain or a crowded address",
    columns_of(
        [
            ("room", TEXT, "attribute and value"),
            ("user_id", TEXT, "canonical account"),
            ("people", INT, "accounts in the room"),
        ]
    ),
)

CANDIDATES = Table("candidates", "analysis/candidates.parquet", "one pair of accounts worth scoring", columns_of(_PAIR))

ADDRESSES = Table(
    "addresses",
    "analysis/addresses.parquet",
    "one address or range that an account used, as a sortable key",
    columns_of(
        [
            ("value", TEXT, "canonical address or range"),
            ("key", TEXT, "its first address as 32 hex digits, IPv4 mapped"),
        ]
    ),
)

SHARED_VALUES = Table(
    "shared_values",
    "analysis/shared_values.parquet",
    "one pair of accounts that share values of one attribute",
    columns_of(
        [
            *_PAIR,
            ("attribute", TEXT, "attribute"),
            ("shared", INT, "values both show"),
            ("expected", REAL, "values that chance would let them share"),
            ("rarest_value", TEXT, "the shared value that fewest accounts show"),
            ("rarest_accounts", INT, "how many show it"),
            ("bits", REAL, "log2 of the e-value, capped at the base rate of the attribute"),
        ]
    ),
)

SYNCHRONY = Table(
    "synchrony",
    "analysis/synchrony.parquet",
    "one pair of accounts active in the same short bins more often than their habits explain",
    columns_of(
        [
            *_PAIR,
            ("scale", INT, "width of the bins in seconds"),
            ("shared", INT, "bins with both, crowded ones left out"),
            ("expected", REAL, "bins that each account's own hours and phases explain (rank-1 null)"),
            ("bits", REAL, "log2 of the e-value, capped"),
        ]
    ),
)

SIGNALS_TABLE = Table(
    "signals",
    "analysis/signals.parquet",
    "one signal that took part in the analysis",
    columns_of([("signal", TEXT, "signal"), ("family", TEXT, "its family")]),
)

EVIDENCE = Table(
    "evidence",
    "analysis/evidence.parquet",
    "one family of evidence for one pair of accounts",
    columns_of(
        [
            *_PAIR,
            ("family", TEXT, "family"),
            ("bits", REAL, "log2 of the mean e-value over the signals of the family"),
        ]
    ),
)

LINKS = Table(
    "links",
    "analysis/links.parquet",
    "one signal firing for one pair of accounts",
    columns_of(
        [
            *_PAIR,
            ("signal", TEXT, "signal"),
            ("family", TEXT, "NET | IDENT | CLIENT | TEMPLATE | TIME | TARGET"),
            ("bits", REAL, "log2 of the e-value, capped: chance under the null is at most 2^-bits"),
            ("detail", TEXT, "JSON: what was observed and what was expected"),
        ]
    ),
)

PAIRS = Table(
    "pairs",
    "analysis/pairs.parquet",
    "one pair whose evidence together is worth keeping (at least a lead)",
    columns_of(
        [
            *_PAIR,
            ("bits", REAL, "sum over families of log2((1 + e) / 2)"),
            ("probability", REAL, "1 - chance of so strong a pair in this population; null where no behavior was seen"),
            ("families", LIST, "families with at least the minimum bits"),
            ("behavior_bits", REAL, "the strongest behavioral family"),
            ("tier", TEXT, "linked (declared error rate) | lead | context (much shared, no behavior)"),
        ]
    ),
)

CLUSTERS = Table(
    "clusters",
    "analysis/clusters.parquet",
    "one group of linked accounts; a pair is a cluster of size 2",
    columns_of(
        [
            ("cluster_id", TEXT, "C- and 12 hex digits of the hash of its sorted members"),
            ("size", INT, "accounts"),
            ("probability", REAL, "probability of the weakest link that holds it together"),
            ("likelihood", TEXT, "ICD 203 word for it"),
            ("confidence", TEXT, "low | moderate | high, by written rules"),
            ("verdict", TEXT, "coordinated | shared_organization | shared_infrastructure | … | undecided"),
            ("campaign", TEXT, "harvest | distillation | load | automation; null = none of them"),
            ("first_seen", TIME, "first request of a member"),
            ("last_seen", TIME, "last request of a member"),
            ("events", INT, "requests of all members"),
            ("signals", LIST, "signals that hold it together"),
            ("families", LIST, "families of these"),
            ("carried_by", LIST, "families without which every link of it falls below the floor of leads"),
            ("weakest_bits", REAL, "bits of the weakest link of its maximum spanning tree"),
            ("organization_id", TEXT, "the organization most members declare; null = none"),
            ("organization_share", REAL, "share of members that declare it"),
            ("reason", TEXT, "the rule that gave the verdict, in words"),
        ]
    ),
)

CLUSTER_MEMBERS = Table(
    "cluster_members",
    "analysis/cluster_members.parquet",
    "one account of one cluster",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("user_id", TEXT, "account"),
            ("probability", REAL, "probability of its strongest link into the cluster"),
            ("role", TEXT, "member | bridge"),
            ("actionable", FLAG, "ready for a person's review under the declared error rate; never a ban"),
        ]
    ),
)

FINDINGS = Table(
    "findings",
    "analysis/findings.parquet",
    "one statement about a cluster or the service",
    columns_of(
        [
            ("finding_id", TEXT, "F- and 8 hex digits of kind, cluster and subject"),
            ("kind", TEXT, "scope | materiality | service_impact | harvest | attribution | …"),
            ("cluster_id", TEXT, "cluster; null = the service"),
            ("subject", TEXT, "incident, layer or measure it speaks of; null = the whole"),
            ("statement", TEXT, "the sentence"),
            ("likelihood", TEXT, "ICD 203 word; null where nothing is estimated"),
            ("confidence", TEXT, "low | moderate | high"),
            ("severity", TEXT, "info | low | medium | high"),
            ("alternative", TEXT, "the best innocent explanation"),
            ("assessed", FLAG, "false where data is missing and nothing was judged"),
            ("detail", TEXT, "JSON of every number the statement rests on"),
        ]
    ),
)

EXHIBITS = Table(
    "exhibits",
    "analysis/exhibits.parquet",
    "one query result or raw line that a finding rests on",
    columns_of(
        [
            ("exhibit_id", TEXT, "E- and a number; TAB- and a name for a whole table"),
            ("finding_id", TEXT, "finding; null for a whole table"),
            ("query_id", TEXT, "the .sql file whose rows it is, or table:NAME"),
            ("content_sha256", TEXT, "source of a raw line; null for rows"),
            ("log_offset", INT, "its byte offset in the decompressed stream"),
            ("log_length", INT, "its length"),
            ("line_sha256", TEXT, "SHA-256 of exactly these bytes; null if the source was out of reach"),
            ("title", TEXT, "what it shows"),
            ("event_id", TEXT, "the event; null for rows"),
        ]
    ),
)

DECOYS = Table(
    "decoys",
    "analysis/decoys.parquet",
    "one permuted world: the same evidence, dealt to other accounts family by family",
    columns_of(
        [
            ("replicate", INT, "number of the world, from 1"),
            ("strongest_bits", REAL, "bits of its strongest pair that passes the rule; 0 if none"),
            ("linked", INT, "its pairs at or above the floor of links"),
            ("leads", INT, "its pairs at or above the floor of leads"),
        ]
    ),
)

HUBS = Table(
    "hubs",
    "analysis/hubs.parquet",
    "one value too common to pair exactly, and what was done about it",
    columns_of(
        [
            ("attribute", TEXT, "attribute"),
            ("value", TEXT, "value"),
            ("accounts", INT, "accounts that show it"),
            ("kind", TEXT, "declared kind of the address range, where known"),
            ("action", TEXT, "context_only | ring_sampled"),
        ]
    ),
)

SETTINGS = Table(
    "settings",
    "analysis/settings.parquet",
    "one row: the parameters in force, so that the .sql files run unchanged in the DuckDB shell",
    columns_of(
        [
            ("accounts", INT, "accounts with events"),
            ("alpha", REAL, "declared error rate"),
            ("lead_alpha", REAL, "error rate of leads"),
            ("rare_accounts", INT, "a network value with more accounts is context, not evidence"),
            ("pair_accounts", INT, "a value with more accounts is ring-sampled, not paired exactly"),
            ("ring_neighbors", INT, "neighbors in a ring"),
            ("min_behavior_bits", REAL, "behavioral evidence a link needs"),
            ("min_family_bits", REAL, "bits from which a family counts"),
            ("kappa", REAL, "exponent of the p-to-e calibrator"),
            ("behavior_cap_bits", REAL, "the most a behavioral family may count for"),
            ("linked_floor_bits", REAL, "log2(pairs / alpha): from here a pair is linked"),
            ("lead_floor_bits", REAL, "log2(pairs / lead_alpha): from here a pair is a lead"),
            ("decoys", INT, "permuted worlds"),
            ("aggressive_requests_per_minute", INT, "policy: from here automation is called aggressive"),
        ]
    ),
)

ANALYSIS = (
    SETTINGS,
    SIGNALS_TABLE,
    REQUESTS,
    ACCOUNT_FEATURES,
    ACTIVITY,
    ENUMERATIONS,
    ACCOUNT_VALUES,
    ADDRESSES,
    HUBS,
    RARITY,
    ROOMS,
    CANDIDATES,
    SHARED_VALUES,
    SYNCHRONY,
    LINKS,
    EVIDENCE,
    DECOYS,
    PAIRS,
    CLUSTERS,
    CLUSTER_MEMBERS,
    FINDINGS,
    EXHIBITS,
)
