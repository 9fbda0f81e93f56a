-- Whom a step would reach, policy by policy, and how many are not linked.
--
-- reads   policy_hits
-- grain   one row per cluster and policy

SELECT
    cluster_id,
    policy,
    count(*) AS accounts,
    count(*) FILTER (WHERE is_member) AS linked,
    count(*) FILTER (WHERE NOT is_member) AS not_linked,
    count(*) FILTER (WHERE NOT is_member AND is_paying) AS not_linked_paying
FROM policy_hits
GROUP BY ALL
ORDER BY cluster_id, not_linked, policy
