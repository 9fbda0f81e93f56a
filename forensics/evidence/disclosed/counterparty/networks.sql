-- Addresses that these accounts used, so that their owner can look into its own logs.
--
-- reads   requests, disclosed
-- grain   one account at one address with one user agent

SELECT
    user_id,
    source_ip,
    source_range,
    user_agent_original,
    count(*) AS requests,
    min(timestamp) AS first_seen,
    max(timestamp) AS last_seen
FROM requests
JOIN disclosed USING (user_id)
GROUP BY user_id, source_ip, source_range, user_agent_original
ORDER BY ALL
