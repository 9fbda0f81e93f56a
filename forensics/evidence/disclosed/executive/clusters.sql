-- Groups of accounts in numbers, for whoever decides: no account is named.
--
-- reads   clusters, cluster_members
-- grain   one cluster

SELECT
    clusters.cluster_id,
    clusters.size AS accounts,
    count(*) FILTER (cluster_members.actionable) AS ready_for_review,
    clusters.verdict,
    clusters.campaign,
    clusters.likelihood,
    clusters.confidence,
    clusters.first_seen,
    clusters.last_seen,
    clusters.events AS requests,
    clusters.families,
    clusters.organization_id,
    clusters.organization_share,
    clusters.reason
FROM clusters
LEFT JOIN cluster_members USING (cluster_id)
GROUP BY ALL
ORDER BY clusters.cluster_id
