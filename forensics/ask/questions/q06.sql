-- Whether failures began before or after the cluster did, and how long they lasted after it stopped.
--
-- reads   findings
-- grain   one row per cluster and outage

SELECT
    cluster_id,
    subject AS outage,
    CAST(json_extract_string(detail, '$.started_at') AS TIMESTAMPTZ) AS started_at,
    CAST(json_extract_string(detail, '$.active_from') AS TIMESTAMPTZ) AS active_from,
    CAST(json_extract_string(detail, '$.active_until') AS TIMESTAMPTZ) AS active_until,
    CAST(json_extract_string(detail, '$.minutes_active_before_onset') AS BIGINT) AS minutes_active_before_onset,
    CAST(json_extract_string(detail, '$.overlap_minutes') AS BIGINT) AS overlap_minutes,
    CAST(json_extract_string(detail, '$.minutes_elevated_after_stop') AS BIGINT) AS minutes_elevated_after_stop,
    CAST(json_extract_string(detail, '$.outage_minutes') AS BIGINT) AS outage_minutes,
    json_extract_string(detail, '$.outcome') AS outcome
FROM findings
WHERE kind = 'service_impact' AND assessed AND cluster_id IS NOT NULL
ORDER BY cluster_id, outage
