-- Accounts that take turns: where a stretch of work of the one ends, one of the other begins.
-- Work is cut at pauses of one minute and more (4, 16, 64 and 256 minutes); a turn is work that lasts as long as such a
-- pause. Wherever a turn of the one ends and one of the other begins nearer to each other than either turn, either pause
-- and 8 * pause are long, the distance lies anywhere within that reach if the two are independent. The bet: in half of the
-- cases it is within an eighth (a 32nd, a 128th) of the reach; the product over all such places is a likelihood ratio. Two
-- nulls, the more generous one counts: uniform within reach, or as close as turns on other days, and in other hours, lie
-- (habits). The mean over five pauses and three degrees of nearness.
-- People of one room relieve each other, in shifts or at one tablet: between them it counts for two walks in one stretch
-- only. Two whose turns a clock begins (clocks) have one distance: all places say no more than one.
-- Looked for where the pair shares a value, or a stretch, of at most 40 accounts.
--
-- reads   candidates, shared_values, enumerations, activity, clocks, people, rooms, settings
-- grain   one row per pair of accounts

WITH pauses AS (
    SELECT unnest([60, 240, 960, 3840, 15360]) AS pause
),

sharing AS MATERIALIZED (
    SELECT DISTINCT shared_values.a, shared_values.b
    FROM shared_values CROSS JOIN settings
    WHERE shared_values.bits >= settings.min_family_bits AND shared_values.rarest_accounts <= 40
),

walkers AS MATERIALIZED (
    SELECT
        people.person,
        enumerations.space,
        enumerations.stretch,
        count(*) OVER (PARTITION BY enumerations.space, enumerations.stretch) AS walkers
    FROM enumerations JOIN people USING (user_id)
),

walks_of_a AS MATERIALIZED (  -- two tables at a time: given three, the planner meets all who walk in one stretch first
    SELECT asked.a, asked.b, walkers.space, walkers.stretch
    FROM (SELECT a, b, false AS is_few FROM sharing UNION ALL SELECT a, b, true FROM candidates) AS asked
    JOIN walkers ON walkers.person = asked.a
    WHERE NOT asked.is_few OR walkers.walkers <= 40
),

beside AS MATERIALIZED (  -- walks in one stretch: of a pair that shares a value, or where few walk
    SELECT DISTINCT walks_of_a.a, walks_of_a.b
    FROM walks_of_a
    JOIN walkers AS others
        ON others.person = walks_of_a.b AND others.space = walks_of_a.space AND others.stretch = walks_of_a.stretch
),

housed AS MATERIALIZED (
    SELECT dense_rank() OVER (ORDER BY rooms.room) AS room, people.person FROM rooms JOIN people USING (user_id)
),

rooms_of_a AS MATERIALIZED (
    SELECT sharing.a, sharing.b, housed.room FROM sharing JOIN housed ON housed.person = sharing.a
),

roommates AS (
    SELECT DISTINCT rooms_of_a.a, rooms_of_a.b
    FROM rooms_of_a JOIN housed ON housed.person = rooms_of_a.b AND housed.room = rooms_of_a.room
),

partners AS MATERIALIZED (
    SELECT a, b FROM sharing ANTI JOIN roommates USING (a, b)
    UNION
    SELECT a, b FROM beside
),

moments AS MATERIALIZED (  -- seconds, in steps of ten
    SELECT people.person, activity.bin * 10 AS moment
    FROM activity
    JOIN people USING (user_id)
    SEMI JOIN (SELECT unnest([a, b]) AS person FROM partners) AS asked ON asked.person = people.person
),

gaps AS (
    SELECT person, moment, moment - lag(moment) OVER (PARTITION BY person ORDER BY moment) AS gap FROM moments
),

turns AS MATERIALIZED (  -- work goes on to the last moment before the next pause
    SELECT
        pause,
        person,
        began,
        ended,
        least(8 * pause, ended - began, gap) AS reach_before,
        least(8 * pause, ended - began, next_gap) AS reach_after
    FROM (
        SELECT
            pauses.pause,
            gaps.person,
            gaps.moment AS began,
            gaps.gap,
            lead(gaps.gap) OVER work AS next_gap,
            coalesce(lead(gaps.moment - gaps.gap) OVER work, lasts.last) AS ended
        FROM gaps
        JOIN pauses ON gaps.gap IS NULL OR gaps.gap >= pauses.pause
        JOIN (SELECT person, max(moment) AS last FROM moments GROUP BY person) AS lasts ON lasts.person = gaps.person
        WINDOW work AS (PARTITION BY pauses.pause, gaps.person ORDER BY gaps.moment)
    )
    WHERE ended - began >= pause
),

sides AS (  -- either may hand over to the other
    SELECT a, b, a AS giver, b AS taker FROM partners
    UNION ALL
    SELECT a, b, b, a FROM partners
),

