-- Accounts that walk through the same ids with one moving frontier, at the same time or in turns.
-- At each request of the one, how far is the next request of the other? Two independent walks lie that close with
-- chance 2 * distance / range, where the range holds 98 % of what anybody asks of these objects. Twice the median of
-- such chances is a p-value whatever their dependence (Rueger 1978; Vovk and Wang 2020). That both enumerate is no link.
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

stops AS MATERIALIZED (  -- where each walker stood, once a second at most
    SELECT asked.person, asked.space, asked.timestamp, quantile_disc(asked.object_id, 0.5) AS object_id
    FROM asked JOIN walks USING (person, space)
    WHERE asked.object_id BETWEEN walks.first_id AND walks.last_id
    GROUP BY ALL
),

couples AS MATERIALIZED (
    SELECT candidates.a, candidates.b, walks.space
    FROM candidates
    JOIN walks ON walks.person = candidates.a
    JOIN walks AS others ON others.person = candidates.b AND others.space = walks.space
),

followed AS MATERIALIZED (
    SELECT couples.a, couples.b, couples.space, stops.timestamp, stops.object_id
    FROM couples JOIN stops ON stops.person = couples.a AND stops.space = couples.space
),

distances AS (
    SELECT followed.a, followed.b, followed.space, abs(followed.object_id - stops.object_id) AS distance
    FROM followed
    ASOF JOIN stops
        ON stops.person = followed.b AND stops.space = followed.space AND stops.timestamp >= followed.timestamp
),

compared AS (
    SELECT a, b, space, count(*) AS stops, quantile_disc(distance, 0.5) AS distance
    FROM distances
    GROUP BY a, b, space
    HAVING count(*) >= 5
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
        settings.behavior_cap_bits, log2(settings.kappa) + (settings.kappa - 1) * log2(least(1.0, p * kinds))
    ), 4) AS bits,
    CAST(to_json({
        'space': space, 'common_stops': stops, 'median_distance': distance, 'id_range': id_range
    }) AS VARCHAR) AS detail
FROM strongest CROSS JOIN settings
ORDER BY a, b
