-- Innocent explanations, with what speaks for them, against them, and what is missing.
--
-- reads   findings
-- grain   one row per cluster and explanation

SELECT
    found.cluster_id,
    json_extract_string(found.one, '$.text') AS explanation,
    json_extract_string(found.one, '$.for') AS speaks_for,
    json_extract_string(found.one, '$.against') AS speaks_against,
    json_extract_string(found.one, '$.missing') AS missing
FROM (
    SELECT cluster_id, unnest(CAST(json_extract(detail, '$.hypotheses') AS JSON[])) AS one
    FROM findings
    WHERE kind = 'alternative' AND assessed
) AS found
ORDER BY found.cluster_id, speaks_for = '', explanation
