-- Which account of a cluster used which address range, and how many accounts use the range in total.
--
-- reads  requests, cluster_members, clusters
-- grain  one account and one range, among the 30 busiest accounts and the 24 ranges most of them share

WITH members AS (  -- accounts of coordinated clusters; of undecided ones where none is coordinated
    SELECT cluster_id, user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
),

ranges AS (  -- everybody in each range: how common it is to be there
    SELECT source_range, count(DISTINCT user_id) AS range_accounts
    FROM requests
    WHERE source_range IS NOT NULL
    GROUP BY source_range
),

visits AS (  -- members in ranges
    SELECT cluster_id, user_id, source_range, count(*) AS requests
    FROM requests
    JOIN members USING (user_id)
    WHERE source_range IS NOT NULL
    GROUP BY ALL
),

accounts AS (  -- the busiest first
    SELECT cluster_id, user_id, row_number() OVER (ORDER BY sum(requests) DESC, user_id, cluster_id) AS account_position
    FROM visits
    GROUP BY cluster_id, user_id
),

columns AS (  -- the ranges most members share first
    SELECT
        source_range,
        row_number() OVER (ORDER BY count(DISTINCT user_id) DESC, sum(requests) DESC, source_range) AS range_position
    FROM visits
    GROUP BY source_range
)

SELECT
    visits.cluster_id,
    visits.user_id,
    accounts.account_position,
    visits.source_range,
    columns.range_position,
    visits.requests,
    ranges.range_accounts,
    (SELECT count(*) FROM accounts) AS accounts,
    (SELECT count(*) FROM columns) AS ranges
FROM visits
JOIN accounts USING (cluster_id, user_id)
JOIN columns USING (source_range)
JOIN ranges USING (source_range)
WHERE accounts.account_position <= 30 AND columns.range_position <= 24
ORDER BY accounts.account_position, columns.range_position
