-- Whether the load without the cluster would have been one that was served in calm.
--
-- reads   findings
-- grain   one row per cluster and outage

SELECT
    cluster_id,
    subject AS outage,
    CAST(json_extract_string(detail, '$.load_at_onset') AS BIGINT) AS load_at_onset,
    CAST(json_extract_string(detail, '$.load_at_onset_others') AS BIGINT) AS load_at_onset_others,
    CAST(json_extract_string(detail, '$.load_earlier_calm') AS BIGINT) AS load_earlier_calm,
    json_extract_string(detail, '$.tests.counterfactual') AS counterfactual,
    json_extract_string(detail, '$.tests.earlier_load') AS earlier_load
FROM findings
WHERE kind = 'service_impact' AND assessed AND cluster_id IS NOT NULL
ORDER BY cluster_id, outage
