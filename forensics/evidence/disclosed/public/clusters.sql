-- Coordinated groups: how large, how likely, when.
--
-- reads   clusters
-- grain   one cluster

SELECT
    cluster_id,
    CASE WHEN size < 5 THEN 'fewer than 5'
        ELSE CAST(CAST(round(size, 1 - CAST(floor(log10(size)) AS INTEGER)) AS BIGINT) AS VARCHAR) END AS accounts_about,
    verdict,
    campaign,
    likelihood,
    confidence,
    CAST(first_seen AS DATE)::VARCHAR AS first_day,
    CAST(last_seen AS DATE)::VARCHAR AS last_day
FROM clusters
WHERE verdict = 'coordinated'
ORDER BY cluster_id
