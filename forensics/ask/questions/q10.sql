-- Which accounts act together: links by behavior.
--
-- reads   links, cluster_members, judged_clusters
-- grain   one row per link of behavior inside a cluster

SELECT a.cluster_id, links.user_id_a, links.user_id_b, links.signal, links.family, links.bits
FROM links
JOIN cluster_members AS a ON a.user_id = links.user_id_a
JOIN cluster_members AS b ON b.user_id = links.user_id_b AND b.cluster_id = a.cluster_id
JOIN judged_clusters ON judged_clusters.cluster_id = a.cluster_id
WHERE links.family IN ('TIME', 'TARGET', 'TEMPLATE')
ORDER BY links.bits DESC, links.user_id_a, links.user_id_b, links.signal
LIMIT 200
