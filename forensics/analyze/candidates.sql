-- Pairs worth scoring: they share a value that is not mere context, or were active together more than once.
-- A rare value pairs all its accounts. A common one orders them by hash and pairs each with the accounts at fixed
-- pseudo-random distances: a circulant graph with random steps, an expander, keeps a large campaign in one piece at
-- linear cost. An account keeps `partners` of its common pairs. Each pair stands for `weight` pairs: the inverse of its
-- chance to be drawn by any value that both show. Values too common to bring a family its least bits pair nobody, but for
-- walks and schedules, whose closeness is measured. An unlisted pair has evidence zero.
--
-- reads   incidences, shareable, activity, people, settings
-- grain   one row per pair of accounts

WITH telling AS (
    SELECT incidences.value_id, CAST(incidences.person AS INTEGER) AS person, shareable.accounts
    FROM incidences
    JOIN shareable USING (value_id)
    CROSS JOIN settings
    WHERE shareable.bits >= settings.min_family_bits OR shareable.attribute IN ('enumeration', 'schedule')
),

rare AS MATERIALIZED (
    SELECT telling.* FROM telling CROSS JOIN settings
    WHERE telling.accounts <= settings.pair_accounts
),

exact AS (
    SELECT a.person AS a, b.person AS b, a.accounts
    FROM rare AS a JOIN rare AS b ON b.value_id = a.value_id AND b.person > a.person
),

ringed AS MATERIALIZED (
    SELECT
        telling.value_id,
        telling.person,
        telling.accounts,
        row_number() OVER (
            PARTITION BY telling.value_id ORDER BY md5(concat(telling.value_id, ':', telling.person)), telling.person
        ) - 1 AS place
    FROM telling CROSS JOIN settings
    WHERE telling.accounts > settings.pair_accounts
),

steps AS MATERIALIZED (  -- distances in the ring, drawn once per value
    SELECT DISTINCT
        common.value_id,
        1 + CAST(concat('0x', substr(md5(concat(common.value_id, ':', number)), 1, 12)) AS BIGINT)
            % (common.accounts - 1) AS step
    FROM (SELECT DISTINCT value_id, accounts FROM ringed) AS common
    CROSS JOIN settings
    CROSS JOIN LATERAL (SELECT unnest(range(0, CAST(settings.ring_neighbors AS BIGINT))) AS number)
),

ring AS (
    SELECT
        least(a.person, b.person) AS a,
        greatest(a.person, b.person) AS b
    FROM ringed AS a
    JOIN steps USING (value_id)
    JOIN ringed AS b ON b.value_id = a.value_id AND b.place = (a.place + steps.step) % a.accounts
),

active AS MATERIALIZED (
    SELECT CAST(people.person AS INTEGER) AS person, CAST(activity.bin AS INTEGER) AS bin
    FROM activity JOIN people USING (user_id)
),

quiet AS MATERIALIZED (  -- moments few accounts share, for a crowd says nothing
    SELECT active.* FROM active SEMI JOIN (SELECT bin FROM active GROUP BY bin HAVING count(*) BETWEEN 2 AND 40) USING (bin)
),

busy AS (
    SELECT person, count(*) AS bins FROM active GROUP BY ALL
),

met AS (
    SELECT a.person AS a, b.person AS b, count(*) AS times
    FROM quiet AS a JOIN quiet AS b ON b.bin = a.bin AND b.person > a.person
    GROUP BY ALL
    HAVING count(*) >= 4
),

together AS (  -- met at least four times, and twice as often as two accounts this busy meet by chance
    SELECT met.a, met.b
    FROM met
    JOIN busy AS busy_a ON busy_a.person = met.a
    JOIN busy AS busy_b ON busy_b.person = met.b
    CROSS JOIN (SELECT max(bin) - min(bin) + 1 AS bins FROM activity) AS period
    WHERE met.times * period.bins > 2 * busy_a.bins * busy_b.bins
),

paired AS MATERIALIZED (  -- a value of eight accounts, or odd moments together, always counts
    SELECT a, b, bool_and(is_ring) AS is_ring, bool_or(is_sure) AS is_sure
    FROM (
        SELECT a, b, false AS is_ring, accounts <= 8 AS is_sure FROM exact
        UNION ALL SELECT a, b, false, true FROM together
        UNION ALL SELECT a, b, true, false FROM ring
    )
    WHERE a <> b
    GROUP BY a, b
),

partners AS MATERIALIZED (
    SELECT person, count(*) AS partners
    FROM (SELECT unnest([a, b]) AS person FROM paired WHERE NOT is_sure)
    GROUP BY ALL
),

drawn AS (  -- of the others at most some hundred for each account, by a draw of the pair
    SELECT
        paired.a,
        paired.b,
        paired.is_ring,
        CASE WHEN is_sure THEN 1.0 ELSE least(1.0, settings.partners / greatest(of_a.partners, of_b.partners)) END AS chance
    FROM paired
    LEFT JOIN partners AS of_a ON of_a.person = paired.a
    LEFT JOIN partners AS of_b ON of_b.person = paired.b
    CROSS JOIN settings
),

kept AS MATERIALIZED (
    SELECT * FROM drawn
    WHERE chance >= 1 OR CAST(concat('0x', substr(md5(concat(a, ':', b)), 1, 12)) AS BIGINT) < chance * 281474976710656
),

common AS MATERIALIZED (
    SELECT person, list(value_id ORDER BY value_id) AS value_ids FROM ringed GROUP BY person
),

shown AS (  -- unnested, so that no plan joins all accounts of a value with each other first
    SELECT kept.a, kept.b, unnest(common.value_ids) AS value_id
    FROM kept JOIN common ON common.person = kept.a
    WHERE kept.is_ring
),

missed AS (  -- that the ring of no common value they share holds a pair: each of its steps, in both directions, is another
    SELECT
        shown.a,
        shown.b,
        exp(CAST(sum(CAST(2 * settings.ring_neighbors * ln(greatest(1 - 1.0 / (ringed.accounts - 1), 1e-9)) AS DECIMAL(18, 12))) AS DOUBLE)) AS chance
    FROM shown
    JOIN ringed ON ringed.person = shown.b AND ringed.value_id = shown.value_id
    CROSS JOIN settings
    GROUP BY ALL
)

SELECT kept.a, kept.b, round(1 / ((1 - coalesce(missed.chance, 0)) * kept.chance), 4) AS weight
FROM kept
LEFT JOIN missed USING (a, b)
ORDER BY kept.a, kept.b
