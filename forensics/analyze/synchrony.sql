-- Pairs active in the same short bins, against what each account's own habits explain.
-- Two nulls, and the one that expects more counts (a composite null: the smaller e-value).
-- Habit: both fall into the same period (hour; day at the slowest scale) as they did, and into a phase of it as
-- often as their *other* periods agree: H * max(1/F, D/X), where H = sum_h n_ih n_jh, and of the X = n_i n_j - H
-- pairs of bins in different periods D have the same phase, of F. Two jobs that both run at :00 explain themselves;
-- a burst inside one single hour does not, for nothing outside that hour agrees.
-- Session: both were busy in the same block of 30 bins and fall into its bins at random: sum_b n_ib n_jb / 30. Two
-- people who happen to be online together meet often, too.
-- Bins in which a crowd was active (crowded_moments, or five people of a room of the pair) prove nothing and are left
-- out. But nobody deals out ids by a push: for two walks that keep apart in one stretch, the crowded moments that both
-- were part of count as scale 0, a whole moment once, against the share of all accounts that each moment drew.
-- Between two accounts that a clock drives (clocks), one meeting brings all others: their phases lie within a bin of
-- each other with chance 2 * bin / period, the shortest period counting, and no number of meetings says more than that.
-- Joins go two tables at a time: given three, the planner meets all accounts of an hour before the pairs.
--
-- reads   candidates, shared_values, enumerations, activity, crowded_moments, clocks, people, rooms, settings
-- grain   one row per pair and scale

WITH scales AS (
    SELECT CAST(unnest([10, 60, 300, 1800]) AS INTEGER) AS scale, CAST(unnest([360, 60, 12, 48]) AS INTEGER) AS phases
),

