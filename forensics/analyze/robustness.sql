-- Leave one family out: would what is left of a group still pass its gate, with some of its links at least?
-- The family is treated as absent (it costs its bit), and the rule of two families, one behavioral, holds for the rest.
--
-- reads   gated, scores, weighed, settings
-- grain   one row per group and family it cannot do without

WITH kept AS MATERIALIZED (
    SELECT weighed.* FROM weighed SEMI JOIN gated USING (a, b)
),

strengths AS MATERIALIZED (
    SELECT gated.cluster_id, scores.a, scores.b, scores.bits AS total, scores.weight, told.family, told.bits
    FROM gated
    JOIN scores USING (a, b)
    JOIN (
        SELECT a, b, upper(family) AS family, bits
        FROM (UNPIVOT kept ON net, ident, client, template, time, target INTO NAME family VALUE bits)
    ) AS told USING (a, b)
),

of_groups AS (
    SELECT DISTINCT cluster_id, family FROM strengths
),

remaining AS (
    SELECT
        of_groups.cluster_id,
        of_groups.family,
        strengths.a,
        strengths.b,
        any_value(strengths.weight) AS weight,
        any_value(strengths.total)
            - coalesce(max(log2(1 + pow(2, strengths.bits))) FILTER (strengths.family = of_groups.family), 0) AS bits,
        count(*) FILTER (strengths.family <> of_groups.family AND strengths.bits >= settings.min_family_bits) AS families,
        max(strengths.bits) FILTER (
            strengths.family <> of_groups.family AND strengths.family IN ('TEMPLATE', 'TIME', 'TARGET')
        ) AS behavior_bits
    FROM of_groups
    JOIN strengths USING (cluster_id)
    CROSS JOIN settings
    GROUP BY of_groups.cluster_id, of_groups.family, strengths.a, strengths.b
),

strong AS (
    SELECT remaining.*
    FROM remaining CROSS JOIN settings
    WHERE remaining.families >= 2 AND remaining.behavior_bits >= settings.min_behavior_bits
        AND remaining.bits >= settings.least_bits
),

ends AS (
    SELECT cluster_id, family, a AS person, weight, bits FROM strong
    UNION ALL
    SELECT cluster_id, family, b, weight, bits FROM strong
),

accounts AS (
    SELECT cluster_id, family, person, log2(CAST(sum(CAST(weight * pow(2, least(bits, 60)) AS DECIMAL(38, 9))) AS DOUBLE)) AS bits
    FROM ends
    GROUP BY cluster_id, family, person
),

ranked AS (  -- as many accounts as show so much, each toward all that are left
    SELECT *, row_number() OVER (PARTITION BY cluster_id, family ORDER BY bits DESC, person) AS strongest FROM accounts
)

SELECT of_groups.cluster_id, of_groups.family
FROM of_groups
ANTI JOIN (
    SELECT ranked.cluster_id, ranked.family
    FROM ranked CROSS JOIN settings
    WHERE ranked.bits + log2(ranked.strongest) >= settings.lead_floor_bits + 1
) AS standing USING (cluster_id, family)
ORDER BY of_groups.cluster_id, of_groups.family
