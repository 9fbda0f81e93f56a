"""What findings read: the policy in force, and what clusters did by its measure, one step each."""

from forensics.schema.base import FLAG, INT, LIST, REAL, TEXT, TIME, Table, columns_of

POLICY = Table(
    "policy",
    "analysis/policy.parquet",
    "one row: the thresholds of the service's own terms in force, from case.toml",
    columns_of(
        [
            ("aggressive_requests_per_minute", INT, "a minute with so many requests is faster than a person"),
            ("aggressive_minutes", INT, "from so many such minutes on, automation is aggressive"),
            ("rest_hours", INT, "a pause this long is a rest"),
            ("sleepless_hours", INT, "hours without a rest that no person reaches"),
            ("backoff_seconds", INT, "a client that heeds a refusal waits longer"),
            ("backoff_refusals", INT, "refusals from which heeding them is judged"),
            ("backoff_ignored_percent", INT, "share of refusals not heeded that counts"),
            ("harvest_objects", INT, "distinct objects from which taking them is systematic"),
            ("distillation_requests", INT, "requests to a model from which their pattern is judged"),
            ("distillation_signs", INT, "signs that make the pattern"),
            ("minimal_percent", REAL, "the most that a word such as minimal may stand for"),
            ("automation_words", LIST, "a clause with one of these speaks of automation"),
            ("harvest_words", LIST, "… of systematic taking"),
            ("distillation_words", LIST, "… of training on output"),
            ("service_impact_words", LIST, "… of impairing the service"),
            ("warn", LIST, "triggers of the first step of the ladder, each enough; a+b needs both"),
            ("throttle", LIST, "triggers of this step"),
            ("suspend", LIST, "triggers of this step"),
            ("demand_changes", LIST, "triggers of this step"),
            ("terminate", LIST, "triggers of this step"),
            ("ban_organization", LIST, "triggers of the last step"),
            ("appeal", TEXT, "how those concerned can answer"),
            ("canaries", LIST, "numbers of marked objects"),
            ("authorized_organizations", LIST, "organizations whose automation is agreed"),
        ]
    ),
)

AUTOMATION_RATES = Table(
    "automation_rates",
    "analysis/automation_rates.parquet",
    "one account, or one cluster taken as one operator, by the policy's measures of automation",
    columns_of(
        [
            ("cluster_id", TEXT, "the cluster taken as one; null = a single account"),
            ("user_id", TEXT, "the account; null = a cluster"),
            ("requests", INT, "requests"),
            ("peak_minute", INT, "most requests in one minute"),
            ("peak_at", TIME, "the first such minute"),
            ("fast_minutes", INT, "minutes at the policy's rate or above"),
            ("fast_requests", INT, "requests in them"),
            ("fast_from", TIME, "the first of these minutes"),
            ("fast_until", TIME, "the last of them"),
            ("sleepless_hours", INT, "clock hours in the longest stretch without a rest"),
            ("sleepless_from", TIME, "its first hour"),
            ("refusals", INT, "answers 403, 429 and 503 with a later request"),
            ("refusals_ignored", INT, "of these, followed by a request within the back-off time"),
            ("regular_accounts", INT, "accounts whose gaps vary by less than a twentieth"),
            ("peers", INT, "accounts outside named clusters with 50 requests and a median gap of a second or more"),
            ("peers_regular", INT, "of these, with gaps that vary by less than a twentieth"),
            ("grounds", LIST, "measures that hold: rate | sleepless | backoff_ignored | regular"),
            ("is_aggressive", FLAG, "the rate holds, or two others do"),
        ]
    ),
)

CLUSTER_GENERATIONS = Table(
    "cluster_generations",
    "analysis/cluster_generations.parquet",
    "one request of a cluster to a model",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("user_id", TEXT, "account"),
            ("timestamp", TIME, "when"),
            ("event_id", TEXT, "the event"),
            ("model", TEXT, "model asked"),
            ("prompt_hash", TEXT, "prompt or template, hashed"),
            ("input_tokens", INT, "tokens in"),
            ("output_tokens", INT, "tokens out"),
            ("status", INT, "status"),
            ("max_tokens", INT, "the most tokens asked for, where logged"),
            ("turns", INT, "messages of the conversation, where logged"),
            ("is_refused", FLAG, "the model or its filter declined; null where nothing says"),
            (
                "stage",
                TEXT,
                "shape by tokens: generate | evaluate | filter | judge; null without tokens",
            ),
        ]
    ),
)

CLUSTER_ACTS = Table(
    "cluster_acts",
    "analysis/cluster_acts.parquet",
    "one request of a cluster as an act that a clause may speak of",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("act", TEXT, "automation | harvest | distillation | service_impact"),
            ("timestamp", TIME, "when"),
            ("event_id", TEXT, "the event"),
            ("user_id", TEXT, "account"),
        ]
    ),
)

