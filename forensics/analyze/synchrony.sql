-- Pairs active in the same short bins, against what each account's own habits explain.
-- Two nulls, and the one that expects more counts (a composite null: the smaller e-value).
-- Habit: both fall into the same period (hour; day at the slowest scale) as they did, and into a phase of it as
-- often as their *other* periods agree: H * max(1/F, D/X), where H = sum_h n_ih n_jh, and of the X = n_i n_j - H
-- pairs of bins in different periods D have the same phase, of F. Two jobs that both run at :00 explain themselves;
-- a burst inside one single hour does not, for nothing outside that hour agrees.
-- Session: both were busy in the same block of 30 bins and fall into its bins at random: sum_b n_ib n_jb / 30. Two
-- people who happen to be online together meet often, too.
-- Bins in which a crowd was active (one account in fifty at four times the usual, or five people of a room of the pair)
-- prove nothing and are left out: a vendor wakes all its apps, an outage makes everybody try again. But nobody deals out
-- ids by a push: for two walks that keep apart in one stretch, the crowded moments that both were part of count as scale
-- 0, a whole moment once, against the share of all accounts that each moment drew.
-- Joins go two tables at a time: given three, the planner meets all accounts of an hour before the pairs.
--
-- reads   candidates, shared_values, enumerations, activity, people, rooms, settings
-- grain   one row per pair and scale

WITH scales AS (
    SELECT unnest([10, 60, 300, 1800]) AS scale, unnest([3600, 3600, 3600, 86400]) // scale AS phases
),

bins AS MATERIALIZED (
    SELECT DISTINCT scales.scale, scales.phases, people.person, activity.bin * 10 // scales.scale AS bin
    FROM activity
    JOIN people USING (user_id)
    CROSS JOIN scales
),

crowd_sizes AS (
    SELECT scale, bin, bin // any_value(phases) AS period, count(*) AS accounts FROM bins GROUP BY scale, bin
),

usual AS (  -- how many accounts a bin of the same period has
    SELECT crowd_sizes.scale, crowd_sizes.period, quantile_disc(crowd_sizes.accounts, 0.5) AS accounts
    FROM crowd_sizes
    GROUP BY ALL
),

crowded_moments AS (  -- one account in fifty at four times the usual
    SELECT crowd_sizes.scale, crowd_sizes.bin
    FROM crowd_sizes
    JOIN usual USING (scale, period)
    CROSS JOIN settings
    WHERE crowd_sizes.accounts * 50 >= settings.accounts AND crowd_sizes.accounts >= 4 * usual.accounts
        AND crowd_sizes.accounts >= 20
),

flashes AS (  -- with every shorter moment inside
    SELECT DISTINCT crowd_sizes.scale, crowd_sizes.bin
    FROM crowd_sizes
    JOIN crowded_moments
        ON crowded_moments.scale >= crowd_sizes.scale
        AND crowded_moments.bin = crowd_sizes.bin * crowd_sizes.scale // crowded_moments.scale
),

calm AS MATERIALIZED (
    SELECT bins.* FROM bins ANTI JOIN flashes USING (scale, bin)
),

totals AS (
    SELECT scale, person, count(*) AS n FROM calm GROUP BY ALL
),

periods AS MATERIALIZED (
    SELECT scale, person, bin // phases AS period, count(*) AS n FROM calm GROUP BY ALL
),

blocks AS MATERIALIZED (
    SELECT scale, person, bin // 30 AS block, count(*) AS n FROM calm GROUP BY ALL
),

phases AS MATERIALIZED (
    SELECT scale, person, bin % phases AS phase, count(*) AS n FROM calm GROUP BY ALL
),

walkers AS (
    SELECT people.person, enumerations.space, enumerations.stretch, enumerations.apart_bits
    FROM enumerations JOIN people USING (user_id)
),

beside AS MATERIALIZED (  -- pairs that walk in one stretch of ids
    SELECT candidates.a, candidates.b, max(least(walker_a.apart_bits, walker_b.apart_bits)) AS apart_bits
    FROM candidates
    JOIN walkers AS walker_a ON walker_a.person = candidates.a
    JOIN walkers AS walker_b
        ON walker_b.person = candidates.b AND walker_b.space = walker_a.space AND walker_b.stretch = walker_a.stretch
    GROUP BY ALL
),

