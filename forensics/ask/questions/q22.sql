-- Whether accounts were used, while active, from networks new to them, and whether from many places at once.
--
-- reads   judged_clusters, takeovers, places_at_once
-- grain   one row per cluster

SELECT
    cluster_id,
    coalesce(takeovers.accounts_active, 0) AS accounts_active,
    coalesce(takeovers.accounts_with_history, 0) AS accounts_with_history,
    coalesce(takeovers.accounts_new_networks, 0) AS accounts_new_networks,
    coalesce(takeovers.requests_compared, 0) AS requests_compared,
    coalesce(takeovers.requests_new_networks, 0) AS requests_new_networks,
    coalesce(places_at_once.accounts_located, 0) AS accounts_located,
    coalesce(places_at_once.accounts_at_once, 0) AS accounts_at_once,
    coalesce(places_at_once.minutes_at_once, 0) AS minutes_at_once,
    places_at_once.most_places,
    places_at_once.most_places_at,
    places_at_once.most_places_user_id
FROM judged_clusters
LEFT JOIN takeovers USING (cluster_id)
LEFT JOIN places_at_once USING (cluster_id)
ORDER BY cluster_id
