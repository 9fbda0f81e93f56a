-- What the clusters asked for, and whether in order of numbers.
--
-- reads   cluster_requests, enumerations
-- grain   one row per cluster and template

WITH walks AS (
    SELECT user_id, max(rising_steps * 1000 // greatest(steps, 1)) AS rising_per_mille FROM enumerations GROUP BY ALL
)

SELECT
    own.cluster_id,
    own.template,
    count(*) AS requests,
    count(DISTINCT own.object_id) AS objects,
    min(own.object_id) AS first_id,
    max(own.object_id) AS last_id,
    max(walks.rising_per_mille) AS rising_per_mille
FROM cluster_requests AS own
LEFT JOIN walks USING (user_id)
GROUP BY ALL
ORDER BY own.cluster_id, requests DESC, own.template