worth AS MATERIALIZED (  -- rhythm alone never links: pairs without a trace of another family are left out
    SELECT a, b FROM shared_values CROSS JOIN settings WHERE bits >= settings.min_family_bits
    UNION
    SELECT a, b FROM beside
),

idler AS MATERIALIZED (  -- each pair is looked up from the side that has fewer bins
    SELECT
        worth.a,
        worth.b,
        total_a.scale,
        CASE WHEN total_a.n <= total_b.n THEN worth.a ELSE worth.b END AS fewer,
        CASE WHEN total_a.n <= total_b.n THEN worth.b ELSE worth.a END AS more
    FROM worth
    JOIN totals AS total_a ON total_a.person = worth.a
    JOIN totals AS total_b ON total_b.person = worth.b AND total_b.scale = total_a.scale
    WHERE least(total_a.n, total_b.n) >= 4
),

moments AS MATERIALIZED (
    SELECT calm.scale, idler.a, idler.b, idler.more, calm.bin
    FROM idler JOIN calm ON calm.person = idler.fewer AND calm.scale = idler.scale
),

together AS MATERIALIZED (
    SELECT moments.scale, moments.a, moments.b, count(*) AS shared
    FROM moments JOIN calm ON calm.person = moments.more AND calm.scale = moments.scale AND calm.bin = moments.bin
    GROUP BY ALL
    HAVING count(*) >= 4
),

periods_of_a AS MATERIALIZED (
    SELECT together.scale, together.a, together.b, periods.period, periods.n
    FROM together JOIN periods ON periods.scale = together.scale AND periods.person = together.a
),

same_periods AS MATERIALIZED (
    SELECT periods_of_a.scale, periods_of_a.a, periods_of_a.b, CAST(sum(periods_of_a.n * periods.n) AS BIGINT) AS products
    FROM periods_of_a
    JOIN periods
        ON periods.scale = periods_of_a.scale AND periods.person = periods_of_a.b
        AND periods.period = periods_of_a.period
    GROUP BY ALL
),

blocks_of_a AS MATERIALIZED (
    SELECT together.scale, together.a, together.b, blocks.block, blocks.n
    FROM together JOIN blocks ON blocks.scale = together.scale AND blocks.person = together.a
),

