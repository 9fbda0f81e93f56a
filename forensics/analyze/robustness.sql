-- Leave one family out: would what is left of a group still pass its gate, with some of its links at least?
-- The family is treated as absent, and the rule of two families, one behavioral, holds for the rest.
--
-- reads   gated, scores, weighed, settings
-- grain   one row per group and family it cannot do without

WITH kept AS MATERIALIZED (
    SELECT weighed.* FROM weighed SEMI JOIN gated USING (a, b)
),

strengths AS MATERIALIZED (
    SELECT gated.cluster_id, scores.a, scores.b, scores.volume_bits, scores.weight, told.family, told.bits
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

e_values AS (
    SELECT
        of_groups.cluster_id,
        of_groups.family AS absent,
        strengths.a,
        strengths.b,
        any_value(strengths.weight) AS weight,
        any_value(strengths.volume_bits) AS volume_bits,
        coalesce(max(pow(2, strengths.bits)) FILTER (strengths.family = 'NET'), 0) AS net,
        coalesce(max(pow(2, strengths.bits)) FILTER (strengths.family = 'IDENT'), 0) AS ident,
        coalesce(max(pow(2, strengths.bits)) FILTER (strengths.family = 'CLIENT'), 0) AS client,
        coalesce(max(pow(2, strengths.bits)) FILTER (strengths.family = 'TEMPLATE'), 0) AS template,
        coalesce(max(pow(2, strengths.bits)) FILTER (strengths.family = 'TIME'), 0) AS time,
        coalesce(max(pow(2, strengths.bits)) FILTER (strengths.family = 'TARGET'), 0) AS target,
        count(*) FILTER (strengths.bits >= settings.min_family_bits) AS families
    FROM of_groups
    JOIN strengths ON strengths.cluster_id = of_groups.cluster_id AND strengths.family <> of_groups.family
    CROSS JOIN settings
    GROUP BY of_groups.cluster_id, of_groups.family, strengths.a, strengths.b
),

products AS (  -- as in scores
    SELECT
        *,
        net + ident + client AS s1,
        net * ident + net * client + ident * client AS s2,
        net * ident * client AS s3,
        template + time + target AS t1,
        template * time + template * target + time * target AS t2,
        template * time * target AS t3
    FROM e_values
),

strong AS (
    SELECT
        products.cluster_id,
        products.absent AS family,
        products.a,
        products.b,
        products.weight,
        log2(greatest(1e-300,  -- no behavior is left
            settings.choice_shares[1] * (t1 * s1 + t2) + settings.choice_shares[2] * (t1 * s2 + t2 * s1 + t3)
            + settings.choice_shares[3] * (t1 * s3 + t2 * s2 + t3 * s1)
            + settings.choice_shares[4] * (t2 * s3 + t3 * s2) + settings.choice_shares[5] * t3 * s3
        )) + products.volume_bits AS bits
    FROM products CROSS JOIN settings
    WHERE products.families >= 2 AND greatest(template, time, target) >= pow(2, settings.min_behavior_bits)
        AND bits >= settings.least_bits
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
