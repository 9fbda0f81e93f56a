-- Accounts that used an address or range.
--
-- reads   account_values, account_features, cluster_members, judged_clusters
-- params  $subject  what the dossier is about
-- grain   one row per account

WITH inside AS (
    SELECT cluster_members.user_id, min(cluster_members.cluster_id) AS cluster_id
    FROM cluster_members JOIN judged_clusters USING (cluster_id)
    GROUP BY ALL
)

SELECT used.user_id, used.events, used.first_seen, used.last_seen, features.organization_id, inside.cluster_id
FROM account_values AS used
LEFT JOIN account_features AS features ON features.user_id = used.user_id
LEFT JOIN inside ON inside.user_id = used.user_id
WHERE used.attribute IN ('source_ip', 'source_range') AND used.value = $subject
ORDER BY inside.cluster_id NULLS LAST, used.events DESC, used.user_id
LIMIT 500
