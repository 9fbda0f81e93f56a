-- Permuted worlds: the evidence of each family is dealt to other accounts of like activity, family by family.
-- Each family keeps its own structure (every campus, carrier and schedule), but families meet only by chance.
-- A pair needs a behavioral family to pass, so only what falls on the same pair as one is added up. $replicate is the
-- number of the world, from 1.
--
-- reads   weighed, gated, focus, account_features, people, signals, settings
-- grain   one row per world and pair that passes with `least_bits` or more

WITH strata AS (  -- tenths of the accounts by activity: busy accounts stay busy
    SELECT people.person, ntile(10) OVER (ORDER BY account_features.events, people.person) AS stratum
    FROM account_features JOIN people USING (user_id)
),

grouped AS MATERIALIZED (
    SELECT DISTINCT unnest([a, b]) AS person FROM gated
),

all_weighed AS (  -- what accounts of groups share with each other is explained: no campaign makes the worlds of others wilder
    SELECT a, b, net, ident, client, template, time, target
    FROM (
        SELECT weighed.*, of_a.person IS NOT NULL AND of_b.person IS NOT NULL AS is_explained
        FROM weighed
        LEFT JOIN grouped AS of_a ON of_a.person = weighed.a
        LEFT JOIN grouped AS of_b ON of_b.person = weighed.b
    )
    WHERE NOT is_explained
),

told AS MATERIALIZED (
    SELECT a, b, upper(family) AS family, bits
    FROM (UNPIVOT all_weighed ON net, ident, client, template, time, target INTO NAME family VALUE bits)
),

dealt AS MATERIALIZED (
    SELECT
        CAST($replicate AS BIGINT) AS replicate,
        families.family,
        strata.stratum,
        strata.person,
        row_number() OVER (PARTITION BY replicate, family, stratum ORDER BY person) AS place,
        row_number() OVER (
            PARTITION BY replicate, family, stratum
            ORDER BY md5(concat(replicate, ':', family, ':', person)), person
        ) AS shuffled_place
    FROM strata
    CROSS JOIN (SELECT DISTINCT family FROM told) AS families
),

moved AS MATERIALIZED (  -- from account -> to account, one bijection per world and family
    SELECT a.replicate, a.family, a.person, b.person AS to_person
    FROM dealt AS a
    JOIN dealt AS b
        ON b.replicate = a.replicate AND b.family = a.family AND b.stratum = a.stratum
        AND b.place = a.shuffled_place
),

half_moved AS MATERIALIZED (
    SELECT moved.replicate, told.family, moved.to_person AS a, told.b, told.bits
    FROM told JOIN moved ON moved.family = told.family AND moved.person = told.a
),

permuted AS MATERIALIZED (
    SELECT
        half_moved.replicate,
        half_moved.family,
        least(half_moved.a, moved.to_person) AS a,
        greatest(half_moved.a, moved.to_person) AS b,
        half_moved.bits
    FROM half_moved
    JOIN moved
        ON moved.replicate = half_moved.replicate AND moved.family = half_moved.family AND moved.person = half_moved.b
),

behaving AS MATERIALIZED (
    SELECT DISTINCT permuted.replicate, permuted.a, permuted.b
    FROM permuted
    SEMI JOIN focus AS focus_a ON focus_a.person = permuted.a
    SEMI JOIN focus AS focus_b ON focus_b.person = permuted.b
    CROSS JOIN settings
    WHERE permuted.family IN ('TEMPLATE', 'TIME', 'TARGET') AND permuted.bits >= settings.min_behavior_bits
),

summed AS (
    SELECT
        permuted.replicate,
        permuted.a,
        permuted.b,
        sum(CAST(log2(1 + pow(2, permuted.bits)) AS DECIMAL(18, 9)))
            - (SELECT count(DISTINCT family) FROM signals) AS bits,
        count(*) FILTER (permuted.bits >= settings.min_family_bits) AS families
    FROM permuted
    JOIN behaving USING (replicate, a, b)
    CROSS JOIN settings
    GROUP BY permuted.replicate, permuted.a, permuted.b
)

SELECT
    summed.replicate,
    summed.a,
    summed.b,
    round(CAST(summed.bits AS DOUBLE) + focus_a.volume_bits + focus_b.volume_bits, 4) AS bits
FROM summed
JOIN focus AS focus_a ON focus_a.person = summed.a
JOIN focus AS focus_b ON focus_b.person = summed.b
CROSS JOIN settings
WHERE summed.families >= 2
    AND round(CAST(summed.bits AS DOUBLE) + focus_a.volume_bits + focus_b.volume_bits, 4) >= settings.least_bits
ORDER BY summed.replicate, summed.a, summed.b
