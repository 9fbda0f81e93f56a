-- Leave one family out: would what is left of a group still pass its gate, with some of its links at least?
-- The family is treated as absent (it costs its bit), and the rule of two families, one behavioral, holds for the rest.
--
-- reads   members, pairs, evidence, candidates, settings
-- grain   one row per group and family it cannot do without

WITH inside AS (
    SELECT a.cluster_id, pairs.user_id_a, pairs.user_id_b, pairs.bits
    FROM pairs
    JOIN members AS a ON a.user_id = pairs.user_id_a
    JOIN members AS b ON b.user_id = pairs.user_id_b AND b.cluster_id = a.cluster_id
    WHERE pairs.tier <> 'context'
),

strengths AS (
    SELECT inside.cluster_id, inside.user_id_a, inside.user_id_b, inside.bits AS total, evidence.family, evidence.bits
    FROM inside JOIN evidence USING (user_id_a, user_id_b)
),

without AS (
    SELECT
        left_out.cluster_id,
        left_out.family,
        left_out.user_id_a,
        left_out.user_id_b,
        any_value(left_out.total) - log2((1 + pow(2, any_value(left_out.bits))) / 2) - 1 AS bits,
        count(*) FILTER (others.bits >= settings.min_family_bits) AS families,
        max(others.bits) FILTER (others.family IN ('TEMPLATE', 'TIME', 'TARGET')) AS behavior_bits
    FROM strengths AS left_out
    CROSS JOIN settings
    LEFT JOIN strengths AS others
        ON others.user_id_a = left_out.user_id_a AND others.user_id_b = left_out.user_id_b
        AND others.cluster_id = left_out.cluster_id AND others.family <> left_out.family
    GROUP BY left_out.cluster_id, left_out.family, left_out.user_id_a, left_out.user_id_b
),

counted AS (
    SELECT
        without.cluster_id,
        without.family,
        without.bits,
        sum(candidates.weight) OVER (
            PARTITION BY without.cluster_id, without.family ORDER BY without.bits DESC RANGE UNBOUNDED PRECEDING
        ) AS pairs
    FROM without
    JOIN candidates USING (user_id_a, user_id_b)
    CROSS JOIN settings
    WHERE without.families >= 2 AND without.behavior_bits >= settings.min_behavior_bits
        AND without.bits >= settings.least_bits
),

standing AS (
    SELECT DISTINCT counted.cluster_id, counted.family
    FROM counted CROSS JOIN settings
    WHERE settings.lead_floor_bits - counted.bits <= log2(counted.pairs)
)

SELECT DISTINCT strengths.cluster_id, strengths.family
FROM strengths ANTI JOIN standing USING (cluster_id, family)
ORDER BY strengths.cluster_id, strengths.family
