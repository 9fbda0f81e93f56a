-- The groups an account is in.
--
-- reads   cluster_members, clusters
-- params  $subject  what the dossier is about
-- grain   one row per cluster

SELECT
    clusters.cluster_id, clusters.verdict, clusters.campaign, clusters.size, members.role, members.probability,
    members.actionable, clusters.reason
FROM cluster_members AS members
JOIN clusters USING (cluster_id)
WHERE members.user_id = $subject
ORDER BY clusters.cluster_id
