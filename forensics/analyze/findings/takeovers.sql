-- Was an account used, while its cluster was active, from networks it had never used before?
-- A step that several finding queries read.
--
-- reads   cluster_requests, cluster_runs
-- grain   one row per cluster with a run

WITH known AS (  -- the networks each account used before its cluster became active
    SELECT own.cluster_id, own.user_id, own.source_range, max({'at': own.timestamp, 'id': own.event_id}) AS last_event
    FROM cluster_requests AS own
    JOIN (SELECT cluster_id, min(begins) AS begins FROM cluster_runs GROUP BY ALL) AS activity USING (cluster_id)
    WHERE own.timestamp < activity.begins AND own.source_range IS NOT NULL
    GROUP BY ALL
),

histories AS (
    SELECT cluster_id, user_id, max(last_event) AS last_event FROM known GROUP BY ALL
),

compared AS (  -- requests inside the runs beside what the same account used before
    SELECT
        own.cluster_id,
        own.user_id,
        histories.last_event,
        histories.user_id IS NOT NULL AS has_history,
        histories.user_id IS NOT NULL AND known.user_id IS NULL AS is_new,
        {'at': own.timestamp, 'id': own.event_id} AS event
    FROM cluster_requests AS own
    JOIN cluster_runs AS runs ON runs.cluster_id = own.cluster_id AND own.timestamp BETWEEN runs.begins AND runs.ends
    LEFT JOIN histories ON histories.cluster_id = own.cluster_id AND histories.user_id = own.user_id
    LEFT JOIN known
        ON known.cluster_id = own.cluster_id AND known.user_id = own.user_id AND known.source_range = own.source_range
    WHERE own.source_range IS NOT NULL
)

SELECT
    cluster_id,
    count(DISTINCT user_id) AS accounts_active,
    count(DISTINCT user_id) FILTER (WHERE has_history) AS accounts_with_history,
    count(DISTINCT user_id) FILTER (WHERE is_new) AS accounts_new_networks,
    count(*) FILTER (WHERE has_history) AS requests_compared,
    count(*) FILTER (WHERE is_new) AS requests_new_networks,
    min(last_event)['id'] AS last_before_id,
    min(event) FILTER (WHERE is_new)['id'] AS first_new_id,
    max(event) FILTER (WHERE is_new)['id'] AS last_new_id
FROM compared
GROUP BY ALL
ORDER BY cluster_id
