-- When two accounts never ask for anything, hour by hour of the day (UTC), and how many others do not either.
-- A rest is the longest run of hours without a request, of accounts with 50 requests on seven days or more; below five
-- hours it is none. No weight is given to it: people of one zone sleep alike (docs/method.md).
--
-- reads   requests
-- params  $a, $b
-- grain   one row; none where one of the two cannot be judged

WITH judged AS MATERIALIZED (
    SELECT user_id, count(DISTINCT CAST(timestamp AS DATE)) AS active_days
    FROM requests
    WHERE user_id IS NOT NULL
    GROUP BY user_id
    HAVING count(*) >= 50 AND active_days >= 7
),

active AS MATERIALIZED (
    SELECT DISTINCT requests.user_id, hour(requests.timestamp) AS hour_of_day
    FROM requests SEMI JOIN judged USING (user_id)
),

pauses AS (
    SELECT
        user_id,
        (hour_of_day + 1) % 24 AS rests_from,
        coalesce(lead(hour_of_day) OVER day, first_value(hour_of_day) OVER day + 24) - hour_of_day - 1 AS rest_hours
    FROM active
    WHERE user_id IN ($a, $b)
    WINDOW day AS (PARTITION BY user_id ORDER BY hour_of_day)
),

rests AS (
    SELECT * FROM pauses
    WHERE rest_hours >= 5
    QUALIFY row_number() OVER (PARTITION BY user_id ORDER BY rest_hours DESC, rests_from) = 1
),

together AS (
    SELECT
        of_a.rests_from AS a_from,
        of_a.rest_hours AS a_hours,
        of_b.rests_from AS b_from,
        of_b.rest_hours AS b_hours,
        list_filter(range(24), lambda hour_of_day:
            (hour_of_day - of_a.rests_from + 24) % 24 < of_a.rest_hours
            AND (hour_of_day - of_b.rests_from + 24) % 24 < of_b.rest_hours
        ) AS common
    FROM rests AS of_a JOIN rests AS of_b ON of_a.user_id = $a AND of_b.user_id = $b
),

awake AS (  -- accounts with a request in an hour in which neither of the two has one
    SELECT DISTINCT active.user_id FROM active CROSS JOIN together WHERE list_contains(together.common, active.hour_of_day)
)

SELECT
    together.* EXCLUDE (common),
    len(together.common) AS common_hours,
    (SELECT count(*) FROM judged) AS judged,
    (SELECT count(*) FROM judged ANTI JOIN awake USING (user_id)) AS alike
FROM together
ORDER BY common_hours
