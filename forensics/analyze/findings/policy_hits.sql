-- Whom a step against a cluster would reach, policy by policy: the cluster itself, and who shares a value with it.
-- Values that members used while their cluster was active count; everyday ones of a member do not.
-- A step that several finding queries read.
--
-- reads   judged_clusters, cluster_members, cluster_requests, cluster_runs, account_values, account_features, accounts, automation_rates
-- grain   one row per cluster, policy and account reached

WITH people AS (  -- everybody on record or in the logs
    SELECT
        coalesce(accounts.user_id, account_features.user_id) AS user_id,
        coalesce(accounts.organization_id, account_features.organization_id) AS organization_id,
        coalesce(accounts.email_domain, account_features.email_domain) AS email_domain,
        coalesce(accounts.payment_fingerprint, account_features.payment_fingerprint) AS payment_fingerprint,
        coalesce(account_features.events, 0) AS requests
    FROM accounts
    FULL JOIN account_features ON account_features.user_id = accounts.user_id
),

inside AS (
    SELECT cluster_id, cluster_members.user_id, cluster_members.actionable
    FROM cluster_members JOIN judged_clusters USING (cluster_id)
),

declared AS MATERIALIZED (  -- once each: many members of one domain would meet all its accounts as often
    SELECT DISTINCT inside.cluster_id, people.email_domain, people.payment_fingerprint
    FROM inside JOIN people USING (user_id)
),

domains AS (
    SELECT DISTINCT cluster_id, email_domain FROM declared
),

instruments AS (
    SELECT DISTINCT cluster_id, payment_fingerprint FROM declared
),

shown AS (  -- networks used in the runs of a cluster, or at all where it had none
    SELECT DISTINCT
        own.cluster_id,
        unnest(['ip', 'range']) AS policy,
        unnest(['source_ip', 'source_range']) AS attribute,
        unnest([own.source_ip, own.source_range]) AS value
    FROM cluster_requests AS own
    LEFT JOIN cluster_runs AS runs ON runs.cluster_id = own.cluster_id
    WHERE runs.cluster_id IS NULL OR own.timestamp BETWEEN runs.begins AND runs.ends
),

reached AS (
    SELECT cluster_id, 'account' AS policy, user_id, user_id AS via FROM inside WHERE actionable
    UNION ALL
    SELECT cluster_id, 'cluster', user_id, cluster_id FROM inside
    UNION ALL
    SELECT shown.cluster_id, shown.policy, account_values.user_id, shown.value
    FROM shown
    JOIN account_values ON account_values.attribute = shown.attribute AND account_values.value = shown.value
    UNION ALL
    SELECT domains.cluster_id, 'domain', people.user_id, people.email_domain
    FROM domains JOIN people USING (email_domain)
    UNION ALL
    SELECT instruments.cluster_id, 'payment', people.user_id, people.payment_fingerprint
    FROM instruments JOIN people USING (payment_fingerprint)
    UNION ALL
    SELECT judged_clusters.cluster_id, 'organization', people.user_id, people.organization_id
    FROM judged_clusters JOIN people USING (organization_id)
)

SELECT
    reached.cluster_id,
    reached.policy,
    reached.user_id,
    bool_or(inside.user_id IS NOT NULL) AS is_member,
    bool_or(coalesce(inside.actionable, false)) AS is_actionable,
    bool_or(coalesce(automation_rates.is_aggressive, false)) AS is_aggressive,
    bool_or(people.payment_fingerprint IS NOT NULL) AS is_paying,
    max(coalesce(people.requests, 0)) AS requests,
    min(reached.via) AS via
FROM reached
LEFT JOIN inside ON inside.cluster_id = reached.cluster_id AND inside.user_id = reached.user_id
LEFT JOIN people ON people.user_id = reached.user_id
LEFT JOIN automation_rates ON automation_rates.user_id = reached.user_id
GROUP BY reached.cluster_id, reached.policy, reached.user_id
ORDER BY reached.cluster_id, reached.policy, reached.user_id
