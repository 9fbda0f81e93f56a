-- What happened in order: activity of clusters, incidents, statements, terms.
--
-- reads   cluster_runs, incidents, statements, terms
-- grain   one row per moment; incidents and statements are an overlay

SELECT moment, what, concerns, requests, overlay FROM (
    SELECT begins AS moment, 'activity begins' AS what, cluster_id AS concerns, requests, '' AS overlay FROM cluster_runs
    UNION ALL SELECT ends, 'activity ends', cluster_id, NULL, '' FROM cluster_runs
    UNION ALL SELECT started_at, concat(kind, ' begins'), concat_ws(': ', incident_id, title), NULL, 'incidents'
        FROM incidents
    UNION ALL SELECT ended_at, concat(kind, ' ends'), incident_id, NULL, 'incidents' FROM incidents
    UNION ALL SELECT made_at, 'statement', concat_ws(': ', statement_id, source), NULL, 'statements' FROM statements
    UNION ALL SELECT effective_from, 'clause in force', concat_ws(' ', clause, version), NULL, 'terms' FROM terms
)
WHERE moment IS NOT NULL
ORDER BY moment, what, concerns