bins AS MATERIALIZED (
    SELECT DISTINCT scales.scale, CAST(people.person AS INTEGER) AS person, CAST(activity.bin * 10 // scales.scale AS INTEGER) AS bin
    FROM activity
    JOIN people USING (user_id)
    CROSS JOIN scales
),

calm AS MATERIALIZED (
    SELECT bins.* FROM bins ANTI JOIN crowded_moments USING (scale, bin)
),

totals AS (
    SELECT scale, person, count(*) AS n FROM calm GROUP BY ALL
),

periods AS MATERIALIZED (
    SELECT scale, person, bin // phases AS period, count(*) AS n FROM calm JOIN scales USING (scale) GROUP BY ALL
),

blocks AS MATERIALIZED (
    SELECT scale, person, bin // 30 AS block, count(*) AS n FROM calm WHERE scale >= 300 GROUP BY ALL
),

phases AS MATERIALIZED (
    SELECT scale, person, bin % phases AS phase, count(*) AS n FROM calm JOIN scales USING (scale) GROUP BY ALL
),

walkers AS MATERIALIZED (
    SELECT CAST(people.person AS INTEGER) AS person, enumerations.space, enumerations.stretch, enumerations.apart_bits
    FROM enumerations JOIN people USING (user_id)
),

walks_of_a AS MATERIALIZED (
    SELECT
        CAST(candidates.a AS INTEGER) AS a, CAST(candidates.b AS INTEGER) AS b, walkers.space, walkers.stretch,
        walkers.apart_bits
    FROM candidates JOIN walkers ON walkers.person = candidates.a
),

beside AS MATERIALIZED (  -- pairs that walk in one stretch of ids
    SELECT walks_of_a.a, walks_of_a.b, max(least(walks_of_a.apart_bits, walkers.apart_bits)) AS apart_bits
    FROM walks_of_a
    JOIN walkers
        ON walkers.person = walks_of_a.b AND walkers.space = walks_of_a.space AND walkers.stretch = walks_of_a.stretch
    GROUP BY ALL
),

worth AS MATERIALIZED (  -- rhythm alone never links: pairs without a trace of another family are left out
    SELECT CAST(a AS INTEGER) AS a, CAST(b AS INTEGER) AS b
    FROM shared_values CROSS JOIN settings
    WHERE bits >= settings.min_family_bits
    UNION
    SELECT a, b FROM beside
),

traces AS MATERIALIZED (  -- half an hour of an account: its calm bins of each scale as the bits of numbers
    SELECT
        person,
        bin * scale // 1800 AS half_hour,
        coalesce(bit_or(1 << bin % 6) FILTER (scale = 300), 0) AS of_300,
        coalesce(bit_or(1 << bin % 30) FILTER (scale = 60), 0) AS of_60,
        coalesce(bit_or(1 << bin % 30) FILTER (scale = 10 AND bin // 30 % 6 = 0), 0) AS of_10_0,
        coalesce(bit_or(1 << bin % 30) FILTER (scale = 10 AND bin // 30 % 6 = 1), 0) AS of_10_1,
        coalesce(bit_or(1 << bin % 30) FILTER (scale = 10 AND bin // 30 % 6 = 2), 0) AS of_10_2,
        coalesce(bit_or(1 << bin % 30) FILTER (scale = 10 AND bin // 30 % 6 = 3), 0) AS of_10_3,
        coalesce(bit_or(1 << bin % 30) FILTER (scale = 10 AND bin // 30 % 6 = 4), 0) AS of_10_4,
        coalesce(bit_or(1 << bin % 30) FILTER (scale = 10 AND bin // 30 % 6 = 5), 0) AS of_10_5
    FROM calm
    GROUP BY ALL
),

idler AS MATERIALIZED (  -- each pair is looked up from the side that has fewer half hours
    SELECT
        worth.a,
        worth.b,
        CASE WHEN total_a.n <= total_b.n THEN worth.a ELSE worth.b END AS fewer,
        CASE WHEN total_a.n <= total_b.n THEN worth.b ELSE worth.a END AS more
    FROM worth
    JOIN totals AS total_a ON total_a.person = worth.a AND total_a.scale = 1800
    JOIN totals AS total_b ON total_b.person = worth.b AND total_b.scale = 1800
),

moments AS MATERIALIZED (
    SELECT idler.a, idler.b, idler.more, traces.* EXCLUDE (person)
    FROM idler JOIN traces ON traces.person = idler.fewer
),

met AS MATERIALIZED (  -- where the longer bin is no crowd's, it holds all shorter ones that are none's
    SELECT
        moments.a,
        moments.b,
        count(*) AS halves,
        CAST(sum(bit_count(moments.of_300 & traces.of_300)) AS BIGINT) AS fives,
        CAST(sum(bit_count(moments.of_60 & traces.of_60)) AS BIGINT) AS ones,
        CAST(sum(
            CAST(bit_count(moments.of_10_0 & traces.of_10_0) AS INTEGER)
            + bit_count(moments.of_10_1 & traces.of_10_1)
            + bit_count(moments.of_10_2 & traces.of_10_2)
            + bit_count(moments.of_10_3 & traces.of_10_3)
            + bit_count(moments.of_10_4 & traces.of_10_4)
            + bit_count(moments.of_10_5 & traces.of_10_5)
        ) AS BIGINT) AS tens,
        CAST(sum(CAST(bit_count(moments.of_60) AS INTEGER) * bit_count(traces.of_60)) AS BIGINT) AS blocks_of_60,
        CAST(sum(
            CAST(bit_count(moments.of_10_0) AS INTEGER) * bit_count(traces.of_10_0)
            + CAST(bit_count(moments.of_10_1) AS INTEGER) * bit_count(traces.of_10_1)
            + CAST(bit_count(moments.of_10_2) AS INTEGER) * bit_count(traces.of_10_2)
            + CAST(bit_count(moments.of_10_3) AS INTEGER) * bit_count(traces.of_10_3)
            + CAST(bit_count(moments.of_10_4) AS INTEGER) * bit_count(traces.of_10_4)
            + CAST(bit_count(moments.of_10_5) AS INTEGER) * bit_count(traces.of_10_5)
        ) AS BIGINT) AS blocks_of_10
    FROM moments JOIN traces ON traces.person = moments.more AND traces.half_hour = moments.half_hour
    GROUP BY ALL
    HAVING greatest(halves, fives, ones, tens) >= 4
),

together AS MATERIALIZED (
    SELECT scale, a, b, shared, of_blocks
    FROM (
        SELECT
            a,
            b,
            unnest([10, 60, 300, 1800]) AS scale,
            unnest([tens, ones, fives, halves]) AS shared,
            unnest([blocks_of_10, blocks_of_60, NULL, NULL]) AS of_blocks
        FROM met
    )
    WHERE shared >= 4
),

blocks_of_a AS MATERIALIZED (
    SELECT together.scale, together.a, together.b, together.shared, blocks.block, blocks.n
    FROM together JOIN blocks ON blocks.scale = together.scale AND blocks.person = together.a
    WHERE together.of_blocks IS NULL
),

same_blocks AS (
    SELECT
        blocks_of_a.scale,
        blocks_of_a.a,
        blocks_of_a.b,
        any_value(blocks_of_a.shared) AS shared,
        CAST(sum(blocks_of_a.n * blocks.n) AS BIGINT) AS of_blocks
    FROM blocks_of_a
    JOIN blocks
        ON blocks.scale = blocks_of_a.scale AND blocks.person = blocks_of_a.b AND blocks.block = blocks_of_a.block
    GROUP BY ALL
    UNION ALL
    SELECT scale, a, b, shared, of_blocks FROM together WHERE of_blocks IS NOT NULL
),

odd_in_blocks AS MATERIALIZED (  -- where one null explains all the other is not asked: the more it expects, the less is left
    SELECT same_blocks.*
    FROM same_blocks CROSS JOIN settings
    WHERE shared > of_blocks / 30.0
        AND log2(kappa) + (kappa - 1) / ln(2) * (shared - of_blocks / 30.0 - shared * ln(shared / (of_blocks / 30.0))) > -1
),

periods_of_a AS MATERIALIZED (
    SELECT odd_in_blocks.*, periods.period, periods.n
    FROM odd_in_blocks JOIN periods ON periods.scale = odd_in_blocks.scale AND periods.person = odd_in_blocks.a
),

same_periods AS (
    SELECT
        periods_of_a.scale, periods_of_a.a, periods_of_a.b,
        any_value(periods_of_a.shared) AS shared,
        any_value(periods_of_a.of_blocks) AS of_blocks,
        CAST(sum(periods_of_a.n * periods.n) AS BIGINT) AS of_periods
    FROM periods_of_a
    JOIN periods
        ON periods.scale = periods_of_a.scale AND periods.person = periods_of_a.b
        AND periods.period = periods_of_a.period
    GROUP BY ALL
),

odd AS MATERIALIZED (
    SELECT same_periods.*, scales.phases
    FROM same_periods JOIN scales USING (scale) CROSS JOIN settings
    CROSS JOIN LATERAL (SELECT of_periods / CAST(scales.phases AS DOUBLE) AS least_expected)
    WHERE shared > least_expected
        AND log2(kappa) + (kappa - 1) / ln(2) * (shared - least_expected - shared * ln(shared / least_expected)) > -1
),

phases_of_a AS MATERIALIZED (
    SELECT odd.*, phases.phase, phases.n FROM odd JOIN phases ON phases.scale = odd.scale AND phases.person = odd.a
),

same_phases AS MATERIALIZED (
    SELECT phases_of_a.scale, phases_of_a.a, phases_of_a.b, CAST(sum(phases_of_a.n * phases.n) AS BIGINT) AS of_phases
    FROM phases_of_a
    JOIN phases
        ON phases.scale = phases_of_a.scale AND phases.person = phases_of_a.b AND phases.phase = phases_of_a.phase
    GROUP BY ALL
),

explained AS MATERIALIZED (
    SELECT
        odd.scale,
        odd.a,
        odd.b,
        odd.shared,
        greatest(
            odd.of_periods * greatest(
                1.0 / odd.phases,
                coalesce(
                    (same_phases.of_phases - odd.shared) * 1.0 / nullif(total_a.n * total_b.n - odd.of_periods, 0), 0.0
                )
            ),
            odd.of_blocks / 30.0
        ) AS expected
    FROM odd
    JOIN same_phases USING (scale, a, b)
    JOIN totals AS total_a ON total_a.scale = odd.scale AND total_a.person = odd.a
    JOIN totals AS total_b ON total_b.scale = odd.scale AND total_b.person = odd.b
),

compared AS MATERIALIZED (  -- only pairs with evidence go on: leaving moments out never adds any
    SELECT explained.*
    FROM explained CROSS JOIN settings
    WHERE explained.shared > explained.expected
        AND log2(settings.kappa) + (settings.kappa - 1) / ln(2)
            * (explained.shared - explained.expected - explained.shared * ln(explained.shared / explained.expected)) > 0
),

housed AS MATERIALIZED (
    SELECT CAST(dense_rank() OVER (ORDER BY rooms.room) AS INTEGER) AS room, CAST(people.person AS INTEGER) AS person
    FROM rooms JOIN people USING (user_id)
    WHERE rooms.people >= 5
),

rooms_of_a AS MATERIALIZED (
    SELECT compared.scale, compared.a, compared.b, housed.room FROM compared JOIN housed ON housed.person = compared.a
),

roommates AS MATERIALIZED (
    SELECT rooms_of_a.* FROM rooms_of_a JOIN housed ON housed.person = rooms_of_a.b AND housed.room = rooms_of_a.room
),

housemates AS (
    SELECT DISTINCT scale, a, b FROM roommates
),

moments_of_a AS MATERIALIZED (
    SELECT housemates.*, calm.bin
    FROM housemates JOIN calm ON calm.person = housemates.a AND calm.scale = housemates.scale
),

meetings AS MATERIALIZED (
    SELECT moments_of_a.scale, moments_of_a.a, moments_of_a.b, moments_of_a.bin
    FROM moments_of_a
    JOIN calm
        ON calm.person = moments_of_a.b AND calm.scale = moments_of_a.scale AND calm.bin = moments_of_a.bin
),

room_meetings AS MATERIALIZED (
    SELECT roommates.room, roommates.scale, roommates.a, roommates.b, meetings.bin
    FROM meetings JOIN roommates USING (scale, a, b)
),

asked AS MATERIALIZED (
    SELECT DISTINCT room, scale, bin FROM room_meetings
),

people_there AS MATERIALIZED (
    SELECT housed.room, calm.scale, calm.bin
    FROM calm JOIN housed USING (person)
    WHERE housed.room IN (SELECT room FROM asked)
),

crowded_rooms AS MATERIALIZED (
    SELECT room, scale, bin
    FROM people_there SEMI JOIN asked USING (room, scale, bin)
    GROUP BY ALL
    HAVING count(*) >= 5
),

crowded AS MATERIALIZED (  -- moments of a pair in which people of a room they share were active too
    SELECT room_meetings.scale, room_meetings.a, room_meetings.b, count(DISTINCT room_meetings.bin) AS shared
    FROM room_meetings JOIN crowded_rooms USING (room, scale, bin)
    GROUP BY ALL
),

observed AS (
    SELECT compared.* EXCLUDE (shared), compared.shared - coalesce(crowded.shared, 0) AS shared
    FROM compared LEFT JOIN crowded USING (scale, a, b)
),

episodes AS MATERIALIZED (  -- crowded minutes that follow each other are one moment
    SELECT bin, sum(CASE WHEN bin - previous <= 3 THEN 0 ELSE 1 END) OVER (ORDER BY bin) AS episode
    FROM (SELECT bin, lag(bin) OVER (ORDER BY bin) AS previous FROM crowded_moments WHERE scale = 60)
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
        CASE
            WHEN of_a.period IS NOT NULL AND of_b.period IS NOT NULL
                THEN log2(greatest(1, least(of_a.period, of_b.period) / (2 * counted.scale)))
        END,
        log2(settings.kappa) + (settings.kappa - 1) / ln(2)
            * (counted.shared - counted.expected - counted.shared * ln(counted.shared / counted.expected))
    ), 4) AS bits
FROM counted
LEFT JOIN clocks AS of_a ON of_a.scale = counted.scale AND of_a.person = counted.a
LEFT JOIN clocks AS of_b ON of_b.scale = counted.scale AND of_b.person = counted.b
CROSS JOIN settings
WHERE counted.shared >= 4 AND counted.shared > counted.expected
ORDER BY counted.a, counted.b, counted.scale
