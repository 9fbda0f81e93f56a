-- Load, failures and service time in blocks of ten minutes around each outage, everybody else's apart from a cluster's.
-- Blocks are numbered from the onset: -1 ends at it; 28 days back, to the end of the outage. Where an outage has a
-- scope, failures are counted in its scope and load in the whole service.
-- A step that several finding queries read.
--
-- reads   requests, cluster_requests, judged_clusters, tested_outages, log_files
-- grain   one row per cluster, outage and block with requests

WITH parts AS (  -- kinds of requests by source, and whether they lie in the scope of an outage
    SELECT
        outages.subject,
        kinds.content_sha256,
        kinds.template,
        len(outages.scope_words) = 0
            OR list_has_any(outages.scope_words, regexp_split_to_array(lower(coalesce(kinds.template, '')), '[/ ]'))
            OR list_has_any(outages.scope_words, regexp_split_to_array(lower(coalesce(kinds.path, '')), '[^a-z0-9_]+'))
            AS in_scope
    FROM (
        SELECT DISTINCT requests.content_sha256, requests.template, files.path
        FROM requests
        LEFT JOIN (SELECT content_sha256, min(path) AS path FROM log_files GROUP BY ALL) AS files USING (content_sha256)
    ) AS kinds
    CROSS JOIN tested_outages AS outages
),

everyone AS MATERIALIZED (  -- by the minute and kind: many requests become few rows once
    SELECT
        time_bucket(INTERVAL '1 minute', timestamp) AS minute,
        content_sha256,
        template,
        count(*) AS requests,
        count(http_response_status_code) AS answered,
        count(*) FILTER (WHERE http_response_status_code BETWEEN 500 AND 599) AS failed,
        count(event_duration_us) AS timed,
        CAST(coalesce(sum(event_duration_us), 0) AS BIGINT) AS served_us
    FROM requests
    GROUP BY ALL
),

own AS MATERIALIZED (
    SELECT
        cluster_id,
        time_bucket(INTERVAL '1 minute', timestamp) AS minute,
        content_sha256,
        template,
        count(*) AS requests,
        count(http_response_status_code) AS answered,
        count(*) FILTER (WHERE http_response_status_code BETWEEN 500 AND 599) AS failed,
        count(event_duration_us) AS timed,
        CAST(coalesce(sum(event_duration_us), 0) AS BIGINT) AS served_us
    FROM cluster_requests
    GROUP BY ALL
),

everyone_by_block AS (
    SELECT
        outages.subject,
        CAST(floor((epoch_us(everyone.minute) - epoch_us(time_bucket(INTERVAL '1 minute', outages.started_at))) / 6e8)
            AS BIGINT) AS block,
        CAST(sum(requests) AS BIGINT) AS requests,
        CAST(sum(timed) AS BIGINT) AS timed,
        CAST(sum(served_us) AS BIGINT) AS served_us,
        CAST(coalesce(sum(answered) FILTER (WHERE in_scope), 0) AS BIGINT) AS answered,
        CAST(coalesce(sum(failed) FILTER (WHERE in_scope), 0) AS BIGINT) AS failed
    FROM everyone
    JOIN tested_outages AS outages
        ON everyone.minute >= outages.started_at - INTERVAL '28 days' AND everyone.minute < outages.ended_at
    JOIN parts
        ON parts.subject = outages.subject AND parts.content_sha256 = everyone.content_sha256
        AND parts.template IS NOT DISTINCT FROM everyone.template
    GROUP BY ALL
),

own_by_block AS (
    SELECT
        own.cluster_id,
        outages.subject,
        CAST(floor((epoch_us(own.minute) - epoch_us(time_bucket(INTERVAL '1 minute', outages.started_at))) / 6e8)
            AS BIGINT) AS block,
        CAST(sum(requests) AS BIGINT) AS requests,
        CAST(sum(timed) AS BIGINT) AS timed,
        CAST(sum(served_us) AS BIGINT) AS served_us,
        CAST(coalesce(sum(answered) FILTER (WHERE in_scope), 0) AS BIGINT) AS answered,
        CAST(coalesce(sum(failed) FILTER (WHERE in_scope), 0) AS BIGINT) AS failed
    FROM own
    JOIN tested_outages AS outages
        ON own.minute >= outages.started_at - INTERVAL '28 days' AND own.minute < outages.ended_at
    JOIN parts
        ON parts.subject = outages.subject AND parts.content_sha256 = own.content_sha256
        AND parts.template IS NOT DISTINCT FROM own.template
    GROUP BY ALL
)

SELECT
    judged_clusters.cluster_id,
    everyone.subject,
    everyone.block,
    everyone.requests,
    coalesce(mine.requests, 0) AS requests_cluster,
    everyone.timed,
    everyone.served_us,
    coalesce(mine.served_us, 0) AS served_us_cluster,
    everyone.answered - coalesce(mine.answered, 0) AS others,
    everyone.failed - coalesce(mine.failed, 0) AS others_failed
FROM everyone_by_block AS everyone
CROSS JOIN judged_clusters
LEFT JOIN own_by_block AS mine
    ON mine.cluster_id = judged_clusters.cluster_id AND mine.subject = everyone.subject AND mine.block = everyone.block
ORDER BY judged_clusters.cluster_id, everyone.subject, everyone.block
