-- Every account of every cluster a person has to look at, with what is known about it.
--
-- reads  cluster_members, clusters, account_features
-- grain  one account of one cluster

SELECT
    cluster_members.cluster_id,
    cluster_members.user_id,
    cluster_members.role,
    cluster_members.probability,
    cluster_members.actionable,
    account_features.events,
    account_features.objects,
    account_features.first_seen,
    account_features.last_seen,
    account_features.created_at,
    account_features.plan,
    account_features.email_domain,
    coalesce(account_features.organization_name, account_features.organization_id) AS organization,
    account_features.channel
FROM cluster_members
JOIN clusters USING (cluster_id)
LEFT JOIN account_features USING (user_id)
WHERE clusters.verdict IN ('coordinated', 'undecided')
ORDER BY
    cluster_members.cluster_id,
    cluster_members.actionable DESC,
    account_features.events DESC NULLS LAST,
    cluster_members.user_id
