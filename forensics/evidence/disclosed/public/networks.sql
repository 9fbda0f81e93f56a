-- Ranges that coordinated groups used; no address, and none that fewer than two of their accounts used.
--
-- reads   requests, cluster_members, disclosed
-- grain   one range of one cluster

SELECT
    cluster_members.cluster_id,
    requests.source_range,
    CAST(min(requests.timestamp) AS DATE)::VARCHAR AS first_day,
    CAST(max(requests.timestamp) AS DATE)::VARCHAR AS last_day
FROM requests
JOIN disclosed USING (user_id)
JOIN cluster_members USING (user_id)
WHERE requests.source_range IS NOT NULL
GROUP BY cluster_members.cluster_id, requests.source_range
HAVING count(DISTINCT requests.user_id) > 1
ORDER BY ALL
