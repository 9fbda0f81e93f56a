-- Accounts that ask for the same objects at the same time, such as the prompt by one and the image by the other.
-- A meeting is an object that both ask for within the same ten minutes, and at most two others. Configuration model
-- over (object, ten minutes): expected = k_i * k_j * sum(d(d-1)) / M^2; Chernoff bound of the Poisson tail. Fewer than
-- ten meetings are a link that friends sent each other.
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

shared AS (
    SELECT a.person AS a, b.person AS b, count(DISTINCT (a.space, a.object_id)) AS objects
    FROM met AS a
    JOIN met AS b ON b.space = a.space AND b.object_id = a.object_id AND b.bin = a.bin AND b.person > a.person
    GROUP BY ALL
    HAVING count(*) >= 10
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
            + (settings.kappa - 1) / ln(2) * (objects - expected - objects * ln(objects / expected))
    ), 4) AS bits,
    CAST(to_json({'objects': objects, 'expected': round(expected, 6)}) AS VARCHAR) AS detail
FROM chances CROSS JOIN settings
WHERE objects >= 10 AND objects > expected
ORDER BY a, b
