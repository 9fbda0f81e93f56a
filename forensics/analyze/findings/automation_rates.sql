-- How fast, how long without a rest, how regularly, and how deaf to refusals: accounts, and clusters as one operator.
-- A step that several finding queries read. Rates are counted by the minute, rests by the clock hour.
--
-- reads   requests, cluster_members, clusters, account_features, policy
-- grain   one row per cluster findings name, per member of one, and per other account for which a measure holds

WITH named AS (  -- clusters findings speak about, and those that are authorized and named as such
    SELECT cluster_members.cluster_id, cluster_members.user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict IN ('coordinated', 'undecided', 'authorized_automation')
),

account_minutes AS MATERIALIZED (
    SELECT user_id, time_bucket(INTERVAL '1 minute', timestamp) AS minute, count(*) AS requests
    FROM requests
    WHERE user_id IS NOT NULL
    GROUP BY ALL
),

minutes AS MATERIALIZED (  -- of each account, and of each cluster taken as one operator
    SELECT CAST(NULL AS VARCHAR) AS cluster_id, user_id, minute, requests FROM account_minutes
    UNION ALL
    SELECT named.cluster_id, NULL, minute, CAST(sum(requests) AS BIGINT)
    FROM account_minutes JOIN named USING (user_id)
    GROUP BY ALL
),

rates AS (
    SELECT
        cluster_id,
        user_id,
        CAST(sum(requests) AS BIGINT) AS requests,
        max(requests) AS peak_minute,
        min(minute) FILTER (WHERE requests >= policy.aggressive_requests_per_minute) AS fast_from,
        max(minute) FILTER (WHERE requests >= policy.aggressive_requests_per_minute) AS fast_until,
        count(*) FILTER (WHERE requests >= policy.aggressive_requests_per_minute) AS fast_minutes,
        CAST(coalesce(sum(requests) FILTER (WHERE requests >= policy.aggressive_requests_per_minute), 0) AS BIGINT)
            AS fast_requests,
        first(minute ORDER BY requests DESC, minute) AS peak_at
    FROM minutes CROSS JOIN policy
    GROUP BY ALL
),

hours AS (
    SELECT DISTINCT cluster_id, user_id, time_bucket(INTERVAL '1 hour', minute) AS hour FROM minutes
),

stretches AS (  -- a pause of the policy's hours of rest begins a new stretch
    SELECT cluster_id, user_id, hour, count(*) FILTER (WHERE pause > to_hours(policy.rest_hours)) OVER (
        PARTITION BY cluster_id, user_id ORDER BY hour
    ) AS stretch
    FROM (
        SELECT *, hour - lag(hour) OVER (PARTITION BY cluster_id, user_id ORDER BY hour) AS pause FROM hours
    )
    CROSS JOIN policy
),

longest AS (  -- the longest stretch, the first among equals
    SELECT cluster_id, user_id, begins AS sleepless_from, hours AS sleepless_hours
    FROM (
        SELECT cluster_id, user_id, stretch, min(hour) AS begins,
            1 + date_diff('hour', min(hour), max(hour)) AS hours
        FROM stretches
        GROUP BY ALL
    )
    QUALIFY row_number() OVER (PARTITION BY cluster_id, user_id ORDER BY hours DESC, begins) = 1
),

refused_often AS (  -- only where heeding a refusal can be judged: in named clusters, or with refusals enough
    SELECT user_id
    FROM requests CROSS JOIN policy
    WHERE http_response_status_code IN (403, 429, 503) AND user_id IS NOT NULL
    GROUP BY user_id, policy.backoff_refusals
    HAVING count(*) >= policy.backoff_refusals OR user_id IN (SELECT user_id FROM named)
),

answers AS (  -- each answer, and how long until the next request of the same account
    SELECT
        user_id,
        http_response_status_code IN (403, 429, 503) AS is_refused,
        lead(timestamp) OVER (PARTITION BY user_id ORDER BY timestamp, content_sha256, log_offset) - timestamp AS pause
    FROM requests
    WHERE user_id IN (SELECT user_id FROM refused_often)
),