POLICY_HITS = Table(
    "policy_hits",
    "analysis/policy_hits.parquet",
    "one account that a policy against a cluster would reach",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("policy", TEXT, "account | cluster | ip | range | domain | payment | organization"),
            ("user_id", TEXT, "account reached"),
            ("is_member", FLAG, "it belongs to the cluster"),
            ("is_actionable", FLAG, "it is ready for a person's review"),
            ("is_aggressive", FLAG, "it uses aggressive automation by itself"),
            ("is_paying", FLAG, "a payment instrument is on record"),
            ("requests", INT, "its requests; 0 = none in these logs"),
            ("via", TEXT, "the first value it is reached by"),
        ]
    ),
)

STATEMENT_ACCOUNTS = Table(
    "statement_accounts",
    "analysis/statement_accounts.parquet",
    "one account that a statement is about",
    columns_of(
        [
            ("statement_id", TEXT, "statement"),
            ("user_id", TEXT, "account"),
            ("cluster_id", TEXT, "the cluster findings speak about that it belongs to; null = none"),
            ("channel", TEXT, "direct | reseller:NAME; null = unknown"),
        ]
    ),
)

STATEMENT_PERSONS = Table(
    "statement_persons",
    "analysis/statement_persons.parquet",
    "what logs show of how many hands used the accounts a statement is about",
    columns_of(
        [
            ("statement_id", TEXT, "statement"),
            ("minutes_used", INT, "minutes in which one of the linked accounts was used"),
            ("minutes_together", INT, "of these, minutes in which two or more were"),
            ("devices", INT, "device fingerprints on record"),
            ("clients", INT, "client names in the logs"),
            ("accounts_at_once", INT, "accounts used from three ranges or more at once, in five minutes or more"),
        ]
    ),
)

STATEMENT_OUTAGES = Table(
    "statement_outages",
    "analysis/statement_outages.parquet",
    "the outage that a statement about a duration can mean",
    columns_of(
        [
            ("statement_id", TEXT, "statement"),
            ("incident_id", TEXT, "the longest closed outage in its period"),
            ("outage_minutes", INT, "as declared"),
            ("outage_is_covered", FLAG, "the logs reach from its begin to its end"),
            ("minutes_failing", INT, "minutes with elevated answers 500-599; null = no request to compare"),
        ]
    ),
)

TESTED_OUTAGES = Table(
    "tested_outages",
    "analysis/tested_outages.parquet",
    "one outage as it is tested",
    columns_of(
        [
            ("subject", TEXT, "its id, with a number where the id stands twice"),
            ("incident_id", TEXT, "its id"),
            ("started_at", TIME, "onset"),
            ("ended_at", TIME, "recovery; the end of the logs where it is open"),
            ("is_open", FLAG, "no recovery is on record"),
            ("first_event", TIME, "first event of the logs"),
            ("last_event", TIME, "last event of the logs"),
            ("scope", TEXT, "what part of the service, as declared"),
            ("scope_words", LIST, "words of it that name paths or log files; empty = the whole service"),
        ]
    ),
)

IMPACT_ACTIVITY = Table(
    "impact_activity",
    "analysis/impact_activity.parquet",
    "one stretch of time around an outage, by what a cluster did in it",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("subject", TEXT, "outage"),
            ("phase", TEXT, "before_onset | overlap | after_stop"),
            ("begins", TIME, "first instant"),
            ("ends", TIME, "first instant after it"),
            ("active_from", TIME, "begin of the run before the onset, else of the first"),
            ("run_until", TIME, "end of that run"),
            ("active_until", TIME, "end of the last run"),
            ("overlap_minutes", INT, "minutes of the outage in which it was active"),
        ]
    ),
)

IMPACT_BLOCKS = Table(
    "impact_blocks",
    "analysis/impact_blocks.parquet",
    "ten minutes before or in an outage, a cluster's requests apart from everybody else's",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("subject", TEXT, "outage"),
            ("block", INT, "ten-minute blocks from the onset; -1 ends at it"),
            ("requests", INT, "requests of everybody"),
            ("requests_cluster", INT, "of these, the cluster's"),
            ("timed", INT, "requests with a time to serve"),
            ("served_us", INT, "time to serve, together"),
            ("served_us_cluster", INT, "of this, the cluster's"),
            ("others", INT, "answers to everybody else in the scope of the outage"),
            ("others_failed", INT, "of these, 500-599"),
        ]
    ),
)

IMPACT_ORDERS = Table(
    "impact_orders",
    "analysis/impact_orders.parquet",
    "how closely a cluster's load meets the failures of everybody else in an outage, beside chance",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("subject", TEXT, "outage"),
            ("orders_as_extreme", INT, "of 200 orders of the hours, the observed one included, those as close"),
        ]
    ),
)
