-- How many others keep the moments of a linked group who share nothing else with it.
-- A score, a price, a notice tells many when to act. Of two who act at the same moments the chance is then not that of
-- their clocks, but that both follow what those others follow.
-- Looked at are some links of the group that moments speak for (four, of different accounts, these and their partners
-- drawn by number), and of each some moments in which both were active (32, crowded ones left out). A bystander is active
-- in a third of these and more, so much more often than in the fifteen bins before and after that it happens to less than one of all accounts; is
-- no member; and shares no instrument, organization or walk with one. An address, a client or a prompt is no such trait: a
-- platform has many customers, a product many users.
--
-- reads   gated, synchrony, weighed, activity, crowded_moments, people, settings
-- grain   one row per link looked at and scale

WITH told AS MATERIALIZED (  -- links by what moments say
    SELECT gated.cluster_id, gated.a, gated.b, synchrony.scale
    FROM gated
    JOIN synchrony USING (a, b)
    CROSS JOIN settings
    WHERE gated.tier = 'linked' AND synchrony.scale > 0 AND synchrony.bits >= settings.min_behavior_bits
),

fellows AS (  -- one partner of each account
    SELECT cluster_id, a, b
    FROM (SELECT DISTINCT cluster_id, a, b FROM told)
    QUALIFY row_number() OVER (PARTITION BY cluster_id, a ORDER BY (a + b) * 2654435761 % 4294967296, b) = 1
),

drawn AS (
    SELECT cluster_id, a, b
    FROM fellows
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY a * 2654435761 % 4294967296, a) <= 4
),

looked AS MATERIALIZED (
    SELECT told.cluster_id, told.a, told.b, told.scale FROM told SEMI JOIN drawn USING (cluster_id, a, b)
),

moments_of_a AS MATERIALIZED (
    SELECT DISTINCT looked.*, activity.bin * 10 // looked.scale AS bin
    FROM looked
    JOIN people ON people.person = looked.a
    JOIN activity ON activity.user_id = people.user_id
),

moments_of_b AS MATERIALIZED (
    SELECT DISTINCT looked.*, activity.bin * 10 // looked.scale AS bin
    FROM looked
    JOIN people ON people.person = looked.b
    JOIN activity ON activity.user_id = people.user_id
),

met AS MATERIALIZED (
    SELECT *
    FROM moments_of_a
    JOIN moments_of_b USING (cluster_id, a, b, scale, bin)
    ANTI JOIN crowded_moments USING (scale, bin)
    QUALIFY row_number() OVER (PARTITION BY cluster_id, a, b, scale ORDER BY bin * 2654435761 % 4294967296, bin) <= 32
),

sizes AS (
    SELECT cluster_id, a, b, scale, count(*) AS met FROM met GROUP BY ALL
),

scales AS (
    SELECT DISTINCT scale FROM met
),

around AS MATERIALIZED (
    SELECT cluster_id, a, b, scale, bin + beside AS bin
    FROM met CROSS JOIN (SELECT unnest(range(-15, 16)) AS beside)
    EXCEPT
    SELECT cluster_id, a, b, scale, bin FROM met
),

present AS (
    SELECT DISTINCT activity.user_id, scales.scale, activity.bin * 10 // scales.scale AS bin
    FROM activity CROSS JOIN scales
),

insiders AS MATERIALIZED (
    SELECT DISTINCT cluster_id, unnest([a, b]) AS person FROM gated WHERE tier = 'linked'
),

others AS MATERIALIZED (
    SELECT met.cluster_id, met.a, met.b, met.scale, present.user_id, count(*) AS hits
    FROM met JOIN present USING (scale, bin)
    GROUP BY ALL
),

frequent AS MATERIALIZED (
    SELECT others.*, people.person, sizes.met
    FROM others
    JOIN sizes USING (cluster_id, a, b, scale)
    JOIN people USING (user_id)
    ANTI JOIN insiders ON insiders.cluster_id = others.cluster_id AND insiders.person = people.person
    WHERE others.hits >= 3 AND others.hits * 3 >= sizes.met
),

beside AS MATERIALIZED (
    SELECT frequent.cluster_id, frequent.a, frequent.b, frequent.scale, frequent.person, around.bin
    FROM frequent JOIN around USING (cluster_id, a, b, scale)
),

own AS MATERIALIZED (  -- read again for these few: no statement here looks into one table from two sides
    SELECT DISTINCT frequent.person, frequent.scale, activity.bin * 10 // frequent.scale AS bin
    FROM activity JOIN frequent USING (user_id)
),

nearby AS MATERIALIZED (
    SELECT cluster_id, a, b, scale, person, count(*) AS bins
    FROM beside JOIN own USING (scale, bin, person)
    GROUP BY ALL
),

widths AS (
    SELECT cluster_id, a, b, scale, count(*) AS bins FROM around GROUP BY ALL
),

strangers AS MATERIALIZED (  -- more often than the moments around explain, among all accounts
    SELECT frequent.*
    FROM frequent
    JOIN widths USING (cluster_id, a, b, scale)
    LEFT JOIN nearby USING (cluster_id, a, b, scale, person)
    CROSS JOIN settings
    CROSS JOIN LATERAL (SELECT frequent.met * (coalesce(nearby.bins, 0) + 1.0) / (widths.bins + 1.0) AS expected)
    WHERE hits > expected
        AND hits * log2(hits / expected) - (hits - expected) / ln(2) >= log2(settings.accounts)
),

persons AS MATERIALIZED (
    SELECT DISTINCT person FROM strangers
),

traits AS (
    SELECT a, b
    FROM weighed CROSS JOIN settings
    WHERE greatest(coalesce(ident, 0), coalesce(target, 0)) >= settings.min_family_bits
),

kin AS MATERIALIZED (
    SELECT DISTINCT insiders.cluster_id, trait.person
    FROM (
        SELECT a AS person, b AS fellow FROM traits SEMI JOIN persons ON persons.person = traits.a
        UNION ALL
        SELECT b, a FROM traits SEMI JOIN persons ON persons.person = traits.b
    ) AS trait
    JOIN insiders ON insiders.person = trait.fellow
)

SELECT sizes.cluster_id, sizes.a, sizes.b, sizes.scale, sizes.met AS moments, count(strangers.person) AS bystanders
FROM sizes
LEFT JOIN (SELECT * FROM strangers ANTI JOIN kin USING (cluster_id, person)) AS strangers USING (cluster_id, a, b, scale)
GROUP BY ALL
ORDER BY sizes.cluster_id, sizes.a, sizes.b, sizes.scale
