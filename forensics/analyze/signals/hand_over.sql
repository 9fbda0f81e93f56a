-- Accounts that take turns: one begins when the other stops, oftener than the days and habits of the two explain.
-- At widths of one, five and thirty minutes a stop is a bin after which an account rests for five bins at least, a start
-- one before which it did. A hand-over is a start of the one after a stop of the other, in the same bin or the next.
-- Three nulls, and the one that expects most counts. Session: both stop and start in the same block of 30 bins and fall
-- into its bins at random. Shifted days: as often as the stops of a day meet the starts of the *other* days at the same
-- time of day. Clock: both fall into the same hours as they did, and into following phases of the hour as often as in
-- their *other* hours. Chernoff bound of the Poisson tail; mean of the e-values over the widths.
-- People of one room take turns at one machine, and where many stop or start at once it is a lesson, a sale or an
-- outage: neither counts. A mail provider is no room. Both nulls allow two whole bins, so they expect too much.
--
-- reads   activity, people, candidates, shared_values, enumerations, rooms, hubs, settings
-- grain   one row per pair of accounts

WITH widths AS (
    SELECT unnest([60, 300, 1800]) AS width
),

bins AS MATERIALIZED (
    SELECT
        widths.width,
        people.person,
        activity.bin * 10 // widths.width AS bin,
        min(activity.bin) AS first_moment,
        max(activity.bin) AS last_moment
    FROM activity
    JOIN people USING (user_id)
    CROSS JOIN widths
    GROUP BY ALL
),

log_span AS (
    SELECT min(bin) AS first_moment, max(bin) AS last_moment FROM activity
),

