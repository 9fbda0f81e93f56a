-- Requests per hour, or per longer bin where the period has more than 168 hours: clusters against all others.
--
-- reads  requests, cluster_members, clusters
-- grain  one bin of time; bins without a request are rows too

WITH members AS (  -- accounts of coordinated clusters; of undecided ones where none is coordinated
    SELECT DISTINCT cluster_members.user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
),

minutes AS (  -- whole minutes since 1970
    SELECT
        epoch_us(timestamp) // 60000000 AS minute,
        count(*) FILTER (WHERE members.user_id IS NOT NULL) AS cluster_requests,
        count(*) FILTER (WHERE members.user_id IS NULL) AS other_requests
    FROM requests
    LEFT JOIN members USING (user_id)
    GROUP BY ALL
),

width AS (  -- the shortest bin that keeps the drawing readable
    SELECT min(minutes_per_bin) AS minutes_per_bin
    FROM unnest([60, 180, 360, 720, 1440, 10080, 43200, 525600, 52560000]) AS choices(minutes_per_bin)
    WHERE (SELECT max(minute) // minutes_per_bin - min(minute) // minutes_per_bin FROM minutes) < 168
),

bins AS (  -- every bin between the first and the last request
    SELECT unnest(range(min(minute) // min(minutes_per_bin), max(minute) // min(minutes_per_bin) + 1)) AS bin
    FROM minutes, width
),

filled AS (  -- requests per bin
    SELECT minute // minutes_per_bin AS bin, sum(cluster_requests) AS cluster_requests, sum(other_requests) AS other_requests
    FROM minutes, width
    GROUP BY ALL
)

SELECT
    make_timestamptz(bin * minutes_per_bin * 60000000) AS bin_start,
    minutes_per_bin * 60 AS bin_seconds,
    coalesce(cluster_requests, 0)::BIGINT AS cluster_requests,
    coalesce(other_requests, 0)::BIGINT AS other_requests
FROM bins
CROSS JOIN width
LEFT JOIN filled USING (bin)
ORDER BY bin_start
