-- Events under their canonical accounts, with the object each one asked for.
--
-- reads   events, identities
-- grain   one row per event

WITH spans AS (  -- spans of one alias may overlap where they name one account: they become one
    SELECT
        alias,
        alias_kind,
        user_id,
        coalesce(valid_from, TIMESTAMPTZ '-infinity') AS begins,
        coalesce(valid_to, TIMESTAMPTZ 'infinity') AS ends,
        max(ends) OVER (
            PARTITION BY alias, user_id ORDER BY begins, ends ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS reached
    FROM identities
),

islands AS (
    SELECT *, sum(CASE WHEN begins > reached THEN 1 ELSE 0 END) OVER (
        PARTITION BY alias, user_id ORDER BY begins, ends
    ) AS island
    FROM spans
),

identity_spans AS (  -- a span without a kind holds for every kind
    SELECT
        alias,
        user_id,
        list(DISTINCT alias_kind) FILTER (alias_kind IS NOT NULL) AS kinds,
        bool_or(alias_kind IS NULL) AS any_kind,
        min(begins) AS begins,
        max(ends) AS ends
    FROM islands
    GROUP BY alias, user_id, island
),

objects AS (  -- paths repeat: take them apart once each
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
    event.source_as_number,
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
LEFT JOIN identity_spans AS identity
    ON identity.alias = event.user_id
    AND (identity.any_kind OR list_contains(identity.kinds, event.user_id_kind))
    AND event.timestamp >= identity.begins
    AND event.timestamp < identity.ends
ORDER BY user_id, event.timestamp, event.content_sha256, event.log_offset
