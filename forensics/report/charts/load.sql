-- Load and errors around each outage: requests of clusters and of others, server errors of others alone.
--
-- reads  requests, incidents, cluster_members, clusters
-- grain  one outage (the first three) and one bin of time, from 6 hours before onset to 2 hours after recovery

WITH members AS (  -- accounts of coordinated clusters; of undecided ones where none is coordinated
    SELECT DISTINCT cluster_members.user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
),

outages AS (  -- an open outage ends with the data
    SELECT
        incident_id,
        epoch_us(started_at) // 60000000 AS started,
        coalesce(epoch_us(ended_at) // 60000000, (SELECT max(epoch_us(timestamp)) // 60000000 FROM requests)) AS ended
    FROM incidents
    WHERE kind = 'outage'
    QUALIFY row_number() OVER (ORDER BY started_at, incident_id) <= 3
),

widths AS (  -- the shortest bin, in minutes, that keeps the drawing readable
    SELECT incident_id, started, ended, min(minutes_per_bin) AS minutes_per_bin
    FROM outages
    CROSS JOIN unnest([1, 5, 15, 30, 60, 180, 360, 1440, 10080, 525600]) AS choices(minutes_per_bin)
    WHERE (ended + 120) // minutes_per_bin - (started - 360) // minutes_per_bin < 168
    GROUP BY ALL
),

minutes AS (  -- requests per whole minute
    SELECT
        epoch_us(timestamp) // 60000000 AS minute,
        count(*) FILTER (WHERE members.user_id IS NOT NULL) AS cluster_requests,
        count(*) FILTER (WHERE members.user_id IS NULL) AS other_requests,
        count(*) FILTER (WHERE members.user_id IS NOT NULL AND http_response_status_code >= 500) AS cluster_errors,
        count(*) FILTER (WHERE members.user_id IS NULL AND http_response_status_code >= 500) AS other_errors
    FROM requests
    LEFT JOIN members USING (user_id)
    GROUP BY ALL
),

calm AS (  -- the highest load of a bin before onset in which fewer than one request in a hundred failed
    SELECT incident_id, max(requests) AS calm_requests
    FROM (
        SELECT
            incident_id,
            minute // minutes_per_bin AS bin,
            sum(cluster_requests + other_requests) AS requests,
            sum(cluster_errors + other_errors) AS errors
        FROM widths
        JOIN minutes ON minute < started
        GROUP BY ALL
    )
    WHERE errors * 100 < requests
    GROUP BY incident_id
),

bins AS (  -- every bin of every window
    SELECT
        incident_id,
        minutes_per_bin,
        unnest(range((started - 360) // minutes_per_bin, (ended + 120) // minutes_per_bin + 1)) AS bin
    FROM widths
),

filled AS (  -- requests per bin
    SELECT
        incident_id,
        minute // minutes_per_bin AS bin,
        sum(cluster_requests) AS cluster_requests,
        sum(other_requests) AS other_requests,
        sum(cluster_errors) AS cluster_errors,
        sum(other_errors) AS other_errors
    FROM widths
    JOIN minutes
        ON minute // minutes_per_bin BETWEEN (started - 360) // minutes_per_bin AND (ended + 120) // minutes_per_bin
    GROUP BY ALL
)

SELECT
    incident_id,
    make_timestamptz(bin * minutes_per_bin * 60000000) AS bin_start,
    minutes_per_bin * 60 AS bin_seconds,
    coalesce(cluster_requests, 0)::BIGINT AS cluster_requests,
    coalesce(other_requests, 0)::BIGINT AS other_requests,
    coalesce(cluster_errors, 0)::BIGINT AS cluster_errors,
    coalesce(other_errors, 0)::BIGINT AS other_errors,
    calm.calm_requests::BIGINT AS calm_requests
FROM bins
LEFT JOIN filled USING (incident_id, bin)
LEFT JOIN calm USING (incident_id)
ORDER BY incident_id, bin_start
