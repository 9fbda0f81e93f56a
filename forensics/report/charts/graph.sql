-- Links inside clusters: the pairs that hold each cluster together, strongest first.
--
-- reads  pairs, cluster_members, clusters, account_features
-- grain  one pair of one cluster, among its 60 most linked accounts; at most 300 pairs of each cluster

WITH inside AS (  -- pairs with both accounts in one cluster
    SELECT a.cluster_id, pairs.user_id_a, pairs.user_id_b, pairs.bits, pairs.tier, pairs.families
    FROM pairs
    JOIN cluster_members AS a ON a.user_id = pairs.user_id_a
    JOIN cluster_members AS b ON b.user_id = pairs.user_id_b AND b.cluster_id = a.cluster_id
    JOIN clusters ON clusters.cluster_id = a.cluster_id
    WHERE clusters.verdict IN ('coordinated', 'undecided')
),

ends AS (
    SELECT cluster_id, user_id_a AS user_id, bits FROM inside
    UNION ALL
    SELECT cluster_id, user_id_b, bits FROM inside
),

ranked AS (  -- the most linked accounts of each cluster
    SELECT
        cluster_id,
        user_id,
        count(*) AS links,
        row_number() OVER (PARTITION BY cluster_id ORDER BY count(*) DESC, max(bits) DESC, user_id) AS position
    FROM ends
    GROUP BY cluster_id, user_id
)

SELECT
    inside.cluster_id,
    inside.user_id_a,
    inside.user_id_b,
    inside.bits,
    inside.tier,
    inside.families,
    a.position AS position_a,
    b.position AS position_b,
    coalesce(of_a.events, 0) AS events_a,
    coalesce(of_b.events, 0) AS events_b,
    (SELECT count(*) FROM ranked WHERE ranked.cluster_id = inside.cluster_id) AS accounts,
    (SELECT count(*) FROM inside AS every WHERE every.cluster_id = inside.cluster_id) AS pairs
FROM inside
JOIN ranked AS a ON a.cluster_id = inside.cluster_id AND a.user_id = inside.user_id_a AND a.position <= 60
JOIN ranked AS b ON b.cluster_id = inside.cluster_id AND b.user_id = inside.user_id_b AND b.position <= 60
LEFT JOIN account_features AS of_a ON of_a.user_id = inside.user_id_a
LEFT JOIN account_features AS of_b ON of_b.user_id = inside.user_id_b
QUALIFY row_number() OVER (PARTITION BY inside.cluster_id ORDER BY inside.bits DESC, inside.user_id_a, inside.user_id_b) <= 300
ORDER BY inside.cluster_id, inside.bits DESC, inside.user_id_a, inside.user_id_b
