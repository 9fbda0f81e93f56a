"""What analyze writes about pairs of accounts: how rare, how often by chance, how strong together."""

from forensics.schema.base import FLAG, INT, LIST, REAL, TEXT, TIME, Table, columns_of

FAMILIES = ("net", "ident", "client", "template", "time", "target")
_NUMBERED = (
    ("a", INT, "number of the smaller account (people)"),
    ("b", INT, "number of the larger account"),
)
_PAIR = (
    ("user_id_a", TEXT, "the smaller account id"),
    ("user_id_b", TEXT, "the larger account id"),
)

SIGNALS_TABLE = Table(
    "signals",
    "analysis/signals.parquet",
    "one signal that took part in the analysis",
    columns_of(
        [
            ("signal", TEXT, "signal"),
            ("family", TEXT, "its family"),
            ("weight", INT, "its part of the bet of the family"),
        ]
    ),
)

UNITS = Table(
    "units",
    "analysis/units.parquet",
    "one value that two accounts or more show, and how many independent users that are",
    columns_of(
        [
            ("attribute", TEXT, "attribute"),
            ("value", TEXT, "value"),
            ("accounts", INT, "accounts that show it"),
            ("units", INT, "independent users: accounts that one hand runs count once"),
            ("first_seen", TIME, "first request of an account that shows it, where the log told"),
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
            ("units", INT, "independent users among them"),
            ("kind", TEXT, "declared kind of the address range, where known"),
            ("action", TEXT, "context_only | ring_sampled"),
        ]
    ),
)

RARITY = Table(
    "rarity",
    "analysis/rarity.parquet",
    "one attribute: how easily two unrelated accounts share a value of it",
    columns_of(
        [
            ("attribute", TEXT, "attribute"),
            ("opportunities", INT, "an account with k values shows a given one with chance k * units / opportunities"),
            ("coincidence", REAL, "chance that two accounts with one value each share one that is paired exactly"),
            ("cap_bits", REAL, "the most that sharing may count for"),
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

PEOPLE = Table(
    "people",
    "analysis/people.parquet",
    "one canonical account and its number in the order of names",
    columns_of([("person", INT, "number, from 0"), ("user_id", TEXT, "canonical account")]),
)

SHAREABLE = Table(
    "shareable",
    "analysis/shareable.parquet",
    "one value that two accounts or more show and that is no mere context",
    columns_of(
        [
            ("value_id", INT, "number, from 0"),
            ("attribute", TEXT, "attribute"),
            ("value", TEXT, "value"),
            ("accounts", INT, "accounts that show it"),
            ("units", INT, "independent users among them"),
            ("bits", REAL, "what it brings two accounts that show nothing else of the attribute"),
        ]
    ),
)

INCIDENCES = Table(
    "incidences",
    "analysis/incidences.parquet",
    "one account that shows one shareable value",
    columns_of([("value_id", INT, "value"), ("person", INT, "account")]),
)

CANDIDATES = Table(
    "candidates",
    "analysis/candidates.parquet",
    "one pair of accounts worth scoring",
    columns_of([*_NUMBERED, ("weight", REAL, "pairs it stands for: in a ring the inverse of its chance, else 1")]),
)

SHARED_VALUES = Table(
    "shared_values",
    "analysis/shared_values.parquet",
    "one pair of accounts that share values of one attribute",
    columns_of(
        [
            *_NUMBERED,
            ("attribute", TEXT, "attribute"),
            ("shared", INT, "values both show, of those that are paired exactly"),
            ("expected", REAL, "values that chance would let them share"),
            ("rarest_id", INT, "the shared value that fewest independent users show"),
            ("rarest_accounts", INT, "accounts that show the least common value they share"),
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
            *_NUMBERED,
            ("scale", INT, "width of the bins in seconds"),
            ("shared", INT, "bins with both, crowded ones left out"),
            ("expected", REAL, "bins that each account's own hours and phases explain (rank-1 null)"),
            ("bits", REAL, "log2 of the e-value, capped"),
        ]
    ),
)

SIGHTINGS = Table(
    "sightings",
    "analysis/sightings/*.parquet",
    "one signal firing for one pair of accounts, kept or not",
    columns_of([("signal", TEXT, "signal"), *_NUMBERED, ("bits", REAL, "log2 of the e-value, capped")]),
)

WEIGHED = Table(
    "weighed",
    "analysis/weighed.parquet",
    "one pair with any evidence: log2 of the mean e-value of each family, null where nothing fired",
    columns_of([*_NUMBERED, *((name, REAL, f"{name.upper()} bits") for name in FAMILIES)]),
)

LINKS = Table(
    "links",
    "analysis/links.parquet",
    "one signal firing for one pair of accounts whose evidence together is worth keeping",
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

SCORES = Table(
    "scores",
    "analysis/scores.parquet",
    "one pair whose evidence together is worth keeping (`kept_bits`)",
    columns_of(
        [
            *_NUMBERED,
            ("bits", REAL, "log2 of the average over all sets of families that may link, and volume_bits"),
            ("volume_bits", REAL, "log2 of the share of the error budget that both have (focus)"),
            ("families", LIST, "families with at least the minimum bits"),
            ("behavior_bits", REAL, "the strongest behavioral family"),
            ("passes", FLAG, "two families, one of them behavioral: it may become a link"),
            ("weight", REAL, "pairs it stands for"),
        ]
    ),
)

DECOY_PAIRS = Table(
    "decoy_pairs",
    "analysis/decoy_pairs/*.parquet",
    "one pair that passes the rule in one permuted world",
    columns_of([("replicate", INT, "number of the world, from 1"), *_NUMBERED, ("bits", REAL, "evidence together")]),
)

DECOYS = Table(
    "decoys",
    "analysis/decoys.parquet",
    "one permuted world: the same evidence, dealt to other accounts family by family",
    columns_of(
        [
            ("replicate", INT, "number of the world, from 1"),
            ("strongest_bits", REAL, "bits of its strongest pair that passes the rule; 0 if none"),
            ("least_false_share", REAL, "the least expected share of false accounts of its groups; 1 if there is none"),
            ("linked", INT, "groups that passed the gate of links"),
            ("leads", INT, "groups that passed the gate of leads"),
        ]
    ),
)

GATED = Table(
    "gated",
    "analysis/gated.parquet",
    "one pair that passed the gate of its group",
    columns_of(
        [
            *_NUMBERED,
            ("cluster_id", TEXT, "its group"),
            ("tier", TEXT, "linked (declared error rate) | lead"),
            (
                "false_share",
                REAL,
                "expected share of false accounts among those of its group as strong as the weaker of the two",
            ),
        ]
    ),
)

PAIRS = Table(
    "pairs",
    "analysis/pairs.parquet",
    "one pair that passed the gate of its group, or that shares much without behavior",
    columns_of(
        [
            *_PAIR,
            ("bits", REAL, "log2 of the average over all sets of families that may link, and volume_bits"),
            ("volume_bits", REAL, "log2 of the share of the error budget that both have (focus)"),
            (
                "probability",
                REAL,
                "1 - expected share of false accounts as strong as its weaker one in its group; null without behavior",
            ),
            ("families", LIST, "families with at least the minimum bits"),
            ("behavior_bits", REAL, "the strongest behavioral family"),
            ("tier", TEXT, "linked (declared error rate) | lead | context (much shared, no behavior)"),
        ]
    ),
)
