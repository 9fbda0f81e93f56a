"""SynchroTrap: Cao et al., "Uncovering Large Groups of Active Malicious Accounts in Online Social Networks", CCS 2014.

Two actions match if their constraint object is one and their times lie in one window; accounts whose sets of
(object, window) have a Jaccard similarity over the threshold are joined, and components are the groups.
"""

import duckdb
import polars as pl

from tests.bench.baselines.graph import components

_MOST = 400  # accounts of one object and hour; the paper, too, leaves out objects that everybody uses


def synchro_trap(con: duckdb.DuckDBPyConnection, column: str, least: float) -> pl.DataFrame:
    """Return groups by the similarity of (object, hour); `column` is `source_ip` or `url_path` (items only)."""
    thing = con.sql(
        "SELECT user_id, source_ip AS thing, timestamp FROM events"
        if column == "source_ip"
        else "SELECT user_id, url_path AS thing, timestamp FROM events WHERE url_path LIKE '/v1/items/%'"
    )
    thing.create_view("things", replace=True)
    edges = con.sql(
        """WITH seen AS (SELECT DISTINCT user_id, thing, time_bucket(INTERVAL 1 HOUR, timestamp) AS slot FROM things),
        usable AS (
            SELECT *, count(*) OVER (PARTITION BY thing, slot) AS many, count(*) OVER (PARTITION BY user_id) AS acts
            FROM seen
        ),
        few AS (SELECT * FROM usable WHERE many BETWEEN 2 AND $most)
        SELECT x.user_id AS a, y.user_id AS b
        FROM few AS x JOIN few AS y ON x.thing = y.thing AND x.slot = y.slot AND x.user_id < y.user_id
        GROUP BY a, b, x.acts, y.acts
        HAVING count(*) >= 3 AND count(*) / (x.acts + y.acts - count(*)) >= $least ORDER BY a, b""",
        params={"most": _MOST, "least": least},
    )
    return components(pl.DataFrame(pl.from_arrow(edges.to_arrow_table())))
