"""What analyze writes about accounts: requests, features, and every value that could be shared."""

from forensics.schema.base import FLAG, INT, REAL, REALS, SMALL, TEXT, TIME, Table, columns_of

SETTINGS = Table(
    "settings",
    "analysis/settings.parquet",
    "one row: the parameters in force, so that the .sql files run unchanged in the DuckDB shell",
    columns_of(
        [
            ("accounts", INT, "accounts with events"),
            ("pairs", INT, "pairs of accounts that are tested: all, or those of the focus"),
            ("alpha", REAL, "declared error rate, divided by what a focus is charged"),
            ("lead_alpha", REAL, "error rate of leads"),
            ("rare_accounts", INT, "a network value with more accounts is context, not evidence"),
            ("pair_accounts", INT, "a value with more accounts is ring-sampled, not paired exactly"),
            ("ring_neighbors", INT, "neighbors in a ring"),
            ("partners", INT, "common pairs that an account keeps"),
            ("min_behavior_bits", REAL, "behavioral evidence a link needs"),
            ("min_family_bits", REAL, "bits from which a family counts"),
            ("kappa", REAL, "exponent of the p-to-e calibrator"),
            ("behavior_cap_bits", REAL, "the most a behavioral family may count for"),
            ("linked_floor_bits", REAL, "log2(pairs / alpha): from here a lone pair is linked"),
            ("lead_floor_bits", REAL, "log2(pairs / lead_alpha): from here a lone pair is a lead"),
            ("kept_bits", REAL, "a pair with less evidence is not kept"),
            ("choice_shares", REALS, "share of the bet on each set of two, three, ... six families that may link"),
            ("least_bits", REAL, "the least evidence of any link, however large its group"),
            ("decoys", INT, "permuted worlds"),
            ("aggressive_requests_per_minute", INT, "policy: from here automation is called aggressive"),
        ]
    ),
)

FOCUS = Table(
    "focus",
    "analysis/focus.parquet",
    "one account that is tested: all of them, or those an analyst chose",
    columns_of(
        [
            ("person", INT, "account, by its number (people)"),
            ("volume_bits", REAL, "log2 of its share of the error budget, by its requests; a fair share is 0"),
        ]
    ),
)

FOCUS_CHOICE = Table(
    "focus_choice",
    "analysis/focus_choice.parquet",
    "one row where the analysis has a focus, none where it tests the whole population",
    columns_of(
        [
            ("kind", TEXT, "accounts | org | incident | volume"),
            ("name", TEXT, "file, organization, incident, or number of requests"),
            ("accounts", INT, "accounts in the focus"),
            ("pairs", INT, "pairs of these: the hypotheses tested"),
            ("number", INT, "which focus of this case it is, from 1"),
            ("choices", INT, "how many could have been named the same way, where links were known before; else 1"),
            ("after_links", FLAG, "links of this case had been computed when it was named"),
            ("alpha", REAL, "error rate in force: alpha / (2^number * choices)"),
        ]
    ),
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
            ("source_as_number", INT, "autonomous system, where the log says it"),
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

CROWDED_MOMENTS = Table(
    "crowded_moments",
    "analysis/crowded_moments.parquet",
    "one short bin in which a crowd was active",
    columns_of(
        [
            ("scale", INT, "width of the bin in seconds"),
            ("bin", INT, "bins since 1970-01-01 UTC"),
        ]
    ),
)

CLOCKS = Table(
    "clocks",
    "analysis/clocks.parquet",
    "one account that a clock drives, in bins of one width",
    columns_of(
        [
            ("scale", INT, "width of the bins in seconds"),
            ("person", INT, "account by number"),
            ("period", REAL, "seconds from one start to the next, median"),
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
            ("stretch", INT, "number of the part of the ids in which walks lie side by side"),
            ("objects", INT, "distinct ids asked for, those far from the rest left out"),
            ("steps", INT, "consecutive requests with different ids"),
            ("rising_steps", INT, "of these, with a larger id than before"),
            ("moves", INT, "steps unlike the one before"),
            ("met", INT, "objects that another walk took, too"),
            ("others", REAL, "share of the ids between the first and the last that other walks took"),
            ("apart_bits", REAL, "-log2 of the chance that an independent walk meets the others so seldom"),
            ("first_id", INT, "smallest id"),
            ("last_id", INT, "largest id"),
            ("id_range", INT, "range that holds 98 % of what anybody asks of these objects"),
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

AS_NUMBERS = Table(
    "as_numbers",
    "analysis/as_numbers.parquet",
    "one account that came from one autonomous system",
    columns_of(
        [
            ("user_id", TEXT, "canonical account"),
            ("as_number", INT, "as the log says, else as the table of ranges says for that time"),
            ("events", INT, "requests from there, those from ranges declared shared left out"),
            ("first_seen", TIME, "the first of them"),
            ("last_seen", TIME, "the last of them"),
        ]
    ),
)

MAIL_DOMAINS = Table(
    "mail_domains",
    "analysis/mail_domains.parquet",
    "one mail domain of an account, and who may have an address there",
    columns_of(
        [
            ("email_domain", TEXT, "domain as the accounts table has it"),
            ("registrable_domain", TEXT, "what somebody registered (Public Suffix List); the domain itself if nothing"),
            ("kind", TEXT, "registered | free_mail (settings) | disposable (list) | public_suffix"),
        ]
    ),
)
