-- Events under their canonical accounts, with the object each one asked for.
--
-- reads   events, identities
-- grain   one row per event

WITH objects AS (  -- paths repeat: take them apart once each
    SELECT
        url_path,
        url_query,
        regexp_replace(
            regexp_replace(
                url_path,
                '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|[0-9a-fA-F]{24,}', '{id}', 'g'
            ),
            '[0-9]{3,}', '{id}', 'g'
        ) AS path_template,
        coalesce(
            try_cast(nullif(regexp_extract(url_path, '^.*[^0-9]([0-9]{3,18})(?:[^0-9].*)?$', 1), '') AS BIGINT),
            try_cast(nullif(regexp_extract(url_query, '(?:^|&)(?:[a-z_]*_)?id=([0-9]{1,18})(?:&|$)', 1), '') AS BIGINT)
        ) AS object_id
    FROM (SELECT DISTINCT url_path, url_query FROM events WHERE url_path IS NOT NULL)
)

SELECT
    coalesce(identity.user_id, event.user_id) AS user_id,
    event.timestamp,
    event.source_ip,
    event.source_range,
    event.http_request_method,
    event.http_request_method || ' ' || objects.path_template AS template,
    objects.object_id,
    event.http_response_status_code,
    coalesce(event.http_response_body_bytes, event.http_response_bytes) AS response_bytes,
    event.event_duration_us,
    event.gen_ai_usage_input_tokens,
    event.gen_ai_usage_output_tokens,
    event.gen_ai_prompt_hash,
    event.user_agent_original,
    event.tls_client_ja4,
    event.organization_id,
    event.event_id,
    event.content_sha256,
    event.log_offset,
    event.log_length
FROM events AS event
LEFT JOIN objects
    ON objects.url_path = event.url_path AND objects.url_query IS NOT DISTINCT FROM event.url_query
LEFT JOIN identities AS identity
    ON identity.alias = event.user_id
    AND coalesce(identity.alias_kind, event.user_id_kind) = event.user_id_kind
    AND event.timestamp >= coalesce(identity.valid_from, TIMESTAMPTZ '-infinity')
    AND event.timestamp < coalesce(identity.valid_to, TIMESTAMPTZ 'infinity')
ORDER BY user_id, event.timestamp, event.content_sha256, event.log_offset
