-- When each cluster was active: runs of busy minutes.
-- A step that several finding queries read.
--
-- reads   cluster_requests
-- grain   one row per run of a cluster whose verdict is coordinated or undecided

WITH minutes AS (  -- minute by minute, all requests and those for objects
    SELECT
        cluster_id,
        time_bucket(INTERVAL '1 minute', timestamp) AS minute,
        count(*) AS requests,
        min(timestamp) AS first_request,
        max(timestamp) AS last_request,
        count(object_id) AS object_requests,
        min(timestamp) FILTER (WHERE object_id IS NOT NULL) AS first_object,
        max(timestamp) FILTER (WHERE object_id IS NOT NULL) AS last_object
    FROM cluster_requests AS own
    GROUP BY ALL
),

counted AS (  -- only requests for objects count, where a cluster ever makes five in a minute
    SELECT
        cluster_id,
        minute,
        CASE WHEN by_object THEN object_requests ELSE requests END AS requests,
        CASE WHEN by_object THEN first_object ELSE first_request END AS begins,
        CASE WHEN by_object THEN last_object ELSE last_request END AS ends
    FROM (SELECT *, max(object_requests) OVER (PARTITION BY cluster_id) >= 5 AS by_object FROM minutes)
),

busy AS (  -- minutes with five such requests, and the edges: the minutes right before and after
    SELECT cluster_id, minute, requests, begins, ends
    FROM counted
    WHERE requests > 0
    QUALIFY max(requests) OVER (
        PARTITION BY cluster_id ORDER BY minute
        RANGE BETWEEN INTERVAL '1 minute' PRECEDING AND INTERVAL '1 minute' FOLLOWING
    ) >= 5
),

stretches AS (  -- a pause of more than an hour begins a new stretch
    SELECT *, count(*) FILTER (WHERE pause > INTERVAL '1 hour') OVER (PARTITION BY cluster_id ORDER BY minute) AS run
    FROM (SELECT *, minute - lag(minute) OVER (PARTITION BY cluster_id ORDER BY minute) AS pause FROM busy)
)

SELECT  -- runs with less than a tenth of the requests of the largest are everyday use
    cluster_id,
    min(begins) AS begins,
    max(ends) AS ends,
    CAST(sum(requests) AS BIGINT) AS requests,
    count(*) AS busy_minutes
FROM stretches
GROUP BY cluster_id, run
QUALIFY sum(requests) * 10 >= max(sum(requests)) OVER (PARTITION BY cluster_id)
ORDER BY cluster_id, begins
