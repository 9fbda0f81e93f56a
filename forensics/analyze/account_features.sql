-- What each account did and who it says it is.
--
-- reads   requests, accounts
-- grain   one row per canonical account with at least one event

WITH gaps AS (  -- time since the account's request before; those of one moment have the same gaps in any order
    SELECT
        user_id,
        epoch_us(timestamp) - lag(epoch_us(timestamp)) OVER (
            PARTITION BY user_id ORDER BY timestamp
        ) AS gap_us
    FROM requests
    WHERE user_id IS NOT NULL
),

medians AS (
    SELECT user_id, quantile_disc(gap_us, 0.5) AS gap_median_us FROM gaps WHERE gap_us IS NOT NULL GROUP BY ALL
),

spreads AS (  -- median absolute deviation: one long pause does not move it
    SELECT gaps.user_id, quantile_disc(abs(gaps.gap_us - medians.gap_median_us), 0.5) AS gap_mad_us
    FROM gaps JOIN medians USING (user_id)
    WHERE gaps.gap_us IS NOT NULL
    GROUP BY ALL
),

minutes AS (
    SELECT user_id, max(requests_in_minute) AS peak_minute
    FROM (
        SELECT user_id, count(*) AS requests_in_minute
        FROM requests
        WHERE user_id IS NOT NULL
        GROUP BY user_id, time_bucket(INTERVAL '1 minute', timestamp)
    )
    GROUP BY ALL
),

day_hours AS (
    SELECT user_id, hour(timestamp) AS hour_of_day, count(*) AS requests_in_hour
    FROM requests WHERE user_id IS NOT NULL GROUP BY ALL
),

entropies AS (  -- summed in the order of the hours, so that the last digit never changes
    SELECT
        user_id,
        round(list_sum(list(-share * ln(share) ORDER BY hour_of_day)) / ln(24), 6) AS hour_entropy
    FROM (
        SELECT user_id, hour_of_day, requests_in_hour / sum(requests_in_hour) OVER (PARTITION BY user_id) AS share
        FROM day_hours
    )
    GROUP BY ALL
),

totals AS (
    SELECT
        user_id,
        min(organization_id) AS logged_organization_id,
        count(*) AS events,
        min(timestamp) AS first_seen,
        max(timestamp) AS last_seen,
        count(DISTINCT CAST(timestamp AS DATE)) AS active_days,
        count(DISTINCT time_bucket(INTERVAL '1 hour', timestamp)) AS active_hours,
        count(DISTINCT source_ip) AS addresses,
        count(DISTINCT source_range) AS ranges,
        count(DISTINCT object_id) AS objects,
        count(object_id) AS object_requests,
        count(*) FILTER (http_response_status_code BETWEEN 400 AND 499) AS errors_4xx,
        count(*) FILTER (http_response_status_code BETWEEN 500 AND 599) AS errors_5xx,
        CAST(coalesce(sum(response_bytes), 0) AS BIGINT) AS response_bytes,
        CAST(sum(gen_ai_usage_input_tokens) AS BIGINT) AS input_tokens,
        CAST(sum(gen_ai_usage_output_tokens) AS BIGINT) AS output_tokens
    FROM requests
    WHERE user_id IS NOT NULL
    GROUP BY ALL
)

SELECT
    totals.user_id,
    coalesce(accounts.organization_id, totals.logged_organization_id) AS organization_id,
    accounts.organization_name,
    accounts.email_domain,
    accounts.plan,
    accounts.channel,
    accounts.created_at,
    accounts.payment_fingerprint,
    accounts.phone_fingerprint,
    accounts.device_fingerprint,
    totals.* EXCLUDE (user_id, logged_organization_id),
    medians.gap_median_us,
    spreads.gap_mad_us,
    minutes.peak_minute,
    entropies.hour_entropy
FROM totals
LEFT JOIN accounts USING (user_id)
LEFT JOIN medians USING (user_id)
LEFT JOIN spreads USING (user_id)
LEFT JOIN minutes USING (user_id)
LEFT JOIN entropies USING (user_id)
ORDER BY totals.user_id
