"""What analyze writes about clusters: members, activity, findings, and the exhibits these rest on."""

from forensics.schema.base import FLAG, INT, LIST, REAL, TEXT, TIME, Column, Table, columns_of
from forensics.schema.behavior import REQUESTS

BYSTANDERS = Table(
    "bystanders",
    "analysis/bystanders.parquet",
    "one link of a group whose moments were looked at, and one width of bins",
    columns_of(
        [
            ("cluster_id", TEXT, "its group"),
            ("a", INT, "account by number, the smaller"),
            ("b", INT, "account by number, the larger"),
            ("scale", INT, "width of the bins in seconds"),
            ("moments", INT, "bins with both that were looked at"),
            ("bystanders", INT, "others that keep them and share nothing else with the group"),
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
            ("carried_by", LIST, "families without which none of its links would pass"),
            (
                "confirmed",
                REAL,
                "hold-out: the smaller share of its accounts that a half of the time finds again; or null",
            ),
            ("hold_out", TEXT, "the hold-out in words: of which half how many, or why it was not asked"),
            (
                "day_inclusion",
                REAL,
                "mean share of draws of its days, with repetition, in which an account stays with it",
            ),
            ("day_draws", TEXT, "the same in words: how many draws of how many days or hours, or why none"),
            ("bystanders", INT, "others that keep its moments and share nothing else with it; null = no links"),
            ("merged_regularity_p", REAL, "chance that all its requests together are so even; no evidence for a link"),
            ("merged_spread", REAL, "spread of the gaps between them, beside the median of accounts shifted in time"),
            ("links", INT, "links inside"),
            (
                "floor_bits",
                REAL,
                "what each account had to show toward its fellows: the floor of a lone pair less log2(pairs they form)",
            ),
            ("shown_bits", REAL, "the least that an account of it shows toward its fellows, mean of likelihood ratios"),
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
            ("inclusion", REAL, "share of the halves of the time that find it with a fellow member; null = not asked"),
            ("day_inclusion", REAL, "share of draws of the cluster's days in which it stays; null = not estimable"),
        ]
    ),
)

JUDGED_CLUSTERS = Table(
    "judged_clusters",
    "analysis/judged_clusters.parquet",
    "one cluster that findings speak about: coordinated or undecided",
    tuple(column for column in CLUSTERS.columns if column.name != "campaign"),
)

CLUSTER_REQUESTS = Table(
    "cluster_requests",
    "analysis/cluster_requests.parquet",
    "one request of a cluster that findings speak about",
    (Column("cluster_id", TEXT, "cluster"), *REQUESTS.columns),
)

CLUSTER_RUNS = Table(
    "cluster_runs",
    "analysis/cluster_runs.parquet",
    "one stretch of busy minutes of a cluster",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("begins", TIME, "first request of the stretch"),
            ("ends", TIME, "last request of the stretch"),
            ("requests", INT, "requests in it"),
            ("busy_minutes", INT, "minutes with five object requests or more, and their edges"),
        ]
    ),
)

CLUSTER_NETWORKS = Table(
    "cluster_networks",
    "analysis/cluster_networks.parquet",
    "one account of a cluster and one organization whose networks it used",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("user_id", TEXT, "account"),
            ("network_organization", TEXT, "who uses the range, as of the time, lower case; null = it names nobody"),
            ("requests", INT, "requests from there"),
            ("first_at", TIME, "when the first of them was made"),
            ("first_id", TEXT, "the event of the first of them"),
        ]
    ),
)

TAKEOVERS = Table(
    "takeovers",
    "analysis/takeovers.parquet",
    "one cluster: was it active from networks that its accounts had never used before?",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("accounts_active", INT, "accounts with requests in its runs"),
            ("accounts_with_history", INT, "of these, with earlier requests"),
            ("accounts_new_networks", INT, "of these, with requests from networks new to them"),
            ("requests_compared", INT, "requests in the runs of accounts with earlier requests"),
            ("requests_new_networks", INT, "of these, from networks new to the account"),
            ("last_before_id", TEXT, "the last event before the runs"),
            ("first_new_id", TEXT, "the first event from a new network"),
            ("last_new_id", TEXT, "the last one"),
        ]
    ),
)

PLACES_AT_ONCE = Table(
    "places_at_once",
    "analysis/places_at_once.parquet",
    "one cluster: was an account of it used from three ranges or more in one minute?",
    columns_of(
        [
            ("cluster_id", TEXT, "cluster"),
            ("accounts_located", INT, "accounts with a request whose range is logged"),
            ("accounts_at_once", INT, "of these, with five such minutes or more"),
            ("minutes_located", INT, "minutes with such requests, summed over accounts"),
            ("minutes_at_once", INT, "of these, with three ranges of one account or more"),
            ("most_places", INT, "the most ranges of one account in one minute"),
            ("most_places_at", TIME, "the first minute with that many"),
            ("most_places_user_id", TEXT, "the account"),
            ("most_places_ids", LIST, "its first events in that minute, three at most, each from another range"),
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
