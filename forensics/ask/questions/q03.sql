-- What is normal: requests, failures and accounts by weekday and hour (UTC).
--
-- reads   requests
-- grain   one row per weekday and hour of the day

WITH hours AS (
    SELECT
        time_bucket(INTERVAL '1 hour', timestamp) AS hour,
        count(*) AS requests,
        count(DISTINCT user_id) AS accounts,
        count(*) FILTER (WHERE http_response_status_code BETWEEN 500 AND 599) AS failures
    FROM requests
    GROUP BY ALL
)

SELECT
    isodow(hour) AS weekday,
    hour(hour) AS hour_of_day,
    count(*) AS hours_seen,
    quantile_disc(requests, 0.5) AS median_requests,
    max(requests) AS most_requests,
    quantile_disc(accounts, 0.5) AS median_accounts,
    quantile_disc(failures, 0.5) AS median_failures,
    max(max(requests)) OVER () AS busiest_hour
FROM hours
GROUP BY ALL
ORDER BY weekday, hour_of_day
