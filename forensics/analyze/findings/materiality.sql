-- How much each cluster used, by every measure there is, and where that ranks.
--
-- reads   judged_clusters, cluster_members, requests, cluster_runs, account_features, cluster_requests
-- grain   one row per cluster whose verdict is coordinated or undecided; `active_` = within its runs

WITH by_account AS (  -- what each account used in the whole period, null = anonymous
    SELECT
        user_id,
        count(*) AS requests,
        CAST(sum(response_bytes) AS BIGINT) AS bytes,
        CAST(sum(gen_ai_usage_input_tokens) AS BIGINT) AS input_tokens,
        CAST(sum(gen_ai_usage_output_tokens) AS BIGINT) AS output_tokens
    FROM requests
    GROUP BY ALL
),

usage AS (  -- the same beside each cluster, for the period and for its runs
    SELECT judged_clusters.cluster_id, 'period' AS span, by_account.* FROM by_account CROSS JOIN judged_clusters
    UNION ALL
    SELECT
        runs.cluster_id,
        'active',
        requests.user_id,
        count(*),
        CAST(sum(response_bytes) AS BIGINT),
        CAST(sum(gen_ai_usage_input_tokens) AS BIGINT),
        CAST(sum(gen_ai_usage_output_tokens) AS BIGINT)
    FROM requests
    JOIN cluster_runs AS runs ON requests.timestamp BETWEEN runs.begins AND runs.ends
    GROUP BY ALL
),

placed AS (  -- the cluster, another account, or nobody known, with the organization of the others
    SELECT
        usage.*,
        member.user_id IS NOT NULL AS is_own,
        CASE WHEN member.user_id IS NULL THEN account_features.organization_id END AS other_organization
    FROM usage
    LEFT JOIN cluster_members AS member ON member.cluster_id = usage.cluster_id AND member.user_id = usage.user_id
    LEFT JOIN account_features ON account_features.user_id = usage.user_id
),

totals AS (
    SELECT
        cluster_id,
        span,
        CAST(sum(requests) AS BIGINT) AS requests_all,
        CAST(coalesce(sum(requests) FILTER (WHERE is_own), 0) AS BIGINT) AS requests,
        CAST(sum(bytes) AS BIGINT) AS bytes_all,
        CAST(sum(bytes) FILTER (WHERE is_own) AS BIGINT) AS bytes,
        CAST(sum(input_tokens) AS BIGINT) AS input_tokens_all,
        CAST(sum(input_tokens) FILTER (WHERE is_own) AS BIGINT) AS input_tokens,
        CAST(sum(output_tokens) AS BIGINT) AS output_tokens_all,
        CAST(sum(output_tokens) FILTER (WHERE is_own) AS BIGINT) AS output_tokens
    FROM placed
    GROUP BY ALL
),

received AS (  -- numbered objects answered 2xx
    SELECT user_id, timestamp, object_id
    FROM requests
    WHERE object_id IS NOT NULL AND http_response_status_code BETWEEN 200 AND 299
),

objects AS (  -- distinct ones, of everybody and of the cluster (grouped first: a large set can then spill to disk)
    SELECT
        judged_clusters.cluster_id,
        'period' AS span,
        (SELECT count(*) FROM (SELECT DISTINCT object_id FROM received)) AS objects_all,
        count(DISTINCT received.object_id) AS objects
    FROM judged_clusters
    LEFT JOIN cluster_members AS member USING (cluster_id)
    LEFT JOIN received USING (user_id)
    GROUP BY ALL
    UNION ALL
    SELECT cluster_id, 'active', count(*), count(*) FILTER (WHERE is_own)
    FROM (
        SELECT runs.cluster_id, received.object_id, bool_or(member.user_id IS NOT NULL) AS is_own
        FROM received
        JOIN cluster_runs AS runs ON received.timestamp BETWEEN runs.begins AND runs.ends
        LEFT JOIN cluster_members AS member
            ON member.cluster_id = runs.cluster_id AND member.user_id = received.user_id
        GROUP BY ALL
    )
    GROUP BY ALL
),

