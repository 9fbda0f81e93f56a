-- How long accounts wait between two requests, in ten bins per decade: clusters against all other accounts.
--
-- reads  requests, cluster_members, clusters
-- grain  one bin of waiting time, microseconds; the first bin holds everything below 10 milliseconds

WITH members AS (  -- accounts of coordinated clusters; of undecided ones where none is coordinated
    SELECT DISTINCT cluster_members.user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
),

edges AS (  -- preferred numbers (ISO 3, R10) from 10 milliseconds to 22 hours
    SELECT mantissa::BIGINT * power AS from_us
    FROM unnest([1000, 1250, 1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000]) AS mantissas(mantissa)
    CROSS JOIN unnest([10, 100, 1000, 10000, 100000, 1000000, 10000000]) AS powers(power)
    UNION ALL
    SELECT 0
),

waits AS (  -- time since the account's request before
    SELECT
        user_id,
        epoch_us(timestamp) - lag(epoch_us(timestamp)) OVER (PARTITION BY user_id ORDER BY timestamp, event_id) AS gap_us
    FROM requests
    WHERE user_id IS NOT NULL
),

placed AS (  -- each wait in its bin
    SELECT edges.from_us, members.user_id IS NOT NULL AS is_member
    FROM (SELECT user_id, gap_us FROM waits WHERE gap_us IS NOT NULL) AS known
    ASOF JOIN edges ON known.gap_us >= edges.from_us
    LEFT JOIN members USING (user_id)
)

SELECT
    edges.from_us,
    lead(edges.from_us) OVER (ORDER BY edges.from_us) AS to_us,
    count(placed.from_us) FILTER (WHERE placed.is_member) AS cluster_gaps,
    count(placed.from_us) FILTER (WHERE NOT placed.is_member) AS other_gaps
FROM edges
LEFT JOIN placed USING (from_us)
GROUP BY edges.from_us
ORDER BY edges.from_us
