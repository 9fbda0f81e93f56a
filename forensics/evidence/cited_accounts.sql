-- Whose line a cited event is, and whether something secret stood in it when it was read.
--
-- reads   exhibits, events, requests
-- grain   one event that findings cite
--
-- A secret that was masked while the line was read left its keyed id in a column, whatever rule found it.

SELECT
    events.event_id,
    requests.user_id AS user_id,
    regexp_matches(
        concat_ws(
            ' ', events.user_id, events.url_original, events.url_query, events.url_path, events.user_agent_original,
            events.http_request_referrer, events.gen_ai_prompt_hash, events.extra
        ),
        'key:[0-9a-f]{32}'
    ) AS has_secret
FROM events
LEFT JOIN requests USING (event_id)
WHERE events.event_id IN (SELECT event_id FROM exhibits WHERE event_id IS NOT NULL)
ORDER BY events.event_id
