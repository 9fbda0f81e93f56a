-- What links the accounts of a cluster: each signal, for how many pairs it fired, and how strongly.
--
-- reads  links, cluster_members, clusters
-- grain  one signal of one cluster

SELECT
    a.cluster_id,
    links.family,
    replace(links.signal, '_', ' ') AS signal,
    count(*) AS pairs,
    min(links.bits) AS least_bits,
    quantile_disc(links.bits, 0.5) AS median_bits,
    max(links.bits) AS most_bits,
    arg_max(links.detail, (links.bits, links.user_id_a, links.user_id_b)) AS strongest
FROM links
JOIN cluster_members AS a ON a.user_id = links.user_id_a
JOIN cluster_members AS b ON b.user_id = links.user_id_b AND b.cluster_id = a.cluster_id
JOIN clusters ON clusters.cluster_id = a.cluster_id
WHERE clusters.verdict IN ('coordinated', 'undecided')
GROUP BY ALL
ORDER BY a.cluster_id, links.family, most_bits DESC, signal
