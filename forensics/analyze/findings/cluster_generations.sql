-- What the clusters asked of a model, with what only some gateways log: limits, turns, refusals.
-- The stage is the shape of a request by its tokens: an answer as long as the question or longer generates, one of
-- up to a quarter of it filters, one of up to a twentieth judges, what lies between evaluates. A shape is no purpose.
-- A step that several finding queries read.
--
-- reads   cluster_requests, events
-- grain   one row per request of a cluster that names a model, a prompt or tokens

SELECT
    own.cluster_id,
    own.user_id,
    own.timestamp,
    own.event_id,
    event.gen_ai_request_model AS model,
    own.gen_ai_prompt_hash AS prompt_hash,
    own.gen_ai_usage_input_tokens AS input_tokens,
    own.gen_ai_usage_output_tokens AS output_tokens,
    own.http_response_status_code AS status,
    try_cast(coalesce(
        json_extract_string(event.extra, '$."max_tokens"'),
        json_extract_string(event.extra, '$."max_output_tokens"'),
        json_extract_string(event.extra, '$."max_completion_tokens"'),
        json_extract_string(event.extra, '$."gen_ai.request.max_tokens"'),
        json_extract_string(event.extra, '$.request.max_tokens')
    ) AS BIGINT) AS max_tokens,
    try_cast(coalesce(
        json_extract_string(event.extra, '$."turns"'),
        json_extract_string(event.extra, '$."message_count"'),
        json_extract_string(event.extra, '$."num_messages"')
    ) AS BIGINT) AS turns,
    lower(coalesce(
        json_extract_string(event.extra, '$."finish_reason"'),
        json_extract_string(event.extra, '$."stop_reason"'),
        json_extract_string(event.extra, '$."gen_ai.response.finish_reasons"')
    )) IN ('content_filter', 'refusal', 'safety', 'blocked') AS is_refused,
    CASE
        WHEN own.gen_ai_usage_output_tokens IS NULL OR coalesce(own.gen_ai_usage_input_tokens, 0) = 0 THEN NULL
        WHEN own.gen_ai_usage_output_tokens = 0 THEN NULL
        WHEN own.gen_ai_usage_output_tokens >= own.gen_ai_usage_input_tokens THEN 'generate'
        WHEN own.gen_ai_usage_output_tokens * 20 <= own.gen_ai_usage_input_tokens THEN 'judge'
        WHEN own.gen_ai_usage_output_tokens * 4 <= own.gen_ai_usage_input_tokens THEN 'filter'
        ELSE 'evaluate'
    END AS stage
FROM cluster_requests AS own
JOIN events AS event USING (event_id)
WHERE coalesce(
    event.gen_ai_request_model, own.gen_ai_prompt_hash, CAST(own.gen_ai_usage_output_tokens AS VARCHAR)
) IS NOT NULL
ORDER BY own.cluster_id, own.timestamp, own.content_sha256, own.log_offset
