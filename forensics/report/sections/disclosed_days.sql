-- What the accounts the reader hears of did, day by day.
--
-- reads  requests (narrowed to these accounts)
-- grain  one day (UTC)

SELECT
    CAST(CAST(timestamp AS DATE) AS VARCHAR) AS day,
    count(DISTINCT user_id) AS accounts,
    count(*) AS requests,
    sum(response_bytes)::BIGINT AS response_bytes,
    min(timestamp) AS first_request,
    max(timestamp) AS last_request
FROM requests
GROUP BY CAST(timestamp AS DATE)
ORDER BY CAST(timestamp AS DATE)
