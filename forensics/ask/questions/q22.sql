-- Whether accounts were used, while active, from networks new to them.
--
-- reads   takeovers
-- grain   one row per cluster

SELECT
    cluster_id, accounts_active, accounts_with_history, accounts_new_networks, requests_compared, requests_new_networks
FROM takeovers
ORDER BY cluster_id
