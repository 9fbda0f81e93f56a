-- Accounts that ask for the same objects at the same time, such as the prompt by one and the image by the other.
-- A meeting is an object that both ask for within the same ten minutes, and at most two others. Configuration model
-- over (object, ten minutes): expected = k_i * k_j * sum(d(d-1)) / M^2; Chernoff bound of the Poisson tail. Objects
-- side by side that are met one after the other are one choice: two readers of one feed see the same page. Fewer than ten
-- choices are a link that friends sent each other.
--
-- reads   requests, people, settings
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

pairings AS MATERIALIZED (  -- an object next to the one before, within ten minutes, was not chosen anew
    SELECT
        a.person AS a,
        b.person AS b,
        a.space,
        a.object_id,
        lag(a.bin) OVER walk IS NULL OR a.bin - lag(a.bin) OVER walk > 1
            OR abs(a.object_id - lag(a.object_id) OVER walk) > 10 AS is_choice
    FROM met AS a
    JOIN met AS b ON b.space = a.space AND b.object_id = a.object_id AND b.bin = a.bin AND b.person > a.person
    WINDOW walk AS (PARTITION BY a.person, b.person, a.space ORDER BY a.bin, a.object_id)
),

shared AS (
    SELECT a, b, count(DISTINCT (space, object_id)) AS objects, count(*) FILTER (is_choice) AS choices
    FROM pairings
    GROUP BY a, b
    HAVING count(*) FILTER (is_choice) >= 10
),

busy AS (
    SELECT person, count(*) AS visits FROM visits GROUP BY ALL
),

chances AS (
    SELECT
        shared.*,
        busy_a.visits * busy_b.visits * (SELECT sum(accounts * (accounts - 1)) FROM meetings)
            / pow((SELECT count(*) FROM visits), 2) AS expected
    FROM shared
    JOIN busy AS busy_a ON busy_a.person = shared.a
    JOIN busy AS busy_b ON busy_b.person = shared.b
)

SELECT
    a,
    b,
    round(least(
        settings.behavior_cap_bits,
        log2(settings.kappa)
            + (settings.kappa - 1) / ln(2) * (choices - expected - choices * ln(choices / expected))
    ), 4) AS bits,
    CAST(to_json({'objects': objects, 'choices': choices, 'expected': round(expected, 6)}) AS VARCHAR) AS detail
FROM chances CROSS JOIN settings
WHERE choices > expected
ORDER BY a, b
