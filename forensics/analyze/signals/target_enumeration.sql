-- Accounts that walk through the same ids with one moving frontier.
-- Chance that a pair are both enumerators of the kind (rarity) times the chance that two independent positions
-- in the id range lie so close all the time: at most 2 * median distance / range. Pairs that were not at work
-- in the same five minutes at least are not compared, and two walks farther apart than a twentieth of the range
-- are two walks: that both enumerate is no link.
--
-- reads   candidates, enumerations, requests, rarity, settings
-- grain   one row per pair of accounts

WITH frontiers AS (  -- where an enumerator stood, minute by minute
    SELECT
        enumerations.user_id,
        enumerations.space,
        epoch_us(requests.timestamp) // 60000000 AS minute,
        quantile_disc(requests.object_id, 0.5) AS position
    FROM enumerations
    JOIN requests USING (user_id)
    WHERE requests.object_id BETWEEN enumerations.first_id AND enumerations.last_id
        AND coalesce(nullif(regexp_extract(requests.template, '([^/ {}]+)/[{]id[}][^{}]*$', 1), ''), requests.template)
            = enumerations.space
    GROUP BY ALL
),

degrees AS (
    SELECT space, count(*) AS accounts FROM enumerations GROUP BY ALL
),

walked AS (
    SELECT
        candidates.user_id_a,
        candidates.user_id_b,
        a.space,
        count(*) AS minutes,
        quantile_disc(abs(a.position - b.position), 0.5) AS distance
    FROM candidates
    JOIN frontiers AS a ON a.user_id = candidates.user_id_a
    JOIN frontiers AS b ON b.user_id = candidates.user_id_b AND b.space = a.space AND b.minute = a.minute
    GROUP BY ALL
    HAVING count(*) >= 5
),

compared AS (
    SELECT
        walked.*,
        greatest(a.last_id, b.last_id) - least(a.first_id, b.first_id) + 1 AS id_range,
        degrees.accounts,
        rarity.coincidence
    FROM walked
    JOIN enumerations AS a ON a.user_id = walked.user_id_a AND a.space = walked.space
    JOIN enumerations AS b ON b.user_id = walked.user_id_b AND b.space = walked.space
    JOIN degrees ON degrees.space = walked.space
    JOIN rarity ON rarity.attribute = 'enumeration' AND rarity.accounts = degrees.accounts
),

chances AS (
    SELECT *, coincidence * least(1.0, greatest(2.0 * distance, 1.0) / id_range) AS p FROM compared WHERE distance * 20 <= id_range
),

strongest AS (  -- one kind of object per pair: the strongest, paid for by the number of kinds
    SELECT *, count(*) OVER (PARTITION BY user_id_a, user_id_b) AS kinds
    FROM chances
    QUALIFY row_number() OVER (PARTITION BY user_id_a, user_id_b ORDER BY p, space) = 1
)

SELECT
    user_id_a,
    user_id_b,
    round(least(
        settings.behavior_cap_bits, log2(settings.kappa) + (settings.kappa - 1) * log2(least(1.0, p * kinds))
    ), 4) AS bits,
    CAST(to_json({
        'space': space, 'common_minutes': minutes, 'median_distance': distance, 'id_range': id_range,
        'enumerators': strongest.accounts
    }) AS VARCHAR) AS detail
FROM strongest CROSS JOIN settings
ORDER BY user_id_a, user_id_b
