-- The pattern a cluster is filed under: what linking saw, or what its findings hold where linking names none of it.
-- Taking numbered objects in order stays a harvest; a pattern of the policy comes before mere automation.
--
-- reads   clusters, findings
-- grain   one row per cluster

WITH held AS (
    SELECT
        cluster_id,
        bool_or(kind = 'distillation' AND json_extract_string(detail, '$.holds') = 'true') AS is_distillation,
        bool_or(
            kind = 'service_impact' AND json_extract_string(detail, '$.outcome')
                IN ('consistent_with_contributing', 'every_test_holds')
        ) AS is_load
    FROM findings
    WHERE assessed AND cluster_id IS NOT NULL
    GROUP BY ALL
)

SELECT clusters.* REPLACE (
    CASE
        WHEN clusters.verdict <> 'coordinated' OR clusters.campaign = 'harvest' THEN clusters.campaign
        WHEN held.is_distillation THEN 'distillation'
        WHEN held.is_load THEN 'load'
        ELSE clusters.campaign
    END AS campaign
)
FROM clusters
LEFT JOIN held ON held.cluster_id = clusters.cluster_id
ORDER BY clusters.cluster_id
