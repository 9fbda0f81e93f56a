-- The case at a glance: numbers that name no account.
--
-- reads   log_files, requests, account_features, judged_clusters, clusters, cluster_members, findings
-- grain   one row per number

SELECT name, value FROM (
    SELECT 1 AS place, 'log files' AS name, CAST(count(*) AS VARCHAR) AS value FROM log_files
    UNION ALL SELECT 2, 'events', CAST(coalesce(sum(events), 0) AS VARCHAR) FROM log_files
    UNION ALL SELECT 3, 'rejects', CAST(coalesce(sum(rejects), 0) AS VARCHAR) FROM log_files
    UNION ALL SELECT 4, 'first event', CAST(min(timestamp) AS VARCHAR) FROM requests
    UNION ALL SELECT 5, 'last event', CAST(max(timestamp) AS VARCHAR) FROM requests
    UNION ALL SELECT 6, 'accounts with requests', CAST(count(*) AS VARCHAR) FROM account_features
    UNION ALL SELECT 7, 'clusters to review', CAST(count(*) AS VARCHAR) FROM judged_clusters
    UNION ALL SELECT 8, 'clusters looked at and declined', CAST(count(*) AS VARCHAR) FROM clusters
        WHERE verdict NOT IN ('coordinated', 'undecided')
    UNION ALL SELECT 9, 'accounts ready for review', CAST(count(*) AS VARCHAR) FROM cluster_members WHERE actionable
    UNION ALL SELECT 10, 'findings', CAST(count(*) AS VARCHAR) FROM findings WHERE assessed
    UNION ALL SELECT 11, 'not assessed', CAST(count(*) AS VARCHAR) FROM findings WHERE NOT assessed
)
ORDER BY place
