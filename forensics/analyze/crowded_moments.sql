-- Moments that a crowd shares prove nothing: a vendor wakes all its apps, an outage makes everybody try again, a sale opens.
-- A bin is crowded where one account in fifty (and twenty) is active, four times as many as usual in its hour (day at the
-- slowest scale); so is every shorter moment inside. Nobody deals ids out by a push: where half of the accounts that
-- walk in one stretch of ids keep apart there (enumerations), by more than any of all accounts would by chance, these
-- walkers are no part of the crowd. A large operator at work in one hour would else hide behind itself.
--
-- reads   activity, people, enumerations, settings
-- grain   one row per scale and crowded bin

WITH scales AS (
    SELECT CAST(unnest([10, 60, 300, 1800]) AS INTEGER) AS scale, CAST(unnest([360, 60, 12, 48]) AS INTEGER) AS phases
),

dealt AS (  -- who walks in a stretch that is dealt out: half of its walkers keep apart
    SELECT DISTINCT enumerations.user_id
    FROM enumerations
    SEMI JOIN (
        SELECT space, stretch
        FROM enumerations CROSS JOIN settings
        GROUP BY space, stretch
        HAVING 2 * count(*) FILTER (apart_bits >= log2(settings.accounts) + 4) >= count(*)
    ) AS stretches USING (space, stretch)
),

bins AS (
    SELECT DISTINCT scales.scale, people.person, CAST(activity.bin * 10 // scales.scale AS INTEGER) AS bin
    FROM activity
    JOIN people USING (user_id)
    ANTI JOIN dealt USING (user_id)
    CROSS JOIN scales
),

crowd_sizes AS MATERIALIZED (
    SELECT scale, bin, bin // any_value(phases) AS period, count(*) AS accounts
    FROM bins JOIN scales USING (scale)
    GROUP BY scale, bin
),

usual AS (
    SELECT scale, period, quantile_disc(accounts, 0.5) AS accounts FROM crowd_sizes GROUP BY ALL
),

crowded AS (
    SELECT crowd_sizes.scale, crowd_sizes.bin
    FROM crowd_sizes
    JOIN usual USING (scale, period)
    CROSS JOIN settings
    WHERE crowd_sizes.accounts * 50 >= settings.accounts AND crowd_sizes.accounts >= 4 * usual.accounts
        AND crowd_sizes.accounts >= 20
)

SELECT DISTINCT crowd_sizes.scale, crowd_sizes.bin
FROM crowd_sizes
JOIN crowded
    ON crowded.scale >= crowd_sizes.scale AND crowded.bin = crowd_sizes.bin * crowd_sizes.scale // crowded.scale
ORDER BY crowd_sizes.scale, crowd_sizes.bin
