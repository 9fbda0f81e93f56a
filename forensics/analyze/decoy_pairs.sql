-- Permuted worlds: the evidence of each family is dealt to other accounts of like activity, family by family.
-- Each family keeps its own structure (every campus, carrier and schedule), but families meet only by chance.
-- A pair needs a behavioral family to pass, so only what falls on the same pair as one is added up: where behavior falls is
-- dealt first, and for these pairs it is looked up which pair each family came from. $replicate is the number of the
-- world, from 1.
--
-- reads   weighed, gated, focus, account_features, people, settings
-- grain   one row per world and pair that passes with `least_bits` or more

WITH strata AS (  -- tenths of the accounts by activity: busy accounts stay busy
    SELECT CAST(people.person AS INTEGER) AS person, ntile(10) OVER (ORDER BY account_features.events, people.person) AS stratum
    FROM account_features JOIN people USING (user_id)
),

families AS (
    SELECT unnest(['NET', 'IDENT', 'CLIENT', 'TEMPLATE', 'TIME', 'TARGET']) AS family
),

placed AS MATERIALIZED (
    SELECT *, row_number() OVER (PARTITION BY stratum ORDER BY person) AS place FROM strata
),

dealt AS (
    SELECT
        families.family,
        placed.stratum,
        placed.person,
        row_number() OVER (
            PARTITION BY family, stratum
            ORDER BY md5(concat(CAST($replicate AS BIGINT), ':', family, ':', person)), person
        ) AS shuffled_place
    FROM placed CROSS JOIN families
),

moved AS MATERIALIZED (  -- from account -> to account, one bijection per world and family
    SELECT dealt.family, dealt.person, placed.person AS to_person
    FROM dealt JOIN placed ON placed.stratum = dealt.stratum AND placed.place = dealt.shuffled_place
),

grouped AS MATERIALIZED (
    SELECT DISTINCT unnest([a, b]) AS person FROM gated
),

explained AS MATERIALIZED (  -- what accounts of groups share with each other is explained: no campaign makes the worlds of others wilder
    SELECT weighed.a, weighed.b
    FROM weighed
    SEMI JOIN grouped AS of_a ON of_a.person = weighed.a
    SEMI JOIN grouped AS of_b ON of_b.person = weighed.b
),

behavior AS MATERIALIZED (
    SELECT CAST(a AS INTEGER) AS a, CAST(b AS INTEGER) AS b, template, time, target
    FROM weighed ANTI JOIN explained USING (a, b) CROSS JOIN settings
    WHERE greatest(template, time, target) >= settings.min_behavior_bits
),

told AS MATERIALIZED (
    SELECT a, b, upper(family) AS family
    FROM (UNPIVOT behavior ON template, time, target INTO NAME family VALUE bits) CROSS JOIN settings
    WHERE bits >= settings.min_behavior_bits
),

half_moved AS MATERIALIZED (
    SELECT told.family, moved.to_person AS a, told.b
    FROM told JOIN moved ON moved.family = told.family AND moved.person = told.a
),

behaving AS MATERIALIZED (
    SELECT DISTINCT least(half_moved.a, moved.to_person) AS a, greatest(half_moved.a, moved.to_person) AS b
    FROM half_moved
    JOIN moved ON moved.family = half_moved.family AND moved.person = half_moved.b
    SEMI JOIN focus AS focus_a ON focus_a.person = half_moved.a
    SEMI JOIN focus AS focus_b ON focus_b.person = moved.to_person
),

half_traced AS MATERIALIZED (
    SELECT behaving.a, behaving.b, moved.family, moved.person AS of_a
    FROM behaving JOIN moved ON moved.to_person = behaving.a
),

traced AS MATERIALIZED (  -- which pair the evidence of each family came from
    SELECT
        half_traced.a,
        half_traced.b,
        half_traced.family,
        least(half_traced.of_a, moved.person) AS first,
        greatest(half_traced.of_a, moved.person) AS second
    FROM half_traced JOIN moved ON moved.to_person = half_traced.b AND moved.family = half_traced.family
),

permuted AS (
    SELECT traced.a, traced.b, traced.family, CASE traced.family
        WHEN 'NET' THEN net
        WHEN 'IDENT' THEN ident
        WHEN 'CLIENT' THEN client
        WHEN 'TEMPLATE' THEN template
        WHEN 'TIME' THEN time
        ELSE target
    END AS bits
    FROM traced
    JOIN weighed ON weighed.a = traced.first AND weighed.b = traced.second
    ANTI JOIN explained ON explained.a = traced.first AND explained.b = traced.second
),

e_values AS (
    SELECT
        a,
        b,
        coalesce(max(pow(2, bits)) FILTER (family = 'NET'), 0) AS net,
        coalesce(max(pow(2, bits)) FILTER (family = 'IDENT'), 0) AS ident,
        coalesce(max(pow(2, bits)) FILTER (family = 'CLIENT'), 0) AS client,
        coalesce(max(pow(2, bits)) FILTER (family = 'TEMPLATE'), 0) AS template,
        coalesce(max(pow(2, bits)) FILTER (family = 'TIME'), 0) AS time,
        coalesce(max(pow(2, bits)) FILTER (family = 'TARGET'), 0) AS target,
        count(*) FILTER (bits >= settings.min_family_bits) AS families
    FROM permuted CROSS JOIN settings
    GROUP BY a, b
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
    WHERE families >= 2
),

summed AS (
    SELECT
        products.a,
        products.b,
        log2(
            settings.choice_shares[1] * (t1 * s1 + t2) + settings.choice_shares[2] * (t1 * s2 + t2 * s1 + t3)
            + settings.choice_shares[3] * (t1 * s3 + t2 * s2 + t3 * s1)
            + settings.choice_shares[4] * (t2 * s3 + t3 * s2) + settings.choice_shares[5] * t3 * s3
        ) + focus_a.volume_bits + focus_b.volume_bits AS bits
    FROM products
    JOIN focus AS focus_a ON focus_a.person = products.a
    JOIN focus AS focus_b ON focus_b.person = products.b
    CROSS JOIN settings
)

SELECT CAST($replicate AS BIGINT) AS replicate, summed.a, summed.b, round(summed.bits, 4) AS bits
FROM summed CROSS JOIN settings
WHERE round(summed.bits, 4) >= settings.least_bits
ORDER BY summed.a, summed.b