same_blocks AS MATERIALIZED (
    SELECT blocks_of_a.scale, blocks_of_a.a, blocks_of_a.b, CAST(sum(blocks_of_a.n * blocks.n) AS BIGINT) AS products
    FROM blocks_of_a
    JOIN blocks
        ON blocks.scale = blocks_of_a.scale AND blocks.person = blocks_of_a.b AND blocks.block = blocks_of_a.block
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

explained AS MATERIALIZED (
    SELECT
        together.*,
        greatest(
            same_periods.products * greatest(
                1.0 / scales.phases,
                coalesce(
                    (same_phases.products - together.shared) * 1.0
                        / nullif(total_a.n * total_b.n - same_periods.products, 0),
                    0.0
                )
            ),
            same_blocks.products / 30.0
        ) AS expected
    FROM together
    JOIN scales USING (scale)
    JOIN same_periods USING (scale, a, b)
    JOIN same_blocks USING (scale, a, b)
    JOIN same_phases USING (scale, a, b)
    JOIN totals AS total_a ON total_a.scale = together.scale AND total_a.person = together.a
    JOIN totals AS total_b ON total_b.scale = together.scale AND total_b.person = together.b
),

compared AS MATERIALIZED (  -- only pairs with evidence go on: leaving moments out never adds any
    SELECT explained.*
    FROM explained CROSS JOIN settings
    WHERE explained.shared > explained.expected
        AND log2(settings.kappa) + (settings.kappa - 1) / ln(2)
            * (explained.shared - explained.expected - explained.shared * ln(explained.shared / explained.expected)) > 0
),

housed AS MATERIALIZED (
    SELECT rooms.room, people.person FROM rooms JOIN people USING (user_id) WHERE rooms.people >= 5
),

rooms_of_a AS MATERIALIZED (
    SELECT compared.scale, compared.a, compared.b, housed.room FROM compared JOIN housed ON housed.person = compared.a
),

roommates AS MATERIALIZED (
    SELECT rooms_of_a.* FROM rooms_of_a JOIN housed ON housed.person = rooms_of_a.b AND housed.room = rooms_of_a.room
),

moments_of_a AS MATERIALIZED (
    SELECT roommates.*, calm.bin
    FROM roommates JOIN calm ON calm.person = roommates.a AND calm.scale = roommates.scale
),

meetings AS MATERIALIZED (
    SELECT moments_of_a.*
    FROM moments_of_a
    JOIN calm
        ON calm.person = moments_of_a.b AND calm.scale = moments_of_a.scale AND calm.bin = moments_of_a.bin
),

crowded_rooms AS MATERIALIZED (
    SELECT housed.room, calm.scale, calm.bin
    FROM calm JOIN housed USING (person)
    SEMI JOIN meetings ON meetings.room = housed.room AND meetings.scale = calm.scale AND meetings.bin = calm.bin
    GROUP BY ALL
    HAVING count(*) >= 5
),

crowded AS MATERIALIZED (  -- moments of a pair in which people of a room they share were active too
    SELECT meetings.scale, meetings.a, meetings.b, count(DISTINCT meetings.bin) AS shared
    FROM meetings JOIN crowded_rooms USING (room, scale, bin)
    GROUP BY ALL
),

observed AS (
    SELECT compared.* EXCLUDE (shared), compared.shared - coalesce(crowded.shared, 0) AS shared
    FROM compared LEFT JOIN crowded USING (scale, a, b)
),

episodes AS MATERIALIZED (  -- crowded minutes that follow each other are one moment
    SELECT bin, sum(CASE WHEN bin - previous <= 3 THEN 0 ELSE 1 END) OVER (ORDER BY bin) AS episode
    FROM (SELECT bin, lag(bin) OVER (ORDER BY bin) AS previous FROM flashes WHERE scale = 60)
),

parts AS MATERIALIZED (
    SELECT DISTINCT bins.person, episodes.episode
    FROM bins JOIN episodes USING (bin)
    WHERE bins.scale = 60
),

draws AS (  -- the chance that an account as busy as this one is part of a moment
    SELECT sizes.episode, sizes.accounts * 1.0 / settings.accounts AS share
    FROM (SELECT episode, count(*) AS accounts FROM parts GROUP BY ALL) AS sizes CROSS JOIN settings
),

busier AS (
    SELECT person, greatest(1.0, n / avg(n) OVER ()) AS factor
    FROM (SELECT person, count(*) AS n FROM bins WHERE scale = 1800 GROUP BY ALL)
),

dealt AS MATERIALIZED (
    SELECT beside.a, beside.b FROM beside CROSS JOIN settings WHERE beside.apart_bits >= settings.min_behavior_bits
),

parts_of_a AS MATERIALIZED (
    SELECT dealt.a, dealt.b, parts.episode FROM dealt JOIN parts ON parts.person = dealt.a
),

summoned AS (
    SELECT parts_of_a.a, parts_of_a.b, count(*) AS shared
    FROM parts_of_a JOIN parts ON parts.person = parts_of_a.b AND parts.episode = parts_of_a.episode
    GROUP BY ALL
),

crowds AS (
    SELECT
        summoned.*,
        busier_a.factor * busier_b.factor * (SELECT CAST(sum(CAST(share * share AS DECIMAL(18, 12))) AS DOUBLE) FROM draws) AS expected
    FROM summoned
    JOIN busier AS busier_a ON busier_a.person = summoned.a
    JOIN busier AS busier_b ON busier_b.person = summoned.b
),

counted AS (
    SELECT a, b, scale, shared, expected FROM observed
    UNION ALL
    SELECT a, b, 0, shared, expected FROM crowds
)

SELECT
    counted.a,
    counted.b,
    counted.scale,
    counted.shared,
    round(counted.expected, 6) AS expected,
    round(least(
        settings.behavior_cap_bits,
        log2(settings.kappa) + (settings.kappa - 1) / ln(2)
            * (counted.shared - counted.expected - counted.shared * ln(counted.shared / counted.expected))
    ), 4) AS bits
FROM counted
CROSS JOIN settings
WHERE counted.shared >= 4 AND counted.shared > counted.expected
ORDER BY counted.a, counted.b, counted.scale
