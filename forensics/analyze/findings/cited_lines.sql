-- Where the cited events lie in their sources.
--
-- reads   events
-- params  $event_ids  the events that findings cite
-- grain   one row per cited event, in the order of time

SELECT DISTINCT
    event_id,
    timestamp,
    content_sha256,
    log_file_sha256,
    log_line,
    log_offset,
    log_length,
    coalesce(list_contains(parse_flags, 'not_byte_addressable'), false) AS not_byte_addressable
FROM events
WHERE event_id IN (SELECT unnest(CAST($event_ids AS VARCHAR[])))
ORDER BY timestamp, content_sha256, log_offset, event_id
