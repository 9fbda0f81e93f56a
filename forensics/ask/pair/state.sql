-- How far a pair of accounts came: paired at all, weighed, kept, gated; and the group both are in.
--
-- reads   people, focus, candidates, weighed, scores, pairs, cluster_members, clusters
-- params  $a, $b
-- grain   one row; none if one of the two has no events

WITH numbered AS (
    SELECT of_a.person AS a, of_b.person AS b
    FROM people AS of_a CROSS JOIN people AS of_b
    WHERE of_a.user_id = $a AND of_b.user_id = $b
),

together AS (  -- the cluster that holds both
    SELECT clusters.cluster_id, clusters.size, clusters.verdict, clusters.links, clusters.floor_bits,
        clusters.bystanders
    FROM cluster_members AS of_a
    JOIN cluster_members AS of_b ON of_b.cluster_id = of_a.cluster_id AND of_b.user_id = $b
    JOIN clusters ON clusters.cluster_id = of_a.cluster_id
    WHERE of_a.user_id = $a
)

SELECT
    focus_a.person IS NOT NULL AND focus_b.person IS NOT NULL AS is_tested,
    round(focus_a.volume_bits + focus_b.volume_bits, 4) AS volume_bits,
    candidates.a IS NOT NULL AS is_paired,
    weighed.a IS NOT NULL AS is_weighed,
    scores.bits AS kept_bits,
    pairs.bits,
    pairs.probability,
    pairs.tier,
    together.*
FROM numbered
LEFT JOIN focus AS focus_a ON focus_a.person = numbered.a
LEFT JOIN focus AS focus_b ON focus_b.person = numbered.b
LEFT JOIN candidates ON candidates.a = numbered.a AND candidates.b = numbered.b
LEFT JOIN weighed ON weighed.a = numbered.a AND weighed.b = numbered.b
LEFT JOIN scores ON scores.a = numbered.a AND scores.b = numbered.b
LEFT JOIN pairs ON pairs.user_id_a = $a AND pairs.user_id_b = $b
LEFT JOIN together ON true
ORDER BY together.cluster_id