rests AS (  -- nobody saw what was before and after the log
    SELECT
        bins.*,
        bins.bin - coalesce(lag(bins.bin) OVER days, log_span.first_moment * 10 // bins.width) <= 5 AS goes_on,
        coalesce(lead(bins.bin) OVER days, log_span.last_moment * 10 // bins.width) - bins.bin <= 5 AS is_followed
    FROM bins CROSS JOIN log_span
    WINDOW days AS (PARTITION BY bins.width, bins.person ORDER BY bins.bin)
),

turns AS (
    SELECT width, person, bin, last_moment AS moment, 'stop' AS kind FROM rests WHERE NOT is_followed
    UNION ALL
    SELECT width, person, bin, first_moment, 'start' FROM rests WHERE NOT goes_on
),

crowded AS (
    SELECT turns.width, turns.kind, turns.bin
    FROM turns CROSS JOIN settings
    GROUP BY ALL
    HAVING count(*) >= 20 AND count(*) * 50 >= any_value(settings.accounts)
),

calm AS MATERIALIZED (
    SELECT turns.* FROM turns ANTI JOIN crowded USING (width, kind, bin)
),

walkers AS (
    SELECT people.person, enumerations.space, enumerations.stretch FROM enumerations JOIN people USING (user_id)
),

worth AS MATERIALIZED (  -- rhythm alone never links: pairs without a trace of another family are left out
    SELECT a, b FROM shared_values CROSS JOIN settings WHERE bits >= settings.min_family_bits
    UNION
    SELECT candidates.a, candidates.b
    FROM candidates
    JOIN walkers AS walker_a ON walker_a.person = candidates.a
    JOIN walkers AS walker_b
        ON walker_b.person = candidates.b AND walker_b.space = walker_a.space AND walker_b.stretch = walker_a.stretch
),

housed AS MATERIALIZED (
    SELECT rooms.room, people.person
    FROM rooms
    JOIN people USING (user_id)
    ANTI JOIN (
        SELECT concat(attribute, ' ', value) AS room
        FROM hubs WHERE attribute = 'email_domain' AND action = 'context_only'
    ) AS providers ON providers.room = rooms.room
),

rooms_of_a AS MATERIALIZED (
    SELECT worth.a, worth.b, housed.room FROM worth JOIN housed ON housed.person = worth.a
),

roommates AS (
    SELECT DISTINCT rooms_of_a.a, rooms_of_a.b
    FROM rooms_of_a JOIN housed ON housed.person = rooms_of_a.b AND housed.room = rooms_of_a.room
),

apart AS MATERIALIZED (  -- either may hand over to the other
    SELECT a, b, unnest([a, b]) AS giver, unnest([b, a]) AS taker
    FROM worth ANTI JOIN roommates USING (a, b)
),

stops AS MATERIALIZED (
    SELECT apart.a, apart.b, apart.taker, calm.width, calm.bin, calm.moment
    FROM apart JOIN calm ON calm.person = apart.giver AND calm.kind = 'stop'
),

starts AS MATERIALIZED (
    SELECT width, person, bin, moment FROM calm WHERE kind = 'start'
),

hand_overs AS (  -- after a start an account is at work: no stop meets two of them
    SELECT stops.a, stops.b, stops.width
    FROM stops JOIN starts ON starts.person = stops.taker AND starts.width = stops.width AND starts.bin = stops.bin
    WHERE starts.moment >= stops.moment
    UNION ALL
    SELECT stops.a, stops.b, stops.width
    FROM stops JOIN starts ON starts.person = stops.taker AND starts.width = stops.width AND starts.bin = stops.bin + 1
),

counted AS MATERIALIZED (
    SELECT a, b, width, count(*) AS turns FROM hand_overs GROUP BY ALL HAVING count(*) >= 3
),

ways AS MATERIALIZED (
    SELECT a, b, width, turns, unnest([a, b]) AS giver, unnest([b, a]) AS taker FROM counted
),

profiles AS MATERIALIZED (  -- where stops lie, and where they would have to lie to meet a start in the same bin or the next
    SELECT width, person, kind, part, place, count(*) AS n
    FROM (
        SELECT
            calm.width,
            calm.person,
            calm.kind,
            unnest(['block', 'period', 'phase', 'day_phase']) AS part,
            unnest([
                calm.bin // 30, calm.bin // clock.phases, (calm.bin - later.by) % clock.phases,
                (calm.bin - later.by) % (86400 // calm.width)
            ]) AS place
        FROM calm
        SEMI JOIN (SELECT width, giver AS person FROM ways) AS named USING (width, person)
        CROSS JOIN LATERAL (SELECT CASE WHEN calm.width < 1800 THEN 3600 ELSE 86400 END // calm.width AS phases) AS clock
        CROSS JOIN LATERAL (SELECT unnest(CASE WHEN calm.kind = 'start' THEN [0, 1] ELSE [0] END) AS by) AS later
    )
    GROUP BY ALL
),

given AS MATERIALIZED (
    SELECT ways.a, ways.b, ways.width, ways.taker, profiles.part, profiles.place, profiles.n
    FROM ways JOIN profiles ON profiles.width = ways.width AND profiles.person = ways.giver AND profiles.kind = 'stop'
),

agreements AS (  -- starts stand for two bins in every profile
    SELECT
        given.a,
        given.b,
        given.width,
        CAST(sum(given.n * taken.n) FILTER (given.part = 'block') AS BIGINT) / 2 AS in_block,
        CAST(sum(given.n * taken.n) FILTER (given.part = 'period') AS BIGINT) / 2 AS in_period,
        CAST(sum(given.n * taken.n) FILTER (given.part = 'phase') AS BIGINT) AS in_phase,
        CAST(sum(given.n * taken.n) FILTER (given.part = 'day_phase') AS BIGINT) AS at_time_of_day
    FROM given
    JOIN profiles AS taken
        ON taken.width = given.width AND taken.person = given.taker AND taken.kind = 'start'
        AND taken.part = given.part AND taken.place = given.place
    GROUP BY ALL
),

sizes AS (
    SELECT width, person, count(*) FILTER (kind = 'stop') AS stops, count(*) FILTER (kind = 'start') AS starts
    FROM calm
    GROUP BY ALL
),

log_days AS (
    SELECT last_moment // 8640 - first_moment // 8640 + 1 AS days FROM log_span
),

explained AS (
    SELECT
        counted.*,
        greatest(
            agreements.in_block * 2 / 30.0,
            coalesce((agreements.at_time_of_day - counted.turns) / nullif(log_days.days - 1.0, 0), 0),
            agreements.in_period * greatest(
                2.0 * counted.width / CASE WHEN counted.width < 1800 THEN 3600 ELSE 86400 END,
                coalesce(
                    (agreements.in_phase - counted.turns) / nullif(
                        of_a.stops * of_b.starts + of_b.stops * of_a.starts - agreements.in_period, 0
                    ),
                    0
                )
            )
        ) AS expected
    FROM counted
    JOIN agreements USING (a, b, width)
    JOIN sizes AS of_a ON of_a.width = counted.width AND of_a.person = counted.a
    JOIN sizes AS of_b ON of_b.width = counted.width AND of_b.person = counted.b
    CROSS JOIN log_days
),

told AS (
    SELECT explained.*, round(least(
        settings.behavior_cap_bits,
        log2(settings.kappa) + (settings.kappa - 1) / ln(2) * (turns - expected - turns * ln(turns / expected))
    ), 4) AS bits
    FROM explained CROSS JOIN settings
    WHERE turns > expected AND expected > 0
)

SELECT
    a,
    b,
    round(log2(CAST(sum(CAST(pow(2, bits) AS DECIMAL(30, 9))) AS DOUBLE) / 3), 4) AS bits,
    CAST(to_json(list({
        'kind': 'hand-over', 'width_seconds': width, 'hand_overs': turns, 'expected': round(expected, 6), 'bits': bits
    } ORDER BY width)) AS VARCHAR) AS detail
FROM told
WHERE bits > 0
GROUP BY a, b
ORDER BY a, b
