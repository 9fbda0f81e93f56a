-- What else could explain each cluster: the numbers that speak for and against innocent explanations.
--
-- reads   judged_clusters, cluster_requests, cluster_runs, account_values, cluster_members, hubs,
--         account_features, log_files, takeovers, places_at_once
-- grain   one row per cluster whose verdict is coordinated or undecided

WITH use AS (  -- what the accounts asked for
    SELECT
        cluster_id,
        count(*) AS requests,
        count(object_id) AS object_requests,
        count(DISTINCT object_id) AS objects,
        count(gen_ai_prompt_hash) AS prompt_requests,
        count(DISTINCT gen_ai_prompt_hash) AS prompts,
        count(user_agent_original) AS agent_requests,
        count(*) FILTER (
            WHERE regexp_matches(
                user_agent_original,
                '(?i)bot\b|crawl|spider|monitor|uptime|health.?check|archiv|selenium|playwright'
            )
        ) AS agent_requests_declared,
        [min({'at': timestamp, 'id': event_id})['id'], max({'at': timestamp, 'id': event_id})['id']] AS cite
    FROM cluster_requests AS own
    GROUP BY ALL
),

repeats AS (  -- the same account asking for the same again
    SELECT cluster_id, CAST(sum(requests - 1) AS BIGINT) AS object_requests_repeated
    FROM (
        SELECT cluster_id, user_id, template, object_id, count(*) AS requests
        FROM cluster_requests AS own
        WHERE object_id IS NOT NULL
        GROUP BY ALL
    )
    GROUP BY ALL
),

made AS (  -- objects that the accounts wrote themselves, by their number
    SELECT cluster_id, count(DISTINCT object_id) AS objects_written
    FROM cluster_requests AS own
    WHERE http_request_method IN ('POST', 'PUT', 'PATCH') AND http_response_status_code BETWEEN 200 AND 299
    GROUP BY ALL
),

active AS (  -- their requests while the cluster was active, or all of them where it had no run
    SELECT own.*
    FROM cluster_requests AS own
    LEFT JOIN cluster_runs AS runs ON runs.cluster_id = own.cluster_id
    WHERE runs.cluster_id IS NULL OR own.timestamp BETWEEN runs.begins AND runs.ends
),

shown AS (  -- networks and clients in these requests
    SELECT DISTINCT cluster_id, attribute, value
    FROM (
        SELECT
            cluster_id,
            unnest(['source_ip', 'source_range', 'user_agent']) AS attribute,
            unnest([source_ip, source_range, user_agent_original]) AS value
        FROM active
    )
    WHERE value IS NOT NULL
),

strangers AS (  -- who else shows them
    SELECT
        shown.cluster_id,
        count(DISTINCT elsewhere.user_id) FILTER (WHERE shown.attribute = 'source_range') AS outsiders_same_range,
        count(DISTINCT elsewhere.user_id) FILTER (WHERE shown.attribute = 'user_agent') AS outsiders_same_client
    FROM shown
    JOIN account_values AS elsewhere
        ON elsewhere.attribute = shown.attribute AND elsewhere.value = shown.value
    ANTI JOIN cluster_members AS inside
        ON inside.cluster_id = shown.cluster_id AND inside.user_id = elsewhere.user_id
    GROUP BY ALL
),

networks AS (  -- and which of these networks are shared by many
    SELECT
        shown.cluster_id,
        count(DISTINCT shown.value) FILTER (WHERE shown.attribute = 'source_range') AS ranges,
        count(DISTINCT hubs.value) AS networks_shared,
        coalesce(max(hubs.accounts), 0) AS accounts_on_largest_shared
    FROM shown
    LEFT JOIN hubs ON hubs.attribute = shown.attribute AND hubs.value = shown.value
    WHERE shown.attribute IN ('source_ip', 'source_range')
    GROUP BY ALL
),

channels AS (
    SELECT
        cluster_members.cluster_id,
        count(*) FILTER (WHERE account_features.channel = 'direct') AS accounts_direct,
        count(*) FILTER (WHERE account_features.channel LIKE 'reseller%') AS accounts_reseller
    FROM cluster_members
    JOIN judged_clusters USING (cluster_id)
    JOIN account_features USING (user_id)
    GROUP BY ALL
),

logging AS (  -- faults of clocks and logs in the sources the cluster stands in
    SELECT
        cluster_id,
        count(*) AS files,
        count(*) FILTER (WHERE timezone LIKE 'assumed%') AS files_assumed_timezone,
        count(*) FILTER (WHERE complete IS NOT TRUE) AS files_incomplete,
        CAST(coalesce(sum(duplicates), 0) AS BIGINT) AS duplicates
    FROM log_files
    JOIN (SELECT DISTINCT cluster_id, content_sha256 FROM cluster_requests AS own) AS used USING (content_sha256)
    GROUP BY ALL
),

spans AS (
    SELECT cluster_id, min(begins) AS active_from, max(ends) AS active_until FROM cluster_runs GROUP BY ALL
)

SELECT
    clusters.cluster_id,
    CAST(NULL AS VARCHAR) AS subject,
    list_concat(use.cite, [takeovers.first_new_id]) AS cite,
    clusters.size AS accounts,
    clusters.organization_id,
    spans.active_from,
    spans.active_until,
    use.* EXCLUDE (cluster_id, cite),
    coalesce(repeats.object_requests_repeated, 0) AS object_requests_repeated,
    coalesce(made.objects_written, 0) AS objects_written,
    coalesce(strangers.outsiders_same_range, 0) AS outsiders_same_range,
    coalesce(strangers.outsiders_same_client, 0) AS outsiders_same_client,
    coalesce(networks.ranges, 0) AS ranges,
    coalesce(networks.networks_shared, 0) AS networks_shared,
    coalesce(networks.accounts_on_largest_shared, 0) AS accounts_on_largest_shared,
    coalesce(channels.accounts_direct, 0) AS accounts_direct,
    coalesce(channels.accounts_reseller, 0) AS accounts_reseller,
    coalesce(takeovers.accounts_with_history, 0) AS accounts_with_history,
    coalesce(takeovers.requests_compared, 0) AS requests_compared,
    coalesce(takeovers.requests_new_networks, 0) AS requests_new_networks,
    coalesce(places_at_once.accounts_located, 0) AS accounts_located,
    coalesce(places_at_once.accounts_at_once, 0) AS accounts_at_once,
    coalesce(logging.files, 0) AS files,
    coalesce(logging.files_assumed_timezone, 0) AS files_assumed_timezone,
    coalesce(logging.files_incomplete, 0) AS files_incomplete,
    coalesce(logging.duplicates, 0) AS duplicates
FROM judged_clusters AS clusters
JOIN use USING (cluster_id)
LEFT JOIN repeats USING (cluster_id)
LEFT JOIN made USING (cluster_id)
LEFT JOIN strangers USING (cluster_id)
LEFT JOIN networks USING (cluster_id)
LEFT JOIN channels USING (cluster_id)
LEFT JOIN takeovers USING (cluster_id)
LEFT JOIN places_at_once USING (cluster_id)
LEFT JOIN logging USING (cluster_id)
LEFT JOIN spans USING (cluster_id)
ORDER BY clusters.cluster_id
