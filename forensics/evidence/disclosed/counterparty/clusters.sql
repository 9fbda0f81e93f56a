-- Groups that these accounts are in. Members of others are a count, and no count below five.
--
-- reads   clusters, cluster_members, disclosed
-- grain   one cluster

SELECT
    clusters.cluster_id,
    list(disclosed.user_id ORDER BY disclosed.user_id) FILTER (disclosed.user_id IS NOT NULL) AS accounts,
    CASE WHEN count(*) - count(disclosed.user_id) = 0 THEN '0'
        WHEN count(*) - count(disclosed.user_id) < 5 THEN 'fewer than 5'
        ELSE CAST(count(*) - count(disclosed.user_id) AS VARCHAR) END AS accounts_of_others,
    any_value(clusters.verdict) AS verdict,
    any_value(clusters.campaign) AS campaign,
    any_value(clusters.likelihood) AS likelihood,
    any_value(clusters.confidence) AS confidence,
    any_value(clusters.first_seen) AS first_seen,
    any_value(clusters.last_seen) AS last_seen
FROM clusters
JOIN cluster_members USING (cluster_id)
LEFT JOIN disclosed USING (user_id)
GROUP BY clusters.cluster_id
HAVING count(disclosed.user_id) > 0
ORDER BY clusters.cluster_id
