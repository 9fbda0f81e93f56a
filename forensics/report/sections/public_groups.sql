-- Coordinated groups in numbers rounded to two figures; fewer than five accounts are not counted out.
--
-- reads  clusters, cluster_members, requests (narrowed to coordinated groups)
-- grain  one group

WITH sent AS (  -- what the members sent, and from how many ranges
    SELECT cluster_id, count(*) AS requests, count(DISTINCT source_range) AS ranges
    FROM requests
    JOIN cluster_members USING (user_id)
    GROUP BY cluster_id
)

SELECT
    clusters.cluster_id,
    CASE WHEN size < 5 THEN 'fewer than 5'
        ELSE format('{:,}', CAST(round(size, 1 - CAST(floor(log10(size)) AS INTEGER)) AS BIGINT)) END AS accounts_about,
    format('{:,}', CAST(round(requests, 1 - CAST(floor(log10(requests)) AS INTEGER)) AS BIGINT)) AS requests_about,
    CASE WHEN coalesce(ranges, 0) < 5 THEN 'fewer than 5'
        ELSE format('{:,}', CAST(round(ranges, 1 - CAST(floor(log10(ranges)) AS INTEGER)) AS BIGINT)) END AS ranges_about,
    CAST(CAST(first_seen AS DATE) AS VARCHAR) AS first_day,
    CAST(CAST(last_seen AS DATE) AS VARCHAR) AS last_day,
    campaign,
    likelihood,
    confidence
FROM clusters
JOIN sent USING (cluster_id)
ORDER BY sent.requests DESC, clusters.cluster_id
