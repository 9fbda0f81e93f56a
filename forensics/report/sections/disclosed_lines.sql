-- Cited requests of the accounts the reader hears of: where each line lies and its hash.
--
-- reads  exhibits, requests (narrowed to these accounts)
-- grain  one cited request

SELECT
    exhibits.exhibit_id,
    requests.user_id,
    requests.timestamp,
    exhibits.content_sha256,
    exhibits.log_offset,
    exhibits.log_length,
    exhibits.line_sha256
FROM exhibits
JOIN requests USING (event_id)
WHERE exhibits.log_offset IS NOT NULL
ORDER BY requests.timestamp, exhibits.exhibit_id
