-- Accounts active at the same odd moments, or on the same rare schedule.
-- Mean of three e-values: synchrony (itself the mean over four scales and the crowded moments), a shared schedule and one
-- period. Synchrony has four of six parts; between two clocks whose periods are no round numbers the period has them, for
-- their moments say no more than their phases. A round period says nothing but its rarity among the machines of the case;
-- that others lie anywhere between five seconds and a day, evenly on a log scale, is assumed. Round is what somebody may
-- have typed: the numbers below, and whole minutes up to two hours.
--
-- reads   synchrony, shared_values, shareable, candidates, account_features, people, rooms, settings
-- grain   one row per pair of accounts

WITH synchronous AS (
    SELECT
        a,
        b,
        CAST(sum(CAST(pow(2, bits) AS DECIMAL(30, 9))) AS DOUBLE) / 5 AS e,
        list({'kind': 'synchrony', 'scale_seconds': scale, 'shared': shared, 'expected': expected, 'bits': bits}
            ORDER BY scale) AS detail
    FROM synchrony
    GROUP BY a, b
),

scheduled AS (
    SELECT
        shared_values.a,
        shared_values.b,
        pow(2, shared_values.bits) AS e,
        {
            'kind': 'schedule', 'value': shareable.value, 'accounts_showing_it': shareable.accounts,
            'bits': shared_values.bits
        } AS detail
    FROM shared_values
    JOIN shareable ON shareable.value_id = shared_values.rarest_id
    WHERE shared_values.attribute = 'schedule'
),

periods AS MATERIALIZED (  -- machines whose period is no round number, from their median gap
    SELECT people.person, ln(gap_median_us / 1e6) AS log_period
    FROM account_features JOIN people USING (user_id)
    CROSS JOIN LATERAL (SELECT gap_median_us / 1e6 AS seconds)
    WHERE events >= 50 AND gap_median_us >= 5000000 AND gap_mad_us * 20 < gap_median_us
        AND NOT list_bool_or(list_transform(
            [5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 36, 40, 45, 50, 60, 72, 75, 80, 90, 100, 120, 144, 150, 180, 200, 240, 250,
             300, 360, 400, 450, 480, 500, 600, 720, 900, 1000, 1200, 1500, 1800, 2400, 2700, 3000, 3600, 5400, 7200,
             10800, 14400, 18000, 21600, 28800, 36000, 43200, 86400],
            lambda round_number: abs(seconds - round_number) * 100 <= round_number
        ))
        AND NOT (seconds BETWEEN 59 AND 7203 AND abs(seconds - 60 * round(seconds / 60)) <= least(3, seconds / 200))
),

periods_of_a AS MATERIALIZED (
    SELECT candidates.a, candidates.b, periods.log_period FROM candidates JOIN periods ON periods.person = candidates.a
),

periodic AS MATERIALIZED (  -- independent periods lie within d of each other with chance 2 d / ln(86400 / 5); the bet is spread over d
    SELECT periods_of_a.a, periods_of_a.b, abs(periods_of_a.log_period - periods.log_period) AS apart, (
        SELECT sum(9.757 * pow(2, step) / 2) / 13 FROM (SELECT unnest(range(3, 16)) AS step) WHERE apart <= pow(2, -step)
    ) AS e
    FROM periods_of_a JOIN periods ON periods.person = periods_of_a.b
    WHERE apart <= 0.125
),

housed AS MATERIALIZED (
    SELECT rooms.room, rooms.people, people.person, periods.log_period
    FROM rooms JOIN people USING (user_id) LEFT JOIN periods USING (person)
),

rooms_of_a AS MATERIALIZED (
    SELECT periodic.a, periodic.b, housed.room, housed.people, housed.log_period
    FROM periodic JOIN housed ON housed.person = periodic.a
),

roommates AS MATERIALIZED (
    SELECT rooms_of_a.* FROM rooms_of_a JOIN housed ON housed.person = rooms_of_a.b AND housed.room = rooms_of_a.room
),

room_rhythms AS (  -- how many people of the room run at about that period, counted once per machine
    SELECT room, log_period, sum(machines) OVER (
        PARTITION BY room ORDER BY log_period RANGE BETWEEN 0.02 PRECEDING AND 0.02 FOLLOWING
    ) AS machines
    FROM (SELECT room, log_period, count(*) AS machines FROM housed WHERE log_period IS NOT NULL GROUP BY ALL)
),

usual_there AS (  -- what everybody of a room does says nothing there
    SELECT roommates.a, roommates.b, max((room_rhythms.machines - 1) / (roommates.people - 1.0)) AS chance
    FROM roommates JOIN room_rhythms USING (room, log_period)
    GROUP BY ALL
),

judged AS (
    SELECT periodic.a, periodic.b, periodic.apart, least(
        periodic.e, coalesce(settings.kappa * pow(usual_there.chance, settings.kappa - 1), periodic.e)
    ) AS e
    FROM periodic LEFT JOIN usual_there USING (a, b) CROSS JOIN settings
),

rhythms AS (
    SELECT a, b, e AS of_schedule, 0.0 AS of_period, detail FROM scheduled
    UNION ALL
    SELECT a, b, 0.0, e, {
        'kind': 'period', 'value': CAST(round(apart, 6) AS VARCHAR), 'accounts_showing_it': NULL, 'bits': round(log2(e), 4)
    }
    FROM judged
    WHERE e > 1
),

regular AS (
    SELECT a, b, max(of_schedule) AS of_schedule, max(of_period) AS of_period, list(detail ORDER BY detail.kind) AS detail
    FROM rhythms
    GROUP BY a, b
),

told AS (
    SELECT
        coalesce(synchronous.a, regular.a) AS a,
        coalesce(synchronous.b, regular.b) AS b,
        coalesce(synchronous.e, 0) AS of_moments,
        coalesce(regular.of_schedule, 0) AS of_schedule,
        coalesce(regular.of_period, 0) AS of_period,
        CAST(to_json({'synchrony': synchronous.detail, 'schedule': regular.detail}) AS VARCHAR) AS detail
    FROM synchronous
    FULL JOIN regular ON regular.a = synchronous.a AND regular.b = synchronous.b
)

SELECT
    told.a,
    told.b,
    round(log2((of_schedule + CASE
        WHEN of_a.person IS NOT NULL AND of_b.person IS NOT NULL THEN of_moments + 4 * of_period
        ELSE 4 * of_moments + of_period
    END) / 6), 4) AS bits,
    told.detail
FROM told
LEFT JOIN periods AS of_a ON of_a.person = told.a
LEFT JOIN periods AS of_b ON of_b.person = told.b
ORDER BY told.a, told.b
