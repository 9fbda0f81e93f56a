-- Ranges that the accounts the reader hears of came from; who else uses a range is not told.
--
-- reads  requests (narrowed to these accounts)
-- grain  one range

SELECT
    source_range,
    count(DISTINCT user_id) AS accounts,
    count(DISTINCT source_ip) AS addresses,
    count(*) AS requests,
    min(timestamp) AS first_seen,
    max(timestamp) AS last_seen
FROM requests
WHERE source_range IS NOT NULL
GROUP BY source_range
ORDER BY count(*) DESC, source_range
