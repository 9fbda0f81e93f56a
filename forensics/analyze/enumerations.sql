-- Accounts that walk through ids in order: at least 50 objects, 9 of 10 steps in one direction.
-- Under no order a step rises with chance 1/2, so 45 of 50 happen with chance 2e-9 per account (binomial).
--
-- reads   requests
-- grain   one row per account and kind of object

WITH visits AS (  -- the segment before the last id names the kind of object, whatever is asked of it
    SELECT
        user_id,
        coalesce(nullif(regexp_extract(template, '([^/ {}]+)/[{]id[}][^{}]*$', 1), ''), template) AS space,
        object_id,
        timestamp,
        object_id - lag(object_id) OVER (
            PARTITION BY user_id, space ORDER BY timestamp, content_sha256, log_offset
        ) AS step
    FROM requests
    WHERE user_id IS NOT NULL AND object_id IS NOT NULL AND http_request_method IN ('GET', 'HEAD')
),

walks AS (
    SELECT
        user_id,
        space,
        count(DISTINCT object_id) AS objects,
        count(*) FILTER (step <> 0) AS steps,
        count(*) FILTER (step > 0) AS rising_steps,
        min(object_id) AS first_id,
        max(object_id) AS last_id,
        min(timestamp) AS first_seen,
        max(timestamp) AS last_seen
    FROM visits
    GROUP BY ALL
)

SELECT *
FROM walks
WHERE objects >= 50 AND steps >= 50 AND greatest(rising_steps, steps - rising_steps) * 10 >= steps * 9
ORDER BY user_id, space
