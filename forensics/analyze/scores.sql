-- All evidence of a pair together, for the pairs with enough to speak of.
-- evidence_bits = sum over families of log2((1 + e) / 2): the average over all sets of families an operator may have
-- leaked; a family without evidence takes one bit. By Markov's inequality a pair of independent accounts reaches b of
-- these with chance at most 2^-b. bits = evidence_bits and volume_bits, the share of the error budget that both have
-- (focus). A pair passes with two families, one of them behavioral: without that its evidence counts zero for a link.
--
-- reads   weighed, focus, candidates, signals, settings
-- grain   one row per tested pair with `kept_bits` or more

WITH summed AS (
    SELECT
        weighed.a,
        weighed.b,
        round(
            CASE WHEN net IS NULL THEN 0 ELSE log2(1 + pow(2, net)) END
            + CASE WHEN ident IS NULL THEN 0 ELSE log2(1 + pow(2, ident)) END
            + CASE WHEN client IS NULL THEN 0 ELSE log2(1 + pow(2, client)) END
            + CASE WHEN template IS NULL THEN 0 ELSE log2(1 + pow(2, template)) END
            + CASE WHEN time IS NULL THEN 0 ELSE log2(1 + pow(2, time)) END
            + CASE WHEN target IS NULL THEN 0 ELSE log2(1 + pow(2, target)) END
            - families.families,
            4
        ) AS evidence_bits,
        round(focus_a.volume_bits + focus_b.volume_bits, 4) AS volume_bits,
        list_filter([
            CASE WHEN client >= settings.min_family_bits THEN 'CLIENT' END,
            CASE WHEN ident >= settings.min_family_bits THEN 'IDENT' END,
            CASE WHEN net >= settings.min_family_bits THEN 'NET' END,
            CASE WHEN target >= settings.min_family_bits THEN 'TARGET' END,
            CASE WHEN template >= settings.min_family_bits THEN 'TEMPLATE' END,
            CASE WHEN time >= settings.min_family_bits THEN 'TIME' END
        ], lambda family: family IS NOT NULL) AS families,
        greatest(coalesce(template, 0), coalesce(time, 0), coalesce(target, 0)) AS behavior_bits,
        settings.min_behavior_bits
    FROM weighed
    JOIN focus AS focus_a ON focus_a.person = weighed.a
    JOIN focus AS focus_b ON focus_b.person = weighed.b
    CROSS JOIN (SELECT count(DISTINCT family) AS families FROM signals) AS families
    CROSS JOIN settings
    WHERE evidence_bits >= settings.kept_bits
)

SELECT
    summed.a,
    summed.b,
    round(summed.evidence_bits + summed.volume_bits, 4) AS bits,
    summed.volume_bits,
    summed.families,
    summed.behavior_bits,
    len(summed.families) >= 2 AND summed.behavior_bits >= summed.min_behavior_bits AS passes,
    coalesce(candidates.weight, 1) AS weight
FROM summed
LEFT JOIN candidates USING (a, b)
ORDER BY summed.a, summed.b
