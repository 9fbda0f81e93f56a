"""Splink 5 itself (Linacre et al. 2022, moj-analytical-services/splink), in a virtual environment of its own.

One row per account: its commonest address, range, client and fingerprint, and what the table of accounts says.
Exact matches with term frequencies, u by random pairs, m by EM, its own connected components: its documented defaults.
"""

from pathlib import Path

import duckdb
import polars as pl

from tests.bench.running import process

_SCRIPT = Path(__file__).with_name("splink_accounts.py")
_ROWS = """
SELECT user_id AS unique_id, e.*, a.email_domain, a.organization_id, a.payment_fingerprint, a.phone_fingerprint,
    a.device_fingerprint
FROM (
    SELECT user_id, mode(source_ip) AS source_ip, mode(source_range) AS source_range,
        mode(user_agent_original) AS agent, mode(tls_client_ja4) AS ja4
    FROM events GROUP BY user_id
) AS e LEFT JOIN accounts AS a USING (user_id) ORDER BY user_id
"""


def clusters(python: str, con: duckdb.DuckDBPyConnection, folder: Path, threshold: float) -> pl.DataFrame:
    """Return Splink's clusters of two accounts and more at this match probability."""
    rows, found = folder / "rows.parquet", folder / f"splink-{threshold}.parquet"
    con.sql(_ROWS).write_parquet(str(rows))
    process([python, str(_SCRIPT), str(rows), str(found), str(threshold)])
    held = pl.read_parquet(found).select("cluster_id", user_id="unique_id")
    return held.filter(pl.len().over("cluster_id") > 1)
