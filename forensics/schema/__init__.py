"""The tables all stages agree on: column, type and meaning, one place.

Column names are ECS field names with dots turned into underscores. A table is a set of Parquet files in the
case folder; `Table.path` says where, relative to the case.
"""

from forensics.schema.acquired import EVENTS, LOG_FILES, REJECTS
from forensics.schema.analysis import (
    ACCOUNT_FEATURES,
    ACCOUNT_VALUES,
    ANALYSIS,
    CANDIDATES,
    CLUSTER_MEMBERS,
    CLUSTERS,
    DECOYS,
    EXHIBITS,
    FINDINGS,
    HUBS,
    LINKS,
    PAIRS,
    RARITY,
    REQUESTS,
    SETTINGS,
)
from forensics.schema.base import Column, Table
from forensics.schema.context import ACCOUNTS, CONTEXT, IDENTITIES, INCIDENTS, IP_RANGES, STATEMENTS, TERMS

TABLES = (EVENTS, REJECTS, LOG_FILES, *CONTEXT.values(), *ANALYSIS)

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_FEATURES",
    "ACCOUNT_VALUES",
    "ANALYSIS",
    "CANDIDATES",
    "CLUSTERS",
    "CLUSTER_MEMBERS",
    "CONTEXT",
    "DECOYS",
    "EVENTS",
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
    "SETTINGS",
    "STATEMENTS",
    "TABLES",
    "TERMS",
    "Column",
    "Table",
]
