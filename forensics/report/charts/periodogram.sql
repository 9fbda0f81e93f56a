-- Ticks of the busiest account of each cluster in its busiest hour: how many requests in each tenth of a second.
--
-- reads  requests, cluster_members, clusters
-- grain  one tenth of a second with a request, counted from the beginning of the hour

WITH members AS (  -- accounts of clusters a person has to look at
    SELECT cluster_members.cluster_id, cluster_members.user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict IN ('coordinated', 'undecided')
),

hours AS (  -- requests of each member per hour
    SELECT members.cluster_id, requests.user_id, epoch_us(timestamp) // 3600000000 AS hour, count(*) AS requests
    FROM requests
    JOIN members USING (user_id)
    GROUP BY ALL
),

busiest AS (  -- one account and one hour per cluster
    SELECT cluster_id, user_id, hour, requests
    FROM hours
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY requests DESC, user_id, hour) = 1
)

SELECT
    busiest.cluster_id,
    busiest.user_id,
    make_timestamptz(busiest.hour * 3600000000) AS hour_start,
    (epoch_us(requests.timestamp) - busiest.hour * 3600000000) // 100000 AS tick,
    count(*) AS requests
FROM requests
JOIN busiest USING (user_id)
WHERE epoch_us(requests.timestamp) // 3600000000 = busiest.hour
GROUP BY ALL
ORDER BY busiest.cluster_id, tick
