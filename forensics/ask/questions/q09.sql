-- How much distinct content each cluster received.
--
-- reads   cluster_requests
-- grain   one row per cluster

SELECT
    cluster_id,
    count(*) AS answers,
    count(DISTINCT object_id) AS objects,
    CAST(coalesce(sum(response_bytes), 0) AS BIGINT) AS bytes,
    CAST(sum(gen_ai_usage_output_tokens) AS BIGINT) AS output_tokens,
    count(DISTINCT gen_ai_prompt_hash) AS prompts
FROM cluster_requests
WHERE http_response_status_code BETWEEN 200 AND 299
GROUP BY ALL
ORDER BY cluster_id
