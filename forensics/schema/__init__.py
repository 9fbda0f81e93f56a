"""The tables all stages agree on: column, type and meaning, one place.

Column names are ECS field names with dots turned into underscores. A table is a set of Parquet files in the
case folder; `Table.path` says where, relative to the case.
"""

from forensics.schema.acquired import EVENTS, LOG_FILES, REJECTS
from forensics.schema.base import Column, Table
from forensics.schema.behavior import (
    ACCOUNT_FEATURES,
    ACCOUNT_VALUES,
    ACTIVITY,
    ADDRESSES,
    ENUMERATIONS,
    REQUESTS,
    SETTINGS,
)
from forensics.schema.context import ACCOUNTS, CONTEXT, IDENTITIES, INCIDENTS, IP_RANGES, STATEMENTS, TERMS
from forensics.schema.judging import (
    CLUSTER_MEMBERS,
    CLUSTER_NETWORKS,
    CLUSTER_REQUESTS,
    CLUSTER_RUNS,
    CLUSTERS,
    EXHIBITS,
    FINDINGS,
    TAKEOVERS,
)
from forensics.schema.linking import (
    CANDIDATES,
    DECOYS,
    EVIDENCE,
    HUBS,
    LINKS,
    PAIRS,
    RARITY,
    ROOMS,
    SHARED_VALUES,
    SIGNALS_TABLE,
    SYNCHRONY,
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
    CLUSTER_REQUESTS,
    CLUSTER_RUNS,
    CLUSTER_NETWORKS,
    TAKEOVERS,
    FINDINGS,
    EXHIBITS,
)  # in the order of the steps
TABLES = (EVENTS, REJECTS, LOG_FILES, *CONTEXT.values(), *ANALYSIS)

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_FEATURES",
    "ACCOUNT_VALUES",
    "ACTIVITY",
    "ADDRESSES",
    "ANALYSIS",
    "CANDIDATES",
    "CLUSTERS",
    "CLUSTER_MEMBERS",
    "CLUSTER_NETWORKS",
    "CLUSTER_REQUESTS",
    "CLUSTER_RUNS",
    "CONTEXT",
    "DECOYS",
    "ENUMERATIONS",
    "EVENTS",
    "EVIDENCE",
    "EXHIBITS",
    "FINDINGS",
    "HUBS",
    "IDENTITIES",
    "INCIDENTS",
    "IP_RANGES",
    "LINKS",
    "LOG_FILES",
    "PAIRS",
    "RARITY",
    "REJECTS",
    "REQUESTS",
    "ROOMS",
    "SETTINGS",
    "SHARED_VALUES",
    "SIGNALS_TABLE",
    "STATEMENTS",
    "SYNCHRONY",
    "TABLES",
    "TAKEOVERS",
    "TERMS",
    "Column",
    "Table",
]
