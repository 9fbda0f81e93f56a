"""The tables all stages agree on: column, type and meaning, one place.

Column names are ECS field names with dots turned into underscores. A table is a set of Parquet files in the
case folder; `Table.path` says where, relative to the case.
"""

from forensics.schema.acquired import EVENTS, LOG_FILES, REJECTS
from forensics.schema.analysis import (
    ACCOUNT_FEATURES,
    ACCOUNT_VALUES,
    ACTIVITY,
    ADDRESSES,
    ANALYSIS,
    CANDIDATES,
    CLUSTER_MEMBERS,
    CLUSTERS,
    DECOYS,
    ENUMERATIONS,
    EVIDENCE,
    EXHIBITS,
    FINDINGS,
    HUBS,
    LINKS,
    PAIRS,
    RARITY,
    REQUESTS,
    ROOMS,
    SETTINGS,
    SHARED_VALUES,
    SIGNALS_TABLE,
    SYNCHRONY,
)
from forensics.schema.base import Column, Table
from forensics.schema.context import ACCOUNTS, CONTEXT, IDENTITIES, INCIDENTS, IP_RANGES, STATEMENTS, TERMS

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
    "TERMS",
    "Column",
    "Table",
]
