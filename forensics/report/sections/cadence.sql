-- How regular and how fast each account of a cluster is, and where that lies among all accounts.
--
-- reads  account_features, cluster_members, clusters
-- grain  one account of one cluster

WITH ranked AS (  -- share of all accounts with a busiest minute at most as busy
    SELECT
        user_id,
        gap_median_us,
        gap_mad_us,
        peak_minute,
        active_hours,
        hour_entropy,
        count(*) OVER (ORDER BY peak_minute) / count(*) OVER () AS peak_rank
    FROM account_features
)

SELECT
    cluster_members.cluster_id,
    user_id,
    gap_median_us,
    gap_mad_us,
    peak_minute,
    round(peak_rank, 6) AS peak_rank,
    active_hours,
    hour_entropy
FROM cluster_members
JOIN clusters USING (cluster_id)
JOIN ranked USING (user_id)
WHERE clusters.verdict IN ('coordinated', 'undecided')
ORDER BY cluster_members.cluster_id, peak_minute DESC, user_id
