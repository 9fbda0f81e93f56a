-- Who asked for a marked object (policy: canaries).
--
-- reads   requests, policy
-- grain   one row per account and marked object

SELECT requests.user_id, requests.object_id, count(*) AS requests, min(requests.timestamp) AS first_request
FROM requests
CROSS JOIN policy
WHERE list_contains(policy.canaries, CAST(requests.object_id AS VARCHAR))
GROUP BY ALL
ORDER BY first_request, requests.user_id, requests.object_id
