-- Aggressive automation as the policy of the case sets it: each cluster as one operator, and who else there is.
--
-- reads   clusters, cluster_members, cluster_requests, automation_rates, account_features, policy
-- grain   one row per cluster that findings speak about or that is authorized; and one for accounts outside them

WITH spoken_of AS (  -- authorized automation is named as such
    SELECT cluster_id, size, verdict, organization_id
    FROM clusters
    WHERE verdict IN ('coordinated', 'undecided', 'authorized_automation')
),

members AS (
    SELECT
        cluster_members.cluster_id,
        count(*) FILTER (WHERE rates.is_aggressive) AS accounts_aggressive,
        max(rates.peak_minute) AS account_peak_minute
    FROM cluster_members
    JOIN spoken_of USING (cluster_id)
    JOIN automation_rates AS rates ON rates.user_id = cluster_members.user_id
    GROUP BY ALL
),

lines AS (  -- the first requests of the fastest minute, and the first and last of the fast ones
    SELECT
        own.cluster_id,
        list_concat(
            list(own.event_id ORDER BY own.timestamp, own.log_offset, own.event_id)
                FILTER (WHERE time_bucket(INTERVAL '1 minute', own.timestamp) = rates.peak_at)[:6],
            [min({'at': own.timestamp, 'id': own.event_id}) FILTER (WHERE own.timestamp >= rates.fast_from)['id'],
            max({'at': own.timestamp, 'id': own.event_id})
                FILTER (WHERE own.timestamp < rates.fast_until + INTERVAL '1 minute')['id']]
        ) AS ids
    FROM cluster_requests AS own
    JOIN automation_rates AS rates ON rates.cluster_id = own.cluster_id AND rates.user_id IS NULL
    GROUP BY ALL
),

others AS (  -- accounts by themselves, outside all these clusters
    SELECT rates.*, account_features.organization_id
    FROM automation_rates AS rates
    JOIN account_features USING (user_id)
    CROSS JOIN policy
    ANTI JOIN (SELECT user_id FROM cluster_members JOIN spoken_of USING (cluster_id)) AS inside USING (user_id)
    WHERE rates.is_aggressive
        AND NOT coalesce(list_contains(policy.authorized_organizations, account_features.organization_id), false)
)

SELECT
    spoken_of.cluster_id,
    CAST(NULL AS VARCHAR) AS subject,
    coalesce(lines.ids, []) AS cite,
    spoken_of.size AS accounts,
    spoken_of.verdict,
    spoken_of.organization_id,
    rates.* EXCLUDE (cluster_id, user_id),
    coalesce(members.accounts_aggressive, 0) AS accounts_aggressive,
    coalesce(members.account_peak_minute, 0) AS account_peak_minute,
    CAST(NULL AS BIGINT) AS organizations,
    [] AS accounts_named,
    len(policy.authorized_organizations) > 0 AS policy_authorized,
    policy.aggressive_requests_per_minute AS policy_rate,
    policy.aggressive_minutes AS policy_minutes,
    policy.sleepless_hours AS policy_sleepless_hours,
    policy.backoff_seconds AS policy_backoff_seconds,
    policy.backoff_refusals AS policy_backoff_refusals
FROM spoken_of
JOIN automation_rates AS rates ON rates.cluster_id = spoken_of.cluster_id AND rates.user_id IS NULL
CROSS JOIN policy
LEFT JOIN members ON members.cluster_id = spoken_of.cluster_id
LEFT JOIN lines ON lines.cluster_id = spoken_of.cluster_id
UNION ALL BY NAME
SELECT
    NULL AS cluster_id,
    'others' AS subject,
    [] AS cite,
    (SELECT count(*) FROM others) AS accounts,
    (SELECT count(DISTINCT organization_id) FROM others) AS organizations,
    coalesce((
        SELECT list({
            'user_id': user_id, 'organization_id': organization_id, 'peak_minute': peak_minute,
            'fast_minutes': fast_minutes, 'requests': requests, 'grounds': array_to_string(grounds, ', ')
        } ORDER BY fast_minutes DESC, peak_minute DESC, user_id)[:20]
        FROM others
    ), []) AS accounts_named,
    policy.aggressive_requests_per_minute AS policy_rate,
    policy.aggressive_minutes AS policy_minutes,
    policy.sleepless_hours AS policy_sleepless_hours,
    policy.backoff_seconds AS policy_backoff_seconds,
    policy.backoff_refusals AS policy_backoff_refusals
FROM policy
WHERE (SELECT count(*) FROM account_features) > 0
ORDER BY cluster_id NULLS FIRST, subject
