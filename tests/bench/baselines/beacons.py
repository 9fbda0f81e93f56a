"""RITA v5 (activecm/rita, analysis/beacons.go): how regular is the traffic of one account?

The score of times is (1 - |Bowley skew| + (median - MAD) / median) / 2 over the gaps, that of sizes the same over
response bytes, here averaged (RITA adds histogram and duration). RITA scores one pair of hosts and groups nothing:
grouping accounts by the period of their beacon, in steps of 2 %, is ours.
"""

import duckdb
import polars as pl

_SCORES = """
WITH gaps AS (
    SELECT user_id, epoch(timestamp) - lag(epoch(timestamp)) OVER (PARTITION BY user_id ORDER BY timestamp) AS gap,
        coalesce(http_response_body_bytes, 0)::DOUBLE AS size
    FROM events WHERE user_id IS NOT NULL
),
spread AS (
    SELECT user_id, quantile_cont(gap, [0.25, 0.5, 0.75]) AS g, mad(gap) AS g_mad,
        quantile_cont(size, [0.25, 0.5, 0.75]) AS s, mad(size) AS s_mad
    FROM gaps WHERE gap > 0 GROUP BY user_id HAVING count(*) >= 4
),
scored AS (
    SELECT user_id, g[2] AS period,
        1 - abs(if(g[3] - g[1] < 10 OR g[2] IN (g[1], g[3]), 0, (g[1] + g[3] - 2 * g[2]) / (g[3] - g[1]))) AS g_skew,
        greatest(0, (g[2] - g_mad) / g[2]) AS g_even,
        1 - abs(if(s[3] - s[1] < 10 OR s[2] IN (s[1], s[3]), 0, (s[1] + s[3] - 2 * s[2]) / (s[3] - s[1]))) AS s_skew,
        greatest(0, (s[2] - s_mad) / greatest(s[2], 1)) AS s_even
    FROM spread
),
beacons AS (
    SELECT user_id, round(ln(greatest(period, 1)) / ln(1.02)) AS step FROM scored
    WHERE (g_skew + g_even + s_skew + s_even) / 4 >= $least
)
SELECT step::BIGINT::VARCHAR AS cluster_id, user_id FROM beacons
WHERE step IN (SELECT step FROM beacons GROUP BY step HAVING count(*) >= 2) ORDER BY user_id
"""


def rita(con: duckdb.DuckDBPyConnection, least: float) -> pl.DataFrame:
    """Return accounts that score as beacons, grouped by their period."""
    return pl.DataFrame(pl.from_arrow(con.sql(_SCORES, params={"least": least}).to_arrow_table()))