account_refusals AS (
    SELECT
        user_id,
        count(*) AS refusals,
        count(*) FILTER (WHERE pause < to_seconds(policy.backoff_seconds)) AS refusals_ignored
    FROM answers CROSS JOIN policy
    WHERE is_refused AND pause IS NOT NULL
    GROUP BY ALL
),

heeding AS (
    SELECT CAST(NULL AS VARCHAR) AS cluster_id, user_id, refusals, refusals_ignored FROM account_refusals
    UNION ALL
    SELECT cluster_id, NULL, CAST(sum(refusals) AS BIGINT), CAST(sum(refusals_ignored) AS BIGINT)
    FROM account_refusals JOIN named USING (user_id)
    GROUP BY ALL
),

gaps AS (  -- accounts with requests enough to tell how much the gaps between them vary
    SELECT user_id, gap_mad_us * 20 < gap_median_us AS is_regular
    FROM account_features
    WHERE events >= 50 AND gap_median_us >= 1000000
),

regular AS (  -- gaps that hardly vary
    SELECT user_id FROM gaps WHERE is_regular
),

peers AS (  -- where the client of most others is as regular, or there are no others, regularity says nothing
    SELECT count(*) AS peers, count(*) FILTER (WHERE is_regular) AS peers_regular FROM gaps ANTI JOIN named USING (user_id)
),

rhythm AS (
    SELECT CAST(NULL AS VARCHAR) AS cluster_id, user_id, 1 AS regular_accounts FROM regular
    UNION ALL
    SELECT cluster_id, NULL, count(*) FROM regular JOIN named USING (user_id) GROUP BY ALL
),

measured AS (
    SELECT
        rates.*,
        longest.sleepless_from,
        longest.sleepless_hours,
        coalesce(heeding.refusals, 0) AS refusals,
        coalesce(heeding.refusals_ignored, 0) AS refusals_ignored,
        coalesce(rhythm.regular_accounts, 0) AS regular_accounts,
        peers.*,
        CASE WHEN rates.user_id IS NULL
            THEN (SELECT count(*) FROM named WHERE named.cluster_id = rates.cluster_id) ELSE 1 END AS accounts
    FROM rates
    CROSS JOIN peers
    JOIN longest
        ON longest.cluster_id IS NOT DISTINCT FROM rates.cluster_id
        AND longest.user_id IS NOT DISTINCT FROM rates.user_id
    LEFT JOIN heeding
        ON heeding.cluster_id IS NOT DISTINCT FROM rates.cluster_id
        AND heeding.user_id IS NOT DISTINCT FROM rates.user_id
    LEFT JOIN rhythm
        ON rhythm.cluster_id IS NOT DISTINCT FROM rates.cluster_id
        AND rhythm.user_id IS NOT DISTINCT FROM rates.user_id
),

judged AS (
    SELECT
        measured.*,
        list_filter([
            CASE WHEN fast_minutes >= policy.aggressive_minutes THEN 'rate' END,
            CASE WHEN measured.sleepless_hours >= policy.sleepless_hours THEN 'sleepless' END,
            CASE WHEN refusals >= policy.backoff_refusals
                AND 100 * refusals_ignored >= policy.backoff_ignored_percent * refusals THEN 'backoff_ignored' END,
            CASE WHEN 2 * regular_accounts >= accounts AND 2 * peers_regular < peers THEN 'regular' END
        ], lambda ground: ground IS NOT NULL) AS grounds
    FROM measured CROSS JOIN policy
)

SELECT
    * EXCLUDE (accounts),
    list_contains(grounds, 'rate') OR len(grounds) >= 2 AS is_aggressive
FROM judged
WHERE cluster_id IS NOT NULL OR len(grounds) > 0 OR user_id IN (SELECT user_id FROM named)
ORDER BY cluster_id NULLS LAST, user_id NULLS FIRST
