-- When each account of a cluster was active: requests per minute, or per longer bin where there are more than 168.
--
-- reads  requests, cluster_members, clusters
-- grain  one account and one bin; accounts after the 60 busiest are one row per bin with user_id null

WITH members AS (  -- accounts of coordinated clusters; of undecided ones where none is coordinated
    SELECT cluster_id, user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
),

minutes AS (  -- requests of each member per whole minute
    SELECT cluster_id, user_id, epoch_us(timestamp) // 60000000 AS minute, count(*) AS requests
    FROM requests
    JOIN members USING (user_id)
    GROUP BY ALL
),

width AS (  -- the shortest bin that keeps the drawing readable
    SELECT min(minutes_per_bin) AS minutes_per_bin
    FROM unnest([1, 5, 15, 60, 180, 360, 720, 1440, 10080, 43200, 525600, 52560000]) AS choices(minutes_per_bin)
    WHERE (SELECT max(minute) // minutes_per_bin - min(minute) // minutes_per_bin FROM minutes) < 168
),

ranked AS (  -- clusters by load, accounts by load within them
    SELECT
        cluster_id,
        user_id,
        row_number() OVER (ORDER BY cluster_requests DESC, cluster_id, requests DESC, user_id) AS position
    FROM (
        SELECT
            cluster_id,
            user_id,
            sum(requests) AS requests,
            sum(sum(requests)) OVER (PARTITION BY cluster_id) AS cluster_requests
        FROM minutes
        GROUP BY cluster_id, user_id
    )
)

SELECT
    CASE WHEN position <= 60 THEN cluster_id END AS cluster_id,
    CASE WHEN position <= 60 THEN user_id END AS user_id,
    least(position, 61) AS position,
    make_timestamptz((minute // minutes_per_bin) * minutes_per_bin * 60000000) AS bin_start,
    minutes_per_bin * 60 AS bin_seconds,
    sum(requests)::BIGINT AS requests,
    count(DISTINCT user_id) AS accounts,
    (SELECT count(*) FROM ranked) AS members
FROM minutes
JOIN ranked USING (cluster_id, user_id)
CROSS JOIN width
GROUP BY ALL
ORDER BY position, bin_start, cluster_id, user_id
