"""CooRTweet: Righetti and Balluff, `detect_groups` and `generate_coordinated_network` of CooRTweet 2.1.

Two accounts that share an object within a time window, at least `min_participation` = 2 times, are joined; edges
above a quantile of the weights stay. Objects are items and prompts here, as posts and links are there.
"""

import duckdb
import polars as pl

from tests.bench.baselines.graph import components

_MOST = 2000  # requests for one object; the original has no such limit and runs out of memory instead


def coor_tweet(con: duckdb.DuckDBPyConnection, window: int, quantile: float) -> pl.DataFrame:
    """Return components of accounts that share objects within so many seconds, above a quantile of the weights."""
    edges = con.sql(
        """WITH shares AS (
            SELECT user_id, coalesce(gen_ai_prompt_hash, url_path) AS thing, epoch(timestamp) AS second,
                count(*) OVER (PARTITION BY coalesce(gen_ai_prompt_hash, url_path)) AS many
            FROM events WHERE gen_ai_prompt_hash IS NOT NULL OR url_path LIKE '/v1/items/%'
        ),
        few AS (SELECT * FROM shares WHERE many BETWEEN 2 AND $most),
        weighted AS (
            SELECT x.user_id AS a, y.user_id AS b, count(DISTINCT x.thing) AS weight
            FROM few AS x JOIN few AS y
            ON x.thing = y.thing AND x.user_id < y.user_id
                AND y.second BETWEEN x.second - $window AND x.second + $window
            GROUP BY ALL HAVING count(*) >= 2
        )
        SELECT a, b FROM weighted WHERE weight >= (SELECT quantile_cont(weight, $quantile) FROM weighted)
        ORDER BY a, b""",
        params={"most": _MOST, "window": window, "quantile": quantile},
    )
    return components(pl.DataFrame(pl.from_arrow(edges.to_arrow_table())))
