-- Pairs active in the same short bins, against what each account's own habits explain.
-- Rank-1 null: account i falls into hour h and phase f independently, with its own hour profile and its own
-- phase profile; so expected = (sum_h n_ih n_jh) (sum_f a_if a_jf) / (n_i n_j). Two jobs that both run at :00
-- explain themselves; a burst at the same odd moment does not. Bins in which a crowd was active (the busiest
-- 0.1 %, or five people of a room the pair belongs to) prove nothing and are left out.
-- Blind to accounts that meet in one single hour only (docs/method.md).
--
-- reads   candidates, activity, rooms, settings
-- grain   one row per pair and scale

WITH bins AS (
    SELECT DISTINCT scale, user_id, bin * 10 // scale AS bin
    FROM activity CROSS JOIN (SELECT unnest([10, 60, 300]) AS scale)
),

crowd_sizes AS (
    SELECT scale, bin, count(*) AS accounts FROM bins GROUP BY ALL
),

flashes AS (  -- the busiest 0.1 % of the bins
    SELECT crowd_sizes.scale, crowd_sizes.bin
    FROM crowd_sizes
    JOIN (SELECT scale, quantile_disc(accounts, 0.999) AS most FROM crowd_sizes GROUP BY ALL) USING (scale)
    WHERE accounts > most
),

calm AS (
    SELECT bins.* FROM bins ANTI JOIN flashes USING (scale, bin)
),

totals AS (
    SELECT scale, user_id, count(*) AS n FROM calm GROUP BY ALL
),

hours AS (
    SELECT scale, user_id, bin * scale // 3600 AS hour, count(*) AS n FROM calm GROUP BY ALL
),

phases AS (
    SELECT scale, user_id, bin % (3600 // scale) AS phase, count(*) AS n FROM calm GROUP BY ALL
),

together AS (
    SELECT a.scale, candidates.user_id_a, candidates.user_id_b, a.bin
    FROM candidates
    JOIN calm AS a ON a.user_id = candidates.user_id_a
    JOIN calm AS b ON b.user_id = candidates.user_id_b AND b.scale = a.scale AND b.bin = a.bin
),

crowded_rooms AS (
    SELECT rooms.room, calm.scale, calm.bin
    FROM calm JOIN rooms USING (user_id)
    GROUP BY ALL
    HAVING count(*) >= 5
),

crowded AS (  -- moments of a pair in which people of a room they share were active too
    SELECT DISTINCT together.scale, together.user_id_a, together.user_id_b, together.bin
    FROM together
    JOIN rooms AS a ON a.user_id = together.user_id_a
    JOIN rooms AS b ON b.user_id = together.user_id_b AND b.room = a.room
    JOIN crowded_rooms
        ON crowded_rooms.room = a.room
        AND crowded_rooms.scale = together.scale AND crowded_rooms.bin = together.bin
),

observed AS (
    SELECT together.scale, together.user_id_a, together.user_id_b, count(*) AS shared
    FROM together ANTI JOIN crowded USING (scale, user_id_a, user_id_b, bin)
    GROUP BY ALL
    HAVING count(*) >= 4
),

same_hours AS (
    SELECT observed.scale, observed.user_id_a, observed.user_id_b, CAST(sum(a.n * b.n) AS BIGINT) AS products
    FROM observed
    JOIN hours AS a ON a.scale = observed.scale AND a.user_id = observed.user_id_a
    JOIN hours AS b ON b.scale = observed.scale AND b.user_id = observed.user_id_b AND b.hour = a.hour
    GROUP BY ALL
),

same_phases AS (
    SELECT observed.scale, observed.user_id_a, observed.user_id_b, CAST(sum(a.n * b.n) AS BIGINT) AS products
    FROM observed
    JOIN phases AS a ON a.scale = observed.scale AND a.user_id = observed.user_id_a
    JOIN phases AS b ON b.scale = observed.scale AND b.user_id = observed.user_id_b AND b.phase = a.phase
    GROUP BY ALL
),

compared AS (
    SELECT
        observed.*,
        (same_hours.products * 1.0 / total_a.n) * (same_phases.products * 1.0 / total_b.n) AS expected
    FROM observed
    JOIN same_hours USING (scale, user_id_a, user_id_b)
    JOIN same_phases USING (scale, user_id_a, user_id_b)
    JOIN totals AS total_a ON total_a.scale = observed.scale AND total_a.user_id = observed.user_id_a
    JOIN totals AS total_b ON total_b.scale = observed.scale AND total_b.user_id = observed.user_id_b
)

SELECT
    compared.user_id_a,
    compared.user_id_b,
    compared.scale,
    compared.shared,
    round(compared.expected, 6) AS expected,
    round(least(
        settings.behavior_cap_bits,
        log2(settings.kappa) + (settings.kappa - 1) / ln(2)
            * (compared.shared - compared.expected - compared.shared * ln(compared.shared / compared.expected))
    ), 4) AS bits
FROM compared CROSS JOIN settings
WHERE compared.shared > compared.expected
ORDER BY compared.user_id_a, compared.user_id_b, compared.scale
