-- Was an account or key of a cluster used from many places at once?
-- Three ranges in one minute, in five minutes or more: two may be one line with IPv4 and IPv6, or a phone that moves.
-- A step that several finding queries read.
--
-- reads   cluster_requests
-- grain   one row per cluster with a request whose range is logged

WITH ranges AS (  -- each account, by the minute and range
    SELECT
        cluster_id,
        user_id,
        time_bucket(INTERVAL '1 minute', timestamp) AS minute,
        source_range,
        min({'at': timestamp, 'id': event_id}) AS first_event
    FROM cluster_requests AS own
    WHERE source_range IS NOT NULL
    GROUP BY ALL
),

minutes AS (
    SELECT
        cluster_id,
        user_id,
        minute,
        count(*) AS places,
        list(first_event['id'] ORDER BY first_event)[:3] AS ids
    FROM ranges
    GROUP BY ALL
),

used AS (  -- and over all its minutes
    SELECT
        cluster_id,
        user_id,
        count(*) AS minutes,
        count(*) FILTER (WHERE places >= 3) AS minutes_at_once
    FROM minutes
    GROUP BY ALL
),

accounts AS (
    SELECT
        cluster_id,
        count(*) AS accounts_located,
        count(*) FILTER (WHERE minutes_at_once >= 5) AS accounts_at_once,
        CAST(sum(minutes) AS BIGINT) AS minutes_located,
        CAST(sum(minutes_at_once) AS BIGINT) AS minutes_at_once
    FROM used
    GROUP BY ALL
),

most AS (  -- the minute with the most ranges, the first among equals
    SELECT cluster_id, user_id, minute, places, ids
    FROM minutes
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY places DESC, minute, user_id) = 1
)

SELECT
    accounts.*,
    most.places AS most_places,
    most.minute AS most_places_at,
    most.user_id AS most_places_user_id,
    most.ids AS most_places_ids
FROM accounts
JOIN most USING (cluster_id)
ORDER BY cluster_id
