-- Which plan, which version of the terms, and which warning stood before the activity.
--
-- reads   judged_clusters, cluster_members, accounts, terms, incidents
-- grain   one row per cluster and version in force

SELECT
    judged_clusters.cluster_id,
    terms.version,
    terms.clause,
    terms.effective_from,
    (SELECT list(DISTINCT coalesce(accounts.plan, 'unknown') ORDER BY coalesce(accounts.plan, 'unknown'))
     FROM cluster_members JOIN accounts USING (user_id)
     WHERE cluster_members.cluster_id = judged_clusters.cluster_id) AS plans,
    (SELECT count(*) FROM incidents
     WHERE incidents.kind = 'warning' AND incidents.started_at < judged_clusters.last_seen) AS warnings_before_the_end
FROM judged_clusters
LEFT JOIN terms
    ON coalesce(terms.effective_from, TIMESTAMPTZ '-infinity') <= judged_clusters.last_seen
    AND coalesce(terms.effective_to, TIMESTAMPTZ 'infinity') > judged_clusters.first_seen
ORDER BY judged_clusters.cluster_id, terms.effective_from, terms.version, terms.clause
