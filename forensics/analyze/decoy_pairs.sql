-- Permuted worlds: the evidence of each family is dealt to other accounts of like activity, family by family.
-- Each family keeps its own structure (every campus, carrier and schedule), but families meet only by chance.
-- What is strong enough to be grouped in such a world?
--
-- reads   evidence, account_features, signals, settings
-- grain   one row per world and pair that passes with `least_bits` or more

WITH replicates AS (
    SELECT unnest(range(1, decoys + 1)) AS replicate FROM settings
),

strata AS (  -- tenths of the accounts by activity: busy accounts stay busy
    SELECT user_id, ntile(10) OVER (ORDER BY events, user_id) AS stratum FROM account_features
),

families AS (
    SELECT DISTINCT family FROM signals
),

dealt AS (
    SELECT
        replicates.replicate,
        families.family,
        strata.stratum,
        strata.user_id,
        row_number() OVER (PARTITION BY replicate, family, stratum ORDER BY user_id) AS place,
        row_number() OVER (
            PARTITION BY replicate, family, stratum
            ORDER BY md5(concat(replicate, ':', family, ':', user_id)), user_id
        ) AS shuffled_place
    FROM strata CROSS JOIN families CROSS JOIN replicates
),

moved AS (  -- from account -> to account, one bijection per world and family
    SELECT a.replicate, a.family, a.user_id, b.user_id AS to_user_id
    FROM dealt AS a
    JOIN dealt AS b
        ON b.replicate = a.replicate AND b.family = a.family AND b.stratum = a.stratum
        AND b.place = a.shuffled_place
),

permuted AS (
    SELECT
        a.replicate,
        least(a.to_user_id, b.to_user_id) AS user_id_a,
        greatest(a.to_user_id, b.to_user_id) AS user_id_b,
        evidence.family,
        evidence.bits
    FROM evidence
    JOIN moved AS a ON a.family = evidence.family AND a.user_id = evidence.user_id_a
    JOIN moved AS b ON b.family = evidence.family AND b.user_id = evidence.user_id_b AND b.replicate = a.replicate
),

summed AS (
    SELECT
        permuted.replicate,
        permuted.user_id_a,
        permuted.user_id_b,
        list_sum(list(log2((1 + pow(2, permuted.bits)) / 2) ORDER BY permuted.family))
            - ((SELECT count(*) FROM families) - count(*)) AS bits,
        count(*) FILTER (permuted.bits >= settings.min_family_bits) AS families,
        max(permuted.bits) FILTER (permuted.family IN ('TEMPLATE', 'TIME', 'TARGET')) AS behavior_bits
    FROM permuted CROSS JOIN settings
    GROUP BY permuted.replicate, permuted.user_id_a, permuted.user_id_b
)

SELECT summed.replicate, summed.user_id_a, summed.user_id_b, round(summed.bits, 4) AS bits
FROM summed CROSS JOIN settings
WHERE summed.families >= 2 AND summed.behavior_bits >= settings.min_behavior_bits
    AND summed.bits >= settings.least_bits
ORDER BY summed.replicate, summed.user_id_a, summed.user_id_b
