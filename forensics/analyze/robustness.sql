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

counted AS (
    SELECT
        remaining.cluster_id,
        remaining.family,
        remaining.bits,
        sum(remaining.weight) OVER (
            PARTITION BY remaining.cluster_id, remaining.family ORDER BY remaining.bits DESC RANGE UNBOUNDED PRECEDING
        ) AS pairs
    FROM remaining CROSS JOIN settings
    WHERE remaining.families >= 2 AND remaining.behavior_bits >= settings.min_behavior_bits
        AND remaining.bits >= settings.least_bits
)

SELECT of_groups.cluster_id, of_groups.family
FROM of_groups
ANTI JOIN (
    SELECT counted.cluster_id, counted.family
    FROM counted CROSS JOIN settings
    WHERE settings.lead_floor_bits - counted.bits <= log2(counted.pairs)
) AS standing USING (cluster_id, family)
ORDER BY of_groups.cluster_id, of_groups.family
