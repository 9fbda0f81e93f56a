-- What the records say about each member.
--
-- reads   cluster_members, judged_clusters, accounts
-- grain   one row per member

SELECT
    cluster_members.cluster_id,
    cluster_members.user_id,
    accounts.organization_id,
    accounts.organization_name,
    accounts.email_domain,
    accounts.plan,
    accounts.status,
    accounts.created_at
FROM cluster_members
JOIN judged_clusters USING (cluster_id)
LEFT JOIN accounts USING (user_id)
ORDER BY cluster_members.cluster_id, cluster_members.user_id
