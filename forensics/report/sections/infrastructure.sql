-- Address ranges that clusters used: how much, and how many other accounts use them too.
--
-- reads  requests, cluster_members, clusters
-- grain  one range of one cluster

WITH ranges AS (  -- everybody in each range
    SELECT source_range, count(DISTINCT user_id) AS range_accounts
    FROM requests
    WHERE source_range IS NOT NULL
    GROUP BY source_range
)

SELECT
    cluster_members.cluster_id,
    requests.source_range,
    count(DISTINCT requests.source_ip) AS addresses,
    count(DISTINCT requests.user_id) AS accounts,
    min(ranges.range_accounts) AS range_accounts,
    count(*) AS requests,
    min(requests.timestamp) AS first_seen,
    max(requests.timestamp) AS last_seen
FROM requests
JOIN cluster_members USING (user_id)
JOIN clusters USING (cluster_id)
JOIN ranges USING (source_range)
WHERE clusters.verdict IN ('coordinated', 'undecided')
GROUP BY cluster_members.cluster_id, requests.source_range
ORDER BY cluster_members.cluster_id, requests DESC, requests.source_range
