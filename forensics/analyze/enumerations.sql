-- Accounts that walk through ids in order: at least 50 objects, 9 of 10 steps in one direction, without what they looked up
-- far away (eight median absolute deviations from their middle). Under no order a step rises with chance 1/2, so 45 of 50
-- happen with chance 2e-9 per account (binomial).
-- A stretch is where walks lie side by side: closer than a thousandth of what is asked of these objects.
-- Does a walk take just what the others leave? An independent walk through ids of which the others took a share q would
-- meet them in a share q of its own. Moves are its free choices: a step like the one before is none. Chernoff bound of
-- the binomial tail: bits = moves * KL(met / objects, q).
--
-- reads   requests
-- grain   one row per account and kind of object

WITH visits AS (  -- the segment before the last id names the kind of object, whatever is asked of it
    SELECT
        user_id,
        coalesce(nullif(regexp_extract(template, '([^/ {}]+)/[{]id[}][^{}]*$', 1), ''), template) AS space,
        object_id,
        timestamp,
        content_sha256,
        log_offset
    FROM requests
    WHERE user_id IS NOT NULL AND object_id IS NOT NULL AND http_request_method IN ('GET', 'HEAD')
),

medians AS (
    SELECT user_id, space, quantile_disc(object_id, 0.5) AS middle
    FROM visits
    GROUP BY ALL
    HAVING count(DISTINCT object_id) >= 50
),

ranges AS (  -- where most of its objects lie
    SELECT visits.user_id, visits.space, medians.middle, 8 * quantile_disc(abs(object_id - middle), 0.5) AS around
    FROM visits JOIN medians USING (user_id, space)
    GROUP BY ALL
),

stepped AS (
    SELECT
        visits.*,
        object_id - lag(object_id) OVER walk AS step
    FROM visits
    JOIN ranges USING (user_id, space)
    WHERE abs(object_id - middle) <= around
    WINDOW walk AS (PARTITION BY user_id, space ORDER BY timestamp, content_sha256, log_offset)
),

moved AS (
    SELECT *, step IS DISTINCT FROM lag(step) OVER (
        PARTITION BY user_id, space ORDER BY timestamp, content_sha256, log_offset
    ) AS is_move
    FROM stepped
),

walks AS MATERIALIZED (
    SELECT
        user_id,
        space,
        count(DISTINCT object_id) AS objects,
        count(*) FILTER (step <> 0) AS steps,
        count(*) FILTER (step > 0) AS rising_steps,
        count(*) FILTER (is_move AND step IS NOT NULL) AS moves,
        min(object_id) AS first_id,
        max(object_id) AS last_id,
        min(timestamp) AS first_seen,
        max(timestamp) AS last_seen
    FROM moved
    GROUP BY ALL
    HAVING objects >= 50 AND steps >= 50 AND greatest(rising_steps, steps - rising_steps) * 10 >= steps * 9
),

spaces AS (
    SELECT space, quantile_disc(object_id, 0.99) - quantile_disc(object_id, 0.01) + 1 AS id_range
    FROM visits
    GROUP BY space
),

ordered AS (
    SELECT
        walks.*,
        spaces.id_range,
        max(walks.last_id) OVER (
            PARTITION BY space ORDER BY walks.first_id, walks.user_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached
    FROM walks JOIN spaces USING (space)
),

placed AS (
    SELECT *, sum(CASE WHEN first_id - reached <= id_range / 1000 THEN 0 ELSE 1 END) OVER (
        PARTITION BY space ORDER BY first_id, user_id
    ) AS stretch
    FROM ordered
),

taken AS MATERIALIZED (  -- which walkers took which id
    SELECT DISTINCT walks.space, visits.object_id, walks.user_id
    FROM visits JOIN walks USING (user_id, space)
    WHERE visits.object_id BETWEEN walks.first_id AND walks.last_id
),

ids AS MATERIALIZED (
    SELECT space, object_id, count(*) AS walkers, row_number() OVER (PARTITION BY space ORDER BY object_id) AS place
    FROM taken
    GROUP BY space, object_id
),

met AS (
    SELECT
        taken.user_id,
        taken.space,
        count(*) AS own,
        count(*) FILTER (ids.walkers > 1) AS met,
        max(ids.place) - min(ids.place) + 1 AS taken
    FROM taken JOIN ids USING (space, object_id)
    GROUP BY ALL
),

beside AS (  -- ids that others took where the account walked, of all ids there
    SELECT
        placed.*,
        met.own,
        met.met,
        least(
            (met.taken - met.own + met.met) / (placed.last_id - placed.first_id + 1.0),
            1 - 1 / (placed.last_id - placed.first_id + 1.0)
        ) AS others
    FROM placed JOIN met USING (user_id, space)
)

SELECT
    user_id,
    space,
    stretch,
    objects,
    steps,
    rising_steps,
    moves,
    met,
    round(others, 6) AS others,
    round(CASE
        WHEN met / own < others THEN least(moves, own) / ln(2) * (
            CASE WHEN met > 0 THEN met / own * ln(met / own / others) ELSE 0 END
            + (1 - met / own) * ln((1 - met / own) / (1 - others))
        )
        ELSE 0
    END, 4) AS apart_bits,
    first_id,
    last_id,
    id_range,
    first_seen,
    last_seen
FROM beside
ORDER BY user_id, space
