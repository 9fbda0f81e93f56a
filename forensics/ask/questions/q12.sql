-- Cadence, rest and hours of the members.
--
-- reads   account_features, cluster_members, judged_clusters
-- grain   one row per member

SELECT
    cluster_members.cluster_id,
    features.user_id,
    features.events,
    features.gap_median_us // 1000 AS gap_median_ms,
    features.gap_mad_us // 1000 AS gap_mad_ms,
    features.peak_minute,
    features.active_hours,
    features.hour_entropy
FROM account_features AS features
JOIN cluster_members USING (user_id)
JOIN judged_clusters USING (cluster_id)
ORDER BY cluster_members.cluster_id, features.user_id
