-- All evidence of a pair together, for the pairs with enough to speak of.
-- A pair passes with two families, one of them behavioral. Its evidence_bits are the average over all such sets of families
-- that an operator may have leaked, by the share of the bet on each (choice.py): by Markov's inequality a pair of independent
-- accounts reaches b of these with chance at most 2^-b. What does not pass never links; it has the average over all sets,
-- each as likely: the sum of log2((1 + e) / 2). bits = evidence_bits and volume_bits, the share of the error budget that
-- both have (focus).
--
-- reads   weighed, focus, candidates, signals, settings
-- grain   one row per tested pair with `kept_bits` or more

WITH e_values AS (
    SELECT
        a,
        b,
        coalesce(pow(2, net), 0) AS net,
        coalesce(pow(2, ident), 0) AS ident,
        coalesce(pow(2, client), 0) AS client,
        coalesce(pow(2, template), 0) AS template,
        coalesce(pow(2, time), 0) AS time,
        coalesce(pow(2, target), 0) AS target,
        list_filter([
            CASE WHEN weighed.client >= settings.min_family_bits THEN 'CLIENT' END,
            CASE WHEN weighed.ident >= settings.min_family_bits THEN 'IDENT' END,
            CASE WHEN weighed.net >= settings.min_family_bits THEN 'NET' END,
            CASE WHEN weighed.target >= settings.min_family_bits THEN 'TARGET' END,
            CASE WHEN weighed.template >= settings.min_family_bits THEN 'TEMPLATE' END,
            CASE WHEN weighed.time >= settings.min_family_bits THEN 'TIME' END
        ], lambda family: family IS NOT NULL) AS families,
        greatest(coalesce(weighed.template, 0), coalesce(weighed.time, 0), coalesce(weighed.target, 0)) AS behavior_bits,
        settings.min_behavior_bits
    FROM weighed CROSS JOIN settings
),

products AS (  -- sums over one, two and three families, of those that are no behavior (s) and those that are (t)
    SELECT
        *,
        net + ident + client AS s1,
        net * ident + net * client + ident * client AS s2,
        net * ident * client AS s3,
        template + time + target AS t1,
        template * time + template * target + time * target AS t2,
        template * time * target AS t3,
        len(families) >= 2 AND behavior_bits >= min_behavior_bits AS passes
    FROM e_values
),

summed AS (
    SELECT
        products.a,
        products.b,
        products.families,
        products.behavior_bits,
        products.passes,
        round(
            CASE WHEN passes THEN log2(
                        settings.choice_shares[1] * (t1 * s1 + t2) + settings.choice_shares[2] * (t1 * s2 + t2 * s1 + t3)
                        + settings.choice_shares[3] * (t1 * s3 + t2 * s2 + t3 * s1)
                        + settings.choice_shares[4] * (t2 * s3 + t3 * s2) + settings.choice_shares[5] * t3 * s3
                    )
            ELSE log2((1 + s1 + s2 + s3) * (1 + t1 + t2 + t3)) - known.families END,
            4
        ) AS evidence_bits,
        round(focus_a.volume_bits + focus_b.volume_bits, 4) AS volume_bits
    FROM products
    JOIN focus AS focus_a ON focus_a.person = products.a
    JOIN focus AS focus_b ON focus_b.person = products.b
    CROSS JOIN (SELECT count(DISTINCT family) AS families FROM signals) AS known
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
    summed.passes,
    coalesce(candidates.weight, 1) AS weight
FROM summed
LEFT JOIN candidates USING (a, b)
ORDER BY summed.a, summed.b
