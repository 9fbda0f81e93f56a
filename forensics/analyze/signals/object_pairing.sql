-- Accounts that ask for the same objects at the same time, such as the prompt by one and the image by the other.
-- A meeting is an object that both ask for within the same ten minutes, and at most two others. Configuration model
-- over (object, ten minutes): expected = k_i * k_j * sum(d(d-1)) / M^2; Chernoff bound of the Poisson tail. Fewer than
-- ten objects are a link that friends sent each other. Neighbors met in one ten minutes are one choice: two readers of one
-- feed see the same page. Between people who do not both walk side by side it takes four choices and no common room.
-- A published list leads strangers to one walk, and they meet at what is on it: between two who walk side by side this
-- counts for no more than one partner among all accounts, and 4 bits.
--
-- reads   requests, enumerations, rooms, people, settings
-- grain   one row per pair of accounts

WITH visits AS MATERIALIZED (  -- the segment before the last id names the kind, whatever is asked of the object
    SELECT DISTINCT
        people.person,
        coalesce(nullif(regexp_extract(requests.template, '([^/ {}]+)/[{]id[}][^{}]*$', 1), ''), requests.template) AS space,
        requests.object_id,
        epoch_us(requests.timestamp) // 600000000 AS bin
    FROM requests
    JOIN people USING (user_id)
    WHERE requests.object_id IS NOT NULL AND requests.http_request_method IN ('GET', 'HEAD')
),

meetings AS MATERIALIZED (
    SELECT space, object_id, bin, count(*) AS accounts
    FROM visits
    GROUP BY ALL
    HAVING count(*) BETWEEN 2 AND 4
),

met AS MATERIALIZED (
    SELECT visits.* FROM visits SEMI JOIN meetings USING (space, object_id, bin)
),

pairings AS MATERIALIZED (  -- an object next to the one before, in the same ten minutes, was not chosen anew
    SELECT
        a.person AS a,
        b.person AS b,
        a.space,
        a.object_id,
        a.bin IS DISTINCT FROM lag(a.bin) OVER walk OR abs(a.object_id - lag(a.object_id) OVER walk) > 10 AS is_choice
    FROM met AS a
    JOIN met AS b ON b.space = a.space AND b.object_id = a.object_id AND b.bin = a.bin AND b.person > a.person
    WINDOW walk AS (PARTITION BY a.person, b.person, a.space ORDER BY a.bin, a.object_id)
),

shared AS MATERIALIZED (
    SELECT a, b, count(DISTINCT (space, object_id)) AS objects, count(*) FILTER (is_choice) AS choices
    FROM pairings
    GROUP BY a, b
    HAVING objects >= 10
),

walks AS (
    SELECT people.person, enumerations.space, enumerations.stretch FROM enumerations JOIN people USING (user_id)
),

side_by_side AS (
    SELECT DISTINCT shared.a, shared.b
    FROM shared
    JOIN walks ON walks.person = shared.a
    JOIN walks AS others
        ON others.person = shared.b AND others.space = walks.space AND others.stretch = walks.stretch
),

roommates AS (
    SELECT DISTINCT shared.a, shared.b
    FROM shared
    JOIN people AS of_a ON of_a.person = shared.a
    JOIN people AS of_b ON of_b.person = shared.b
    JOIN rooms ON rooms.user_id = of_a.user_id
    JOIN rooms AS others ON others.user_id = of_b.user_id AND others.room = rooms.room
),

chosen AS (
    SELECT shared.*, side_by_side.a IS NOT NULL AS is_walk
    FROM shared
    LEFT JOIN side_by_side USING (a, b)
    LEFT JOIN roommates USING (a, b)
    WHERE side_by_side.a IS NOT NULL OR (roommates.a IS NULL AND shared.choices >= 4)
),

busy AS (
    SELECT person, count(*) AS visits FROM visits GROUP BY ALL
),

chances AS (
    SELECT
        chosen.*,
        busy_a.visits * busy_b.visits * (SELECT sum(accounts * (accounts - 1)) FROM meetings)
            / pow((SELECT count(*) FROM visits), 2) AS expected
    FROM chosen
    JOIN busy AS busy_a ON busy_a.person = chosen.a
    JOIN busy AS busy_b ON busy_b.person = chosen.b
)

SELECT
    a,
    b,
    round(least(
        settings.behavior_cap_bits,
        CASE WHEN is_walk THEN log2(settings.accounts) + 4 ELSE settings.behavior_cap_bits END,
        log2(settings.kappa)
            + (settings.kappa - 1) / ln(2) * (objects - expected - objects * ln(objects / expected))
    ), 4) AS bits,
    CAST(to_json({'objects': objects, 'choices': choices, 'expected': round(expected, 6)}) AS VARCHAR) AS detail
FROM chances CROSS JOIN settings
WHERE objects > expected
ORDER BY a, b
