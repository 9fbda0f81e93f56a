-- Pairs active in the same short bins, against what each account's own habits explain.
-- Rank-1 null: account i falls into hour h and phase f independently, with its own hour profile and its own
-- phase profile; so expected = (sum_h n_ih n_jh) (sum_f a_if a_jf) / (n_i n_j). Two jobs that both run at :00
-- explain themselves; a burst at the same odd moment does not. Bins in which a crowd was active (the busiest
-- 0.1 %, or five people of a room the pair belongs to) prove nothing and are left out.
-- Blind to accounts that meet in one single hour only (docs/method.md).
-- Joins go two tables at a time: given three, the planner meets all accounts of an hour before it sees the pairs.
--
-- reads   candidates, activity, account_features, rooms, settings
-- grain   one row per pair and scale

WITH people AS MATERIALIZED (  -- numbers join faster than names
    SELECT user_id, row_number() OVER (ORDER BY user_id) AS person FROM account_features
),

bins AS MATERIALIZED (
    SELECT DISTINCT scale, people.person, activity.bin * 10 // scale AS bin
    FROM activity
    JOIN people USING (user_id)
    CROSS JOIN (SELECT unnest([10, 60, 300]) AS scale)
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

calm AS MATERIALIZED (
    SELECT bins.* FROM bins ANTI JOIN flashes USING (scale, bin)
),

totals AS (
    SELECT scale, person, count(*) AS n FROM calm GROUP BY ALL
),

hours AS MATERIALIZED (
    SELECT scale, person, bin * scale // 3600 AS hour, count(*) AS n FROM calm GROUP BY ALL
),

phases AS MATERIALIZED (
    SELECT scale, person, bin % (3600 // scale) AS phase, count(*) AS n FROM calm GROUP BY ALL
),

couples AS MATERIALIZED (
    SELECT a.person AS a, b.person AS b
    FROM candidates
    JOIN people AS a ON a.user_id = candidates.user_id_a
    JOIN people AS b ON b.user_id = candidates.user_id_b
),

moments AS MATERIALIZED (
    SELECT calm.scale, couples.a, couples.b, calm.bin FROM couples JOIN calm ON calm.person = couples.a
),

together AS MATERIALIZED (
    SELECT moments.scale, moments.a, moments.b, count(*) AS shared
    FROM moments JOIN calm ON calm.person = moments.b AND calm.scale = moments.scale AND calm.bin = moments.bin
    GROUP BY ALL
    HAVING count(*) >= 4
),

hours_of_a AS MATERIALIZED (
    SELECT together.scale, together.a, together.b, hours.hour, hours.n
    FROM together JOIN hours ON hours.scale = together.scale AND hours.person = together.a
),

same_hours AS MATERIALIZED (
    SELECT hours_of_a.scale, hours_of_a.a, hours_of_a.b, CAST(sum(hours_of_a.n * hours.n) AS BIGINT) AS products
    FROM hours_of_a
    JOIN hours ON hours.scale = hours_of_a.scale AND hours.person = hours_of_a.b AND hours.hour = hours_of_a.hour
    GROUP BY ALL
),

phases_of_a AS MATERIALIZED (
    SELECT together.scale, together.a, together.b, phases.phase, phases.n
    FROM together JOIN phases ON phases.scale = together.scale AND phases.person = together.a
),

same_phases AS MATERIALIZED (
    SELECT phases_of_a.scale, phases_of_a.a, phases_of_a.b, CAST(sum(phases_of_a.n * phases.n) AS BIGINT) AS products
    FROM phases_of_a
    JOIN phases
        ON phases.scale = phases_of_a.scale AND phases.person = phases_of_a.b AND phases.phase = phases_of_a.phase
    GROUP BY ALL
),

compared AS MATERIALIZED (  -- only pairs above expectation go on: the others can carry no evidence
    SELECT
        together.*,
        (same_hours.products * 1.0 / total_a.n) * (same_phases.products * 1.0 / total_b.n) AS expected
    FROM together
    JOIN same_hours USING (scale, a, b)
    JOIN same_phases USING (scale, a, b)
    JOIN totals AS total_a ON total_a.scale = together.scale AND total_a.person = together.a
    JOIN totals AS total_b ON total_b.scale = together.scale AND total_b.person = together.b
    WHERE together.shared > expected
),

housed AS MATERIALIZED (
    SELECT rooms.room, people.person FROM rooms JOIN people USING (user_id)
),

rooms_of_a AS MATERIALIZED (
    SELECT compared.scale, compared.a, compared.b, housed.room FROM compared JOIN housed ON housed.person = compared.a
),

roommates AS MATERIALIZED (
    SELECT rooms_of_a.* FROM rooms_of_a JOIN housed ON housed.person = rooms_of_a.b AND housed.room = rooms_of_a.room
),

crowded_rooms AS MATERIALIZED (
    SELECT housed.room, calm.scale, calm.bin
    FROM calm JOIN housed USING (person)
    WHERE housed.room IN (SELECT room FROM roommates)
    GROUP BY ALL
    HAVING count(*) >= 5
),

moments_in_rooms AS MATERIALIZED (
    SELECT roommates.*, calm.bin
    FROM roommates JOIN calm ON calm.person = roommates.a AND calm.scale = roommates.scale
),

crowded_moments AS MATERIALIZED (
    SELECT DISTINCT scale, a, b, bin FROM moments_in_rooms JOIN crowded_rooms USING (room, scale, bin)
),

crowded AS MATERIALIZED (  -- moments of a pair in which people of a room they share were active too
    SELECT crowded_moments.scale, crowded_moments.a, crowded_moments.b, count(*) AS shared
    FROM crowded_moments
    JOIN calm
        ON calm.person = crowded_moments.b AND calm.scale = crowded_moments.scale AND calm.bin = crowded_moments.bin
    GROUP BY ALL
),

observed AS (
    SELECT compared.* EXCLUDE (shared), compared.shared - coalesce(crowded.shared, 0) AS shared
    FROM compared LEFT JOIN crowded USING (scale, a, b)
)

SELECT
    of_a.user_id AS user_id_a,
    of_b.user_id AS user_id_b,
    observed.scale,
    observed.shared,
    round(observed.expected, 6) AS expected,
    round(least(
        settings.behavior_cap_bits,
        log2(settings.kappa) + (settings.kappa - 1) / ln(2)
            * (observed.shared - observed.expected - observed.shared * ln(observed.shared / observed.expected))
    ), 4) AS bits
FROM observed
JOIN people AS of_a ON of_a.person = observed.a
JOIN people AS of_b ON of_b.person = observed.b
CROSS JOIN settings
WHERE observed.shared >= 4 AND observed.shared > observed.expected
ORDER BY user_id_a, user_id_b, observed.scale
