-- Pairs worth scoring: they share a value that is not mere context, or were active together more than once.
-- A rare value pairs all its accounts. A common one orders them by hash and pairs each with the accounts at fixed
-- pseudo-random distances: a circulant graph with random steps, an expander, keeps a large campaign in one piece at
-- linear cost. Each such pair stands for `weight` pairs: the inverse of its chance to be drawn. Values too common to
-- bring a family its least bits pair nobody. An unlisted pair has evidence zero.
--
-- reads   account_values, hubs, rarity, activity, settings
-- grain   one row per pair of accounts

WITH degrees AS (
    SELECT attribute, value, count(*) AS accounts FROM account_values GROUP BY ALL
),

usable AS (
    SELECT account_values.attribute, account_values.value, account_values.user_id, degrees.accounts
    FROM account_values
    JOIN degrees USING (attribute, value)
    JOIN rarity ON rarity.attribute = degrees.attribute AND rarity.accounts = degrees.accounts
    LEFT JOIN hubs
        ON hubs.attribute = account_values.attribute AND hubs.value = account_values.value
        AND hubs.action = 'context_only'
    CROSS JOIN settings
    WHERE degrees.accounts >= 2 AND hubs.value IS NULL
        AND log2(settings.kappa) + (settings.kappa - 1) * log2(rarity.coincidence) >= settings.min_family_bits
),

exact AS (
    SELECT a.user_id AS user_id_a, b.user_id AS user_id_b, 1.0 AS weight
    FROM usable AS a
    JOIN usable AS b ON b.attribute = a.attribute AND b.value = a.value AND b.user_id > a.user_id
    CROSS JOIN settings
    WHERE a.accounts <= settings.pair_accounts
),

ringed AS (
    SELECT
        usable.attribute,
        usable.value,
        usable.user_id,
        usable.accounts,
        row_number() OVER (
            PARTITION BY usable.attribute, usable.value ORDER BY md5(concat(usable.value, usable.user_id)), usable.user_id
        ) - 1 AS place
    FROM usable CROSS JOIN settings
    WHERE usable.accounts > settings.pair_accounts
),

steps AS (  -- distances in the ring, drawn once per value
    SELECT DISTINCT
        ringed.attribute,
        ringed.value,
        1 + CAST(concat('0x', substr(md5(concat(ringed.value, ':', number)), 1, 12)) AS BIGINT) % (ringed.accounts - 1)
            AS step
    FROM (SELECT DISTINCT attribute, value, accounts FROM ringed) AS ringed
    CROSS JOIN settings
    CROSS JOIN LATERAL (SELECT unnest(range(0, CAST(settings.ring_neighbors AS BIGINT))) AS number)
),

ring AS (
    SELECT
        least(a.user_id, b.user_id) AS user_id_a,
        greatest(a.user_id, b.user_id) AS user_id_b,
        (a.accounts - 1) / (2.0 * settings.ring_neighbors) AS weight
    FROM ringed AS a
    CROSS JOIN settings
    JOIN steps USING (attribute, value)
    JOIN ringed AS b
        ON b.attribute = a.attribute AND b.value = a.value AND b.place = (a.place + steps.step) % a.accounts
),

quiet_bins AS (  -- moments few accounts share, for a crowd proves nothing
    SELECT bin FROM activity GROUP BY bin HAVING count(*) BETWEEN 2 AND 40
),

busy AS (
    SELECT user_id, count(*) AS bins FROM activity GROUP BY ALL
),

together AS (  -- met at least four times, and twice as often as two accounts this busy meet by chance
    SELECT met.user_id_a, met.user_id_b, 1.0 AS weight
    FROM (
        SELECT a.user_id AS user_id_a, b.user_id AS user_id_b, count(*) AS times
        FROM quiet_bins
        JOIN activity AS a USING (bin)
        JOIN activity AS b ON b.bin = quiet_bins.bin AND b.user_id > a.user_id
        GROUP BY ALL
        HAVING count(*) >= 4
    ) AS met
    JOIN busy AS a ON a.user_id = met.user_id_a
    JOIN busy AS b ON b.user_id = met.user_id_b
    CROSS JOIN (SELECT max(bin) - min(bin) + 1 AS bins FROM activity) AS period
    WHERE met.times * period.bins > 2 * a.bins * b.bins
)

SELECT user_id_a, user_id_b, round(greatest(1.0, min(weight)), 4) AS weight
FROM (SELECT * FROM exact UNION ALL SELECT * FROM ring UNION ALL SELECT * FROM together)
WHERE user_id_a <> user_id_b
GROUP BY user_id_a, user_id_b
ORDER BY user_id_a, user_id_b
