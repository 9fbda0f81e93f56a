-- Accounts that walk through the same ids with one moving frontier, at the same time or in turns.
-- Wherever the one hands over to the other, how far does the other begin? Two independent walks lie that close with
-- chance 2 * distance / range, where the range holds 98 % of what anybody asks of these objects. Twice the median of
-- such chances is a p-value whatever their dependence (Rueger 1978; Vovk and Wang 2020). That both enumerate is no link.
-- A published list leads strangers to one walk: it counts for no more than one partner among all accounts, and 4 bits.
--
-- reads   candidates, enumerations, people, requests, settings
-- grain   one row per pair of accounts

WITH asked AS MATERIALIZED (
    SELECT
        people.person,
        coalesce(nullif(regexp_extract(requests.template, '([^/ {}]+)/[{]id[}][^{}]*$', 1), ''), requests.template) AS space,
        requests.timestamp,
        requests.object_id
    FROM requests
    JOIN people USING (user_id)
    WHERE requests.object_id IS NOT NULL AND requests.http_request_method IN ('GET', 'HEAD')
),

catalogues AS MATERIALIZED (
    SELECT
        space,
        quantile_disc(object_id, 0.99) - quantile_disc(object_id, 0.01) + 1 AS id_range
    FROM asked
    WHERE space IN (SELECT space FROM enumerations)
    GROUP BY space
),

walks AS MATERIALIZED (
    SELECT people.person, enumerations.space, enumerations.first_id, enumerations.last_id
    FROM enumerations JOIN people USING (user_id)
),

stops AS MATERIALIZED (  -- where each walker stood, once a moment, and when it moved on
    SELECT *, lead(timestamp) OVER (PARTITION BY person, space ORDER BY timestamp) AS moved_on
    FROM (
        SELECT asked.person, asked.space, asked.timestamp, quantile_disc(asked.object_id, 0.5) AS object_id
        FROM asked JOIN walks USING (person, space)
        WHERE asked.object_id BETWEEN walks.first_id AND walks.last_id
        GROUP BY ALL
    )
),

couples AS MATERIALIZED (
    SELECT candidates.a, candidates.b, walks.space
    FROM candidates
    JOIN walks ON walks.person = candidates.a
    JOIN walks AS others ON others.person = candidates.b AND others.space = walks.space
),

turns AS MATERIALIZED (  -- either may hand over to the other
    SELECT a, b, space, a AS giver, b AS taker FROM couples
    UNION ALL
    SELECT a, b, space, b, a FROM couples
),

given AS MATERIALIZED (
    SELECT turns.*, stops.timestamp, stops.moved_on, stops.object_id
    FROM turns JOIN stops ON stops.person = turns.giver AND stops.space = turns.space
),

distances AS (  -- from the last stop of the one to the next of the other, nothing of the one between
    SELECT given.a, given.b, given.space, abs(given.object_id - stops.object_id) AS distance
    FROM given
    ASOF JOIN stops
        ON stops.person = given.taker AND stops.space = given.space AND stops.timestamp >= given.timestamp
    WHERE given.moved_on IS NULL OR given.moved_on > stops.timestamp
),

compared AS (
    SELECT a, b, space, count(*) AS turns, quantile_disc(distance, 0.5) AS distance
    FROM distances
    GROUP BY a, b, space
    HAVING count(*) >= 3
),

chances AS (
    SELECT compared.*, catalogues.id_range, least(1.0, 4.0 * greatest(distance, 1) / id_range) AS p
    FROM compared JOIN catalogues USING (space)
),

strongest AS (  -- one kind of object per pair: the strongest, paid for by the number of kinds
    SELECT *, count(*) OVER (PARTITION BY a, b) AS kinds
    FROM chances
    QUALIFY row_number() OVER (PARTITION BY a, b ORDER BY p, space) = 1
)

SELECT
    a,
    b,
    round(least(
        settings.behavior_cap_bits,
        log2(settings.accounts) + 4,
        log2(settings.kappa) + (settings.kappa - 1) * log2(least(1.0, p * kinds))
    ), 4) AS bits,
    CAST(to_json({
        'space': space, 'turns': turns, 'median_distance': distance, 'id_range': id_range
    }) AS VARCHAR) AS detail
FROM strongest CROSS JOIN settings
ORDER BY a, b
