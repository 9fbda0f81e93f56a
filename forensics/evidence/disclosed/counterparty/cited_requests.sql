-- Requests of these accounts that findings cite, parsed; secrets are keyed ids as everywhere.
--
-- reads   events, requests, exhibits, disclosed
-- grain   one request

SELECT
    exhibits.exhibits,
    requests.user_id,
    events.timestamp,
    events.timestamp_kind,
    events.source_ip,
    events.http_request_method,
    events.url_path,
    events.url_query,
    events.http_response_status_code,
    events.http_response_body_bytes,
    events.event_duration_us,
    events.user_agent_original
FROM events
JOIN requests USING (event_id)
JOIN disclosed ON disclosed.user_id = requests.user_id
JOIN (
    SELECT event_id, list(exhibit_id ORDER BY exhibit_id) AS exhibits
    FROM exhibits
    WHERE event_id IS NOT NULL
    GROUP BY event_id
) AS exhibits USING (event_id)
ORDER BY events.timestamp, exhibits.exhibits