given AS MATERIALIZED (
    SELECT sides.a, sides.b, sides.taker, turns.pause, turns.ended, turns.reach_after
    FROM sides JOIN turns ON turns.person = sides.giver
),

taken AS MATERIALIZED (  -- within reach lies in the same or the next piece of time
    SELECT person, pause, began, reach_before, began // (8 * pause) + side AS piece
    FROM turns CROSS JOIN (SELECT unnest([-1, 0, 1]) AS side)
),

met AS MATERIALIZED (
    SELECT
        given.a,
        given.b,
        given.pause,
        abs(taken.began - given.ended) // 10 AS distance,  -- steps of ten seconds, as moments are
        least(given.reach_after, taken.reach_before) // 10 AS reach
    FROM given
    JOIN taken
        ON taken.person = given.taker AND taken.pause = given.pause AND taken.piece = given.ended // (8 * given.pause)
    WHERE abs(taken.began - given.ended) <= least(given.reach_after, taken.reach_before)
),

several AS MATERIALIZED (
    SELECT a, b, pause FROM met WHERE distance * 8 <= reach GROUP BY a, b, pause HAVING count(*) >= 3
),

given_often AS MATERIALIZED (
    SELECT given.* FROM given SEMI JOIN several USING (a, b, pause)
),

elsewhere AS (  -- turns at other times of the same hour, or of the day
    SELECT given.a, given.b, given.pause, periods.period,
        abs(((turns.began - given.ended) % periods.period + periods.period + periods.period // 2) % periods.period
            - periods.period // 2) * 1.0 / least(8 * given.pause, periods.period // 2) AS apart
    FROM given_often AS given
    JOIN turns ON turns.person = given.taker AND turns.pause = given.pause
    JOIN (SELECT unnest([3600, 86400]) AS period) AS periods
        ON abs(turns.began - given.ended) > periods.period / 2
        AND (periods.period = 86400 OR 16 * given.pause <= periods.period)
),

degrees AS (
    SELECT unnest([8, 32, 128]) AS parts
),

habits AS (
    SELECT a, b, pause, parts, max(share) AS share
    FROM (
        SELECT a, b, pause, period, parts, count(*) FILTER (apart * parts <= 1) / count(*) AS share
        FROM elsewhere CROSS JOIN degrees
        WHERE apart <= 1
        GROUP BY a, b, pause, period, parts
    )
    GROUP BY a, b, pause, parts
),

chances AS (  -- of being so near, if independent
    SELECT
        met.*,
        degrees.parts,
        met.distance * degrees.parts <= met.reach AS is_near,
        (2 * (met.reach // degrees.parts) + 1) / (2 * met.reach + 1) AS by_chance
    FROM met SEMI JOIN several USING (a, b, pause) CROSS JOIN degrees
),

bets AS (
    SELECT
        chances.a,
        chances.b,
        chances.pause,
        chances.parts,
        chances.is_near,
        (1 + chances.by_chance) / 2 AS bet,
        least(0.99, greatest(chances.by_chance, coalesce(habits.share, 0))) AS chance
    FROM chances LEFT JOIN habits USING (a, b, pause, parts)
),

compared AS (
    SELECT
        a,
        b,
        pause,
        parts,
        count(*) AS places,
        count(*) FILTER (is_near) AS turns,
        max(log2(bet / chance)) FILTER (is_near) AS of_one,
        CAST(sum(CAST(CASE WHEN is_near THEN log2(bet / chance) ELSE log2((1 - bet) / (1 - chance)) END AS DECIMAL(18, 6))) AS DOUBLE)
            AS bits
    FROM bets
    GROUP BY a, b, pause, parts
),

scales AS (  -- of clocks, for turns between such pauses
    SELECT unnest([60, 240, 960, 3840, 15360]) AS pause, unnest([60, 60, 300, 1800, 1800]) AS scale
),

capped AS (
    SELECT compared.* EXCLUDE (bits), least(
        settings.behavior_cap_bits,
        CASE WHEN of_a.person IS NOT NULL AND of_b.person IS NOT NULL THEN coalesce(compared.of_one, 0) END,
        compared.bits
    ) AS bits
    FROM compared
    JOIN scales USING (pause)
    LEFT JOIN clocks AS of_a ON of_a.scale = scales.scale AND of_a.person = compared.a
    LEFT JOIN clocks AS of_b ON of_b.scale = scales.scale AND of_b.person = compared.b
    CROSS JOIN settings
)

SELECT
    a,
    b,
    round(log2(CAST(sum(CAST(pow(2, bits) AS DECIMAL(30, 9))) AS DOUBLE) / 15), 4) AS bits,
    CAST(to_json(list({
        'pause_seconds': pause, 'nearer_than': parts, 'turns': turns, 'places': places, 'bits': round(bits, 4)
    } ORDER BY pause, parts) FILTER (bits > 0)) AS VARCHAR) AS detail
FROM capped
GROUP BY a, b
HAVING max(bits) > 0
ORDER BY a, b
