-- To which organization the accounts belong, by which grounds.
--
-- reads   findings
-- grain   one row per cluster

SELECT
    cluster_id,
    json_extract_string(detail, '$.organization_id') AS organization_id,
    json_extract_string(detail, '$.established') = 'true' AS is_established,
    json_extract_string(detail, '$.grounds') AS grounds,
    json_extract_string(detail, '$.grounds_disagreeing') AS grounds_disagreeing,
    statement
FROM findings
WHERE kind = 'attribution' AND subject = 'L2'
ORDER BY cluster_id
