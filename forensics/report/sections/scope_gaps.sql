-- Stretches of whole hours (UTC) without any event, between the first and the last event, the longest first.
--
-- reads  requests
-- grain  one stretch of empty hours

WITH busy AS (  -- hours with at least one event
    SELECT DISTINCT epoch_us(timestamp) // 3600000000 AS hour
    FROM requests
),

steps AS (  -- each busy hour and the one after it
    SELECT hour, lead(hour) OVER (ORDER BY hour) AS next_hour
    FROM busy
)

SELECT
    make_timestamptz((hour + 1) * 3600000000) AS from_time,
    make_timestamptz(next_hour * 3600000000) AS to_time,
    next_hour - hour - 1 AS hours
FROM steps
WHERE next_hour > hour + 1
ORDER BY hours DESC, hour
