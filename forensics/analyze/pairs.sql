-- All evidence of a pair together, and the gate of the declared error rate.
-- bits = sum over families of log2((1 + e) / 2): the average over all sets of families an operator may have
-- leaked. By Markov's inequality a pair of independent accounts reaches b bits with chance at most 2^-b; with
-- N(N-1)/2 pairs the floor log2(pairs / alpha) keeps the chance of even one false link at alpha. The floor does
-- not depend on what else was found. Two families are needed, one of them behavioral.
-- probability = 1 - max(pairs * 2^-bits, share of worlds, this one included, with a pair this strong).
--
-- reads   evidence, signals, decoys, settings
-- grain   one row per pair worth keeping

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

judged AS (
    SELECT
        summed.*,
        len(summed.families) >= 2 AND summed.behavior_bits >= settings.min_behavior_bits AS passes,
        settings.linked_floor_bits,
        settings.lead_floor_bits,
        settings.accounts
    FROM summed CROSS JOIN settings
    WHERE summed.bits >= settings.lead_floor_bits
),

worlds AS (
    SELECT
        judged.user_id_a,
        judged.user_id_b,
        (1 + count(*) FILTER (decoys.strongest_bits >= judged.bits)) / (1.0 + count(decoys.replicate)) AS share
    FROM judged LEFT JOIN decoys ON true
    GROUP BY ALL
)

SELECT
    judged.user_id_a,
    judged.user_id_b,
    judged.bits,
    CASE
        WHEN judged.passes THEN round(greatest(0.0, 1 - greatest(
            judged.accounts * (judged.accounts - 1) / 2 * pow(2, -judged.bits), worlds.share
        )), 4)
    END AS probability,
    judged.families,
    judged.behavior_bits,
    CASE
        WHEN NOT judged.passes THEN 'context'
        WHEN judged.bits >= judged.linked_floor_bits THEN 'linked'
        ELSE 'lead'
    END AS tier
FROM judged
JOIN worlds USING (user_id_a, user_id_b)
ORDER BY judged.user_id_a, judged.user_id_b
