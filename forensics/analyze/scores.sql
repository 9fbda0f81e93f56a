-- All evidence of a pair together, for the pairs whose evidence is worth grouping.
-- bits = sum over families of log2((1 + e) / 2): the average over all sets of families an operator may have
-- leaked. By Markov's inequality a pair of independent accounts reaches b bits with chance at most 2^-b.
-- A pair passes with two families, one of them behavioral: without that its evidence counts zero for a link.
--
-- reads   evidence, signals, candidates, settings
-- grain   one row per pair: passing with `least_bits` or more, or not passing with the bits of a lead

WITH families AS (
    SELECT count(DISTINCT family) AS families FROM signals
),

summed AS (
    SELECT
        evidence.user_id_a,
        evidence.user_id_b,
        round(
            list_sum(list(log2((1 + pow(2, evidence.bits)) / 2) ORDER BY evidence.family))
                - (any_value(families.families) - count(*)),
            4
        ) AS bits,
        list(evidence.family ORDER BY evidence.family) FILTER (evidence.bits >= settings.min_family_bits) AS families,
        coalesce(max(evidence.bits) FILTER (evidence.family IN ('TEMPLATE', 'TIME', 'TARGET')), 0) AS behavior_bits
    FROM evidence CROSS JOIN families CROSS JOIN settings
    GROUP BY evidence.user_id_a, evidence.user_id_b
),

ruled AS (
    SELECT
        summed.*,
        len(coalesce(summed.families, [])) >= 2 AND summed.behavior_bits >= settings.min_behavior_bits AS passes
    FROM summed CROSS JOIN settings
)

SELECT
    ruled.user_id_a,
    ruled.user_id_b,
    ruled.bits,
    coalesce(ruled.families, []) AS families,
    ruled.behavior_bits,
    ruled.passes,
    candidates.weight
FROM ruled
JOIN candidates USING (user_id_a, user_id_b)
CROSS JOIN settings
WHERE ruled.bits >= CASE WHEN ruled.passes THEN settings.least_bits ELSE settings.lead_floor_bits END
ORDER BY ruled.user_id_a, ruled.user_id_b
