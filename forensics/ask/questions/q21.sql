-- Through which channels requests came, and what is not seen.
--
-- reads   requests, account_features
-- grain   one row per channel

SELECT
    CASE WHEN requests.user_id IS NULL THEN 'no account' ELSE coalesce(account_features.channel, 'unknown') END AS channel,
    count(*) AS requests,
    count(DISTINCT requests.user_id) AS accounts,
    count(requests.source_ip) AS with_address,
    min(requests.timestamp) AS first_request,
    max(requests.timestamp) AS last_request
FROM requests
LEFT JOIN account_features USING (user_id)
GROUP BY ALL
ORDER BY requests DESC, channel
