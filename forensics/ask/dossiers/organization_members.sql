-- The accounts of an organization, involved or not.
--
-- reads   account_features, accounts, cluster_members, judged_clusters
-- params  $subject  what the dossier is about
-- grain   one row per account

WITH people AS (
    SELECT
        coalesce(accounts.user_id, features.user_id) AS user_id,
        coalesce(accounts.organization_id, features.organization_id) AS organization_id,
        coalesce(accounts.organization_name, features.organization_name) AS organization_name,
        coalesce(accounts.email_domain, features.email_domain) AS email_domain,
        coalesce(accounts.channel, features.channel) AS channel,
        coalesce(features.events, 0) AS requests
    FROM accounts FULL JOIN account_features AS features ON features.user_id = accounts.user_id
),

inside AS (
    SELECT cluster_members.user_id, min(cluster_members.cluster_id) AS cluster_id
    FROM cluster_members JOIN judged_clusters USING (cluster_id)
    GROUP BY ALL
)

SELECT people.user_id, people.email_domain, people.channel, people.requests, inside.cluster_id
FROM people
LEFT JOIN inside ON inside.user_id = people.user_id
WHERE lower($subject) IN (lower(people.organization_id), lower(people.organization_name))
ORDER BY inside.cluster_id NULLS LAST, people.requests DESC, people.user_id
