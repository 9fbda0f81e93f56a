-- Whether traffic moved within a day of a launch.
--
-- reads   incidents, requests, cluster_requests
-- grain   one row per launch and cluster, everybody first

WITH launches AS (
    SELECT incident_id, started_at FROM incidents WHERE kind = 'launch' AND started_at IS NOT NULL
),

everybody AS (
    SELECT '' AS cluster_id, timestamp FROM requests
    UNION ALL
    SELECT cluster_id, timestamp FROM cluster_requests
)

SELECT
    launches.incident_id,
    launches.started_at,
    coalesce(nullif(everybody.cluster_id, ''), 'everybody') AS who,
    count(*) FILTER (WHERE everybody.timestamp < launches.started_at) AS day_before,
    count(*) FILTER (WHERE everybody.timestamp >= launches.started_at) AS day_after
FROM launches
JOIN everybody
    ON everybody.timestamp >= launches.started_at - INTERVAL '24 hours'
    AND everybody.timestamp < launches.started_at + INTERVAL '24 hours'
GROUP BY launches.incident_id, launches.started_at, everybody.cluster_id
ORDER BY launches.started_at, launches.incident_id, everybody.cluster_id
