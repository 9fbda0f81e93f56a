-- When the activity of each cluster began and stopped.
--
-- reads   cluster_runs, clusters
-- grain   one row per stretch of activity

SELECT runs.cluster_id, clusters.verdict, runs.begins, runs.ends, runs.requests, runs.busy_minutes
FROM cluster_runs AS runs
JOIN clusters USING (cluster_id)
ORDER BY runs.begins, runs.cluster_id
