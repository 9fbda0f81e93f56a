-- Requests per channel over time: those of clusters and all others, in at most 48 bins.
--
-- reads  requests, account_features, cluster_members, clusters
-- grain  one channel and one bin of time with a request; the six busiest channels

WITH members AS (  -- accounts of coordinated clusters; of undecided ones where none is coordinated
    SELECT DISTINCT cluster_members.user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
),

hours AS (  -- requests per whole hour and channel
    SELECT
        CASE WHEN requests.user_id IS NULL THEN 'no account' ELSE coalesce(account_features.channel, 'unknown') END
            AS channel,
        epoch_us(timestamp) // 3600000000 AS hour,
        count(*) FILTER (WHERE members.user_id IS NOT NULL) AS cluster_requests,
        count(*) FILTER (WHERE members.user_id IS NULL) AS other_requests,
    FROM requests
    LEFT JOIN account_features USING (user_id)
    LEFT JOIN members USING (user_id)
    GROUP BY ALL
),

width AS (  -- the shortest bin, in hours, that keeps the drawing readable
    SELECT min(hours_per_bin) AS hours_per_bin
    FROM unnest([1, 3, 6, 12, 24, 168, 720, 8760, 876000]) AS choices(hours_per_bin)
    WHERE (SELECT max(hour) // hours_per_bin - min(hour) // hours_per_bin FROM hours) < 48
),

ranked AS (
    SELECT channel, row_number() OVER (ORDER BY sum(cluster_requests) DESC, sum(other_requests) DESC, channel) AS position
    FROM hours
    GROUP BY channel
)

SELECT
    ranked.position,
    channel,
    make_timestamptz((hour // hours_per_bin) * hours_per_bin * 3600000000) AS bin_start,
    hours_per_bin * 3600 AS bin_seconds,
    sum(cluster_requests)::BIGINT AS cluster_requests,
    sum(other_requests)::BIGINT AS other_requests,
    (SELECT count(channel) FROM account_features) AS known,
    (SELECT count(*) FROM ranked) AS channels
FROM hours
JOIN ranked USING (channel)
CROSS JOIN width
WHERE ranked.position <= 6
GROUP BY ALL
ORDER BY ranked.position, bin_start
