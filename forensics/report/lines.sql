-- Cited raw lines: where each lies, whose request it is, and the keyed ids of secrets that stood in it when it was read.
--
-- reads  exhibits, log_files, events, requests
-- grain  one place in one source, however many exhibits cite it; at most 500, in the order of exhibits

WITH cited AS (  -- the places, each with its exhibits
    SELECT
        content_sha256,
        log_offset,
        log_length,
        any_value(line_sha256) AS line_sha256,
        any_value(event_id) AS event_id,
        list(exhibit_id ORDER BY length(exhibit_id), exhibit_id) AS exhibits
    FROM exhibits
    WHERE log_offset IS NOT NULL
    GROUP BY content_sha256, log_offset, log_length
),

sources AS (  -- one name per content
    SELECT
        content_sha256,
        min(path) AS path,
        arg_min(log_file_sha256, path) AS log_file_sha256,
        arg_min(log_format, path) AS log_format
    FROM log_files
    GROUP BY content_sha256
)

SELECT
    cited.exhibits,
    cited.content_sha256,
    sources.log_file_sha256,
    sources.log_format,
    sources.path,
    cited.log_offset,
    cited.log_length,
    cited.line_sha256,
    events.log_line,
    requests.user_id,
    list_distinct(regexp_extract_all(
        concat_ws(
            ' ', events.user_id, events.url_original, events.url_query, events.url_path, events.user_agent_original,
            events.http_request_referrer, events.gen_ai_prompt_hash, events.extra
        ),
        'key:[0-9a-f]{32}'
    )) AS secrets
FROM cited
LEFT JOIN sources USING (content_sha256)
LEFT JOIN events USING (event_id)
LEFT JOIN requests USING (event_id)
ORDER BY length(cited.exhibits[1]), cited.exhibits[1]
LIMIT 500
