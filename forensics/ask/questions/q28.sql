-- Which other accounts share something with a cluster and are new or still active after it.
--
-- reads   policy_hits, judged_clusters, account_features
-- grain   one row per account, not linked

SELECT
    policy_hits.cluster_id,
    policy_hits.user_id,
    list(policy_hits.policy ORDER BY policy_hits.policy) AS shared,
    any_value(features.created_at) AS created_at,
    any_value(features.first_seen) AS first_seen,
    any_value(features.last_seen) AS last_seen
FROM policy_hits
JOIN judged_clusters USING (cluster_id)
JOIN account_features AS features USING (user_id)
WHERE NOT policy_hits.is_member
    AND (features.created_at > judged_clusters.last_seen OR features.first_seen > judged_clusters.last_seen
        OR features.last_seen > judged_clusters.last_seen)
GROUP BY policy_hits.cluster_id, policy_hits.user_id
ORDER BY policy_hits.cluster_id, len(shared) DESC, policy_hits.user_id
LIMIT 200
