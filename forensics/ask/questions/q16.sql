-- Which clusters rest on one family, and which links on one signal.
--
-- reads   judged_clusters, links, cluster_members
-- grain   one row per cluster

WITH pairs_inside AS (
    SELECT a.cluster_id, links.user_id_a, links.user_id_b, count(DISTINCT links.signal) AS signals
    FROM links
    JOIN cluster_members AS a ON a.user_id = links.user_id_a
    JOIN cluster_members AS b ON b.user_id = links.user_id_b AND b.cluster_id = a.cluster_id
    GROUP BY ALL
)

SELECT
    judged_clusters.cluster_id,
    judged_clusters.families,
    judged_clusters.carried_by AS falls_without,
    count(pairs_inside.signals) AS pairs,
    count(*) FILTER (WHERE pairs_inside.signals = 1) AS pairs_on_one_signal
FROM judged_clusters
LEFT JOIN pairs_inside USING (cluster_id)
GROUP BY judged_clusters.cluster_id, judged_clusters.families, judged_clusters.carried_by
ORDER BY judged_clusters.cluster_id
