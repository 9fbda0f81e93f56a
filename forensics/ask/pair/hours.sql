-- Whether two accounts were there at the same time, and from the same places.
--
-- reads   requests
-- params  $a, $b
-- grain   one row

WITH own AS MATERIALIZED (
    SELECT
        user_id = $a AS is_a,
        time_bucket(INTERVAL '1 hour', timestamp) AS hour,
        time_bucket(INTERVAL '1 minute', timestamp) AS minute,
        source_ip
    FROM requests
    WHERE user_id IN ($a, $b)
),

hours AS (
    SELECT hour, bool_or(is_a) AND bool_or(NOT is_a) AS has_both FROM own GROUP BY hour
),

places AS (
    SELECT hour, source_ip, bool_or(is_a) AND bool_or(NOT is_a) AS has_both
    FROM own
    WHERE source_ip IS NOT NULL
    GROUP BY hour, source_ip
),

minutes AS (
    SELECT minute, bool_or(is_a) AND bool_or(NOT is_a) AS has_both FROM own GROUP BY minute
)

SELECT
    (SELECT count(*) FROM hours WHERE has_both) AS hours_both,
    (SELECT count(DISTINCT hour) FROM places WHERE has_both) AS hours_same_address,
    (SELECT count(*) FROM minutes WHERE has_both) AS minutes_both,
    (SELECT count(DISTINCT minute) FROM own WHERE is_a) AS minutes_a,
    (SELECT count(DISTINCT minute) FROM own WHERE NOT is_a) AS minutes_b
ORDER BY hours_both