organizations AS (  -- other organizations, without what the cluster itself used
    SELECT
        cluster_id,
        span,
        other_organization,
        CAST(sum(requests) AS BIGINT) AS requests,
        CAST(sum(bytes) AS BIGINT) AS bytes
    FROM placed
    WHERE other_organization IS NOT NULL
    GROUP BY ALL
),

rivals AS (  -- who the cluster, taken as one, is ranked among
    SELECT cluster_id, span, 'accounts' AS among, requests, bytes FROM placed WHERE NOT is_own AND user_id IS NOT NULL
    UNION ALL
    SELECT cluster_id, span, 'organizations', requests, bytes FROM organizations
),

ranks AS (  -- 1 = nobody used more
    SELECT
        totals.cluster_id,
        totals.span,
        1 + count(*) FILTER (WHERE among = 'accounts') AS accounts_ranked,
        1 + count(*) FILTER (WHERE among = 'accounts' AND rivals.requests > totals.requests) AS rank_requests_accounts,
        1 + count(*) FILTER (WHERE among = 'accounts' AND rivals.bytes > totals.bytes) AS rank_bytes_accounts,
        1 + count(*) FILTER (WHERE among = 'organizations') AS organizations_ranked,
        1 + count(*) FILTER (WHERE among = 'organizations' AND rivals.requests > totals.requests)
            AS rank_requests_organizations,
        1 + count(*) FILTER (WHERE among = 'organizations' AND rivals.bytes > totals.bytes) AS rank_bytes_organizations
    FROM totals
    LEFT JOIN rivals ON rivals.cluster_id = totals.cluster_id AND rivals.span = totals.span
    GROUP BY ALL
),

measured AS (  -- every measure of one span
    SELECT totals.*, ranks.* EXCLUDE (cluster_id, span), objects.* EXCLUDE (cluster_id, span)
    FROM totals
    LEFT JOIN ranks ON ranks.cluster_id = totals.cluster_id AND ranks.span = totals.span
    LEFT JOIN objects ON objects.cluster_id = totals.cluster_id AND objects.span = totals.span
),

spans AS (
    SELECT cluster_id, min(begins) AS active_from, max(ends) AS active_until, count(*) AS runs
    FROM cluster_runs
    GROUP BY ALL
),

cites AS (  -- first and last request of the cluster, and of its busiest hour
    SELECT
        cluster_id,
        [min(first_event)['id'], max(last_event)['id'], first(first_event ORDER BY requests DESC, hour)['id'],
            first(last_event ORDER BY requests DESC, hour)['id']] AS cite
    FROM (
        SELECT
            cluster_id,
            time_bucket(INTERVAL '1 hour', timestamp) AS hour,
            count(*) AS requests,
            min({'at': timestamp, 'id': event_id}) AS first_event,
            max({'at': timestamp, 'id': event_id}) AS last_event
        FROM cluster_requests AS own
        GROUP BY ALL
    )
    GROUP BY ALL
)

SELECT
    clusters.cluster_id,
    CAST(NULL AS VARCHAR) AS subject,
    coalesce(cites.cite, []) AS cite,
    clusters.size AS accounts,
    clusters.organization_id,
    spans.active_from,
    spans.active_until,
    coalesce(spans.runs, 0) AS runs,
    period.* EXCLUDE (cluster_id, span),
    COLUMNS(active.* EXCLUDE (cluster_id, span)) AS 'active_\0'
FROM judged_clusters AS clusters
JOIN measured AS period ON period.cluster_id = clusters.cluster_id AND period.span = 'period'
LEFT JOIN measured AS active ON active.cluster_id = clusters.cluster_id AND active.span = 'active'
LEFT JOIN spans ON spans.cluster_id = clusters.cluster_id
LEFT JOIN cites ON cites.cluster_id = clusters.cluster_id
ORDER BY clusters.cluster_id
