-- Which members only bridge two parts, and whether a crowded address is among what they show.
--
-- reads   cluster_members, judged_clusters, account_values, hubs
-- grain   one row per bridge

SELECT
    cluster_members.cluster_id,
    cluster_members.user_id,
    count(DISTINCT hubs.value) AS crowded_values,
    max(hubs.accounts) AS accounts_on_the_largest
FROM cluster_members
JOIN judged_clusters USING (cluster_id)
LEFT JOIN account_values USING (user_id)
LEFT JOIN hubs ON hubs.attribute = account_values.attribute AND hubs.value = account_values.value
WHERE cluster_members.role = 'bridge'
GROUP BY ALL
ORDER BY cluster_members.cluster_id, cluster_members.user_id
