-- What happened in order: the clusters, what the service went through, and what people said.
--
-- reads  clusters, cluster_members, requests, incidents, statements
-- grain  one moment

WITH members AS (  -- accounts of coordinated clusters; of undecided ones where none is coordinated
    SELECT cluster_members.cluster_id, cluster_members.user_id
    FROM cluster_members
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
),

minutes AS (  -- requests of each cluster per minute
    SELECT cluster_id, epoch_us(timestamp) // 60000000 AS minute, count(*) AS requests
    FROM requests
    JOIN members USING (user_id)
    GROUP BY ALL
),

peaks AS (  -- its busiest minute, the earliest among equals
    SELECT cluster_id, minute, requests
    FROM minutes
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY requests DESC, minute) = 1
),

moments AS (  -- each with what it is, whom it concerns, and the table it is from
    SELECT first_seen AS moment, 1 AS position, 'first request' AS what, cluster_id AS subject, NULL::BIGINT AS requests, 'clusters' AS source
    FROM clusters
    WHERE verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
    UNION ALL
    SELECT last_seen, 4, 'last request', cluster_id, NULL, 'clusters'
    FROM clusters
    WHERE verdict = (SELECT min(verdict) FROM clusters WHERE verdict IN ('coordinated', 'undecided'))
    UNION ALL
    SELECT make_timestamptz(minute * 60000000), 2, 'busiest minute', cluster_id, requests, 'requests'
    FROM peaks
    UNION ALL
    SELECT started_at, 0, kind || ' begins', concat_ws(': ', incident_id, title), NULL, 'incidents'
    FROM incidents
    UNION ALL
    SELECT ended_at, 3, kind || ' ends', incident_id, NULL, 'incidents'
    FROM incidents
    WHERE ended_at IS NOT NULL
    UNION ALL
    SELECT made_at, 5, 'statement', concat_ws(': ', statement_id, source, verbatim), NULL, 'statements'
    FROM statements
    WHERE made_at IS NOT NULL
)

SELECT moment, position, what, subject, requests, source
FROM moments
WHERE moment IS NOT NULL
ORDER BY moment, position, what, subject
