"""Methods that know accounts and addresses only.

Components of shared addresses: the naive graph of every tutorial. EvilCohort: Stringhini et al., "EvilCohort:
Detecting Communities of Malicious Accounts on Online Services", USENIX Security 2015: accounts are joined by the
number of addresses they share, edges below a threshold are dropped, communities are found by modularity.
"""

import duckdb
import polars as pl

from tests.bench.baselines.graph import communities
from tests.bench.baselines.graph import components as joined

_FEW = """
WITH shown AS (SELECT DISTINCT user_id, source_ip FROM events WHERE user_id IS NOT NULL AND source_ip IS NOT NULL),
few AS (SELECT source_ip, min(user_id) AS first FROM shown GROUP BY source_ip HAVING count(*) BETWEEN 2 AND $most)
SELECT first AS a, user_id AS b FROM few JOIN shown USING (source_ip) WHERE first <> user_id ORDER BY a, b
"""
_WEIGHTS = """
WITH shown AS (SELECT DISTINCT user_id, source_ip FROM events WHERE user_id IS NOT NULL AND source_ip IS NOT NULL)
SELECT x.user_id AS a, y.user_id AS b, count(*) AS weight
FROM shown AS x JOIN shown AS y ON x.source_ip = y.source_ip AND x.user_id < y.user_id
GROUP BY ALL HAVING count(*) >= $least ORDER BY a, b
"""


def components(con: duckdb.DuckDBPyConnection, most: int) -> pl.DataFrame:
    """Return components of accounts that show one address, of addresses that at most so many show."""
    return joined(pl.DataFrame(pl.from_arrow(con.sql(_FEW, params={"most": most}).to_arrow_table())))


def evil_cohort(con: duckdb.DuckDBPyConnection, least: int) -> pl.DataFrame:
    """Return communities of accounts that share at least so many addresses."""
    return communities(pl.DataFrame(pl.from_arrow(con.sql(_WEIGHTS, params={"least": least}).to_arrow_table())))
