-- How much each cluster used, by every measure there is, and where that ranks.
--
-- reads   judged_clusters, cluster_members, requests, cluster_runs, account_features, cluster_requests
-- grain   one row per cluster whose verdict is coordinated or undecided; `active_` = within its runs

WITH edges AS (  -- runs of clusters overlap: between two edges nothing begins or ends
    SELECT begins AS edge FROM cluster_runs
    UNION
    SELECT ends + INTERVAL '1 microsecond' FROM cluster_runs
),

slots AS (
    SELECT TIMESTAMPTZ '-infinity' AS edge, 0 AS slot
    UNION ALL
    SELECT edge, row_number() OVER (ORDER BY edge) FROM edges
),

slots_of AS (  -- the slots a cluster was active in
    SELECT DISTINCT runs.cluster_id, slots.slot
    FROM cluster_runs AS runs
    JOIN slots ON slots.edge >= runs.begins AND slots.edge <= runs.ends
),

placed_requests AS MATERIALIZED (  -- each request in its one slot: read once, however many clusters there are
    SELECT
        slots.slot,
        requests.user_id,
        requests.response_bytes,
        requests.gen_ai_usage_input_tokens,
        requests.gen_ai_usage_output_tokens,
        requests.event_duration_us,
        CASE WHEN requests.http_response_status_code BETWEEN 200 AND 299 THEN requests.object_id END AS object_id
    FROM requests
    ASOF JOIN slots ON requests.timestamp >= slots.edge
),

by_slot AS MATERIALIZED (  -- what each account used, null = anonymous
    SELECT
        slot,
        user_id,
        count(*) AS requests,
        CAST(sum(response_bytes) AS BIGINT) AS bytes,
        CAST(sum(gen_ai_usage_input_tokens) AS BIGINT) AS input_tokens,
        CAST(sum(gen_ai_usage_output_tokens) AS BIGINT) AS output_tokens,
        CAST(sum(event_duration_us) AS BIGINT) AS served_us
    FROM placed_requests
    GROUP BY ALL
),

by_account AS (
    SELECT
        user_id,
        CAST(sum(requests) AS BIGINT) AS requests,
        CAST(sum(bytes) AS BIGINT) AS bytes,
        CAST(sum(input_tokens) AS BIGINT) AS input_tokens,
        CAST(sum(output_tokens) AS BIGINT) AS output_tokens,
        CAST(sum(served_us) AS BIGINT) AS served_us
    FROM by_slot
    GROUP BY ALL
),

usage AS (  -- beside each cluster, for the period and for its runs
    SELECT judged_clusters.cluster_id, 'period' AS span, by_account.* FROM by_account CROSS JOIN judged_clusters
    UNION ALL
    SELECT
        slots_of.cluster_id,
        'active',
        by_slot.user_id,
        CAST(sum(requests) AS BIGINT),
        CAST(sum(bytes) AS BIGINT),
        CAST(sum(input_tokens) AS BIGINT),
        CAST(sum(output_tokens) AS BIGINT),
        CAST(sum(served_us) AS BIGINT)
    FROM by_slot JOIN slots_of USING (slot)
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
        CAST(sum(output_tokens) FILTER (WHERE is_own) AS BIGINT) AS output_tokens,
        CAST(sum(served_us) AS BIGINT) AS served_us_all,
        CAST(sum(served_us) FILTER (WHERE is_own) AS BIGINT) AS served_us
    FROM placed
    GROUP BY ALL
),

received AS MATERIALIZED (  -- numbered objects answered 2xx, each once per slot
    SELECT DISTINCT slot, object_id FROM placed_requests WHERE object_id IS NOT NULL
),

taken AS (  -- those of the clusters, in the period and in their runs
    SELECT own.cluster_id, own.object_id, bool_or(runs.cluster_id IS NOT NULL) AS is_active
    FROM cluster_requests AS own
    LEFT JOIN cluster_runs AS runs ON runs.cluster_id = own.cluster_id AND own.timestamp BETWEEN runs.begins AND runs.ends
    WHERE own.object_id IS NOT NULL AND own.http_response_status_code BETWEEN 200 AND 299
    GROUP BY ALL
),

objects AS (  -- distinct ones, of everybody and of the cluster
    SELECT
        judged_clusters.cluster_id,
        'period' AS span,
        (SELECT count(DISTINCT object_id) FROM received) AS objects_all,
        count(taken.object_id) AS objects
    FROM judged_clusters
    LEFT JOIN taken USING (cluster_id)
    GROUP BY ALL
    UNION ALL
    SELECT everyone.cluster_id, 'active', everyone.objects_all, coalesce(mine.objects, 0)
    FROM (
        SELECT slots_of.cluster_id, count(DISTINCT received.object_id) AS objects_all
        FROM received JOIN slots_of USING (slot)
        GROUP BY ALL
    ) AS everyone
    LEFT JOIN (
        SELECT cluster_id, count(*) AS objects FROM taken WHERE is_active GROUP BY ALL
    ) AS mine ON mine.cluster_id = everyone.cluster_id
),

organizations AS (  -- other organizations, without what the cluster itself used
    SELECT
        cluster_id,
        span,
        other_organization,
        CAST(sum(requests) AS BIGINT) AS requests,
        CAST(sum(bytes) AS BIGINT) AS bytes,
        CAST(sum(output_tokens) AS BIGINT) AS output_tokens,
        CAST(sum(served_us) AS BIGINT) AS served_us
    FROM placed
    WHERE other_organization IS NOT NULL
    GROUP BY ALL
),

rivals AS (  -- who the cluster, taken as one, is ranked among
    SELECT cluster_id, span, 'accounts' AS among, requests, bytes, output_tokens, served_us
    FROM placed
    WHERE NOT is_own AND user_id IS NOT NULL
    UNION ALL
    SELECT cluster_id, span, 'organizations', requests, bytes, output_tokens, served_us FROM organizations
),

ranks AS (  -- 1 = nobody used more
    SELECT
        totals.cluster_id,
        totals.span,
        1 + count(*) FILTER (WHERE among = 'accounts') AS accounts_ranked,
        1 + count(*) FILTER (WHERE among = 'accounts' AND rivals.requests > totals.requests) AS rank_requests_accounts,
        1 + count(*) FILTER (WHERE among = 'accounts' AND rivals.bytes > totals.bytes) AS rank_bytes_accounts,
        1 + count(*) FILTER (WHERE among = 'accounts' AND rivals.output_tokens > totals.output_tokens)
            AS rank_output_tokens_accounts,
        1 + count(*) FILTER (WHERE among = 'accounts' AND rivals.served_us > totals.served_us)
            AS rank_served_us_accounts,
        1 + count(*) FILTER (WHERE among = 'organizations') AS organizations_ranked,
        1 + count(*) FILTER (WHERE among = 'organizations' AND rivals.requests > totals.requests)
            AS rank_requests_organizations,
        1 + count(*) FILTER (WHERE among = 'organizations' AND rivals.bytes > totals.bytes) AS rank_bytes_organizations,
        1 + count(*) FILTER (WHERE among = 'organizations' AND rivals.output_tokens > totals.output_tokens)
            AS rank_output_tokens_organizations,
        1 + count(*) FILTER (WHERE among = 'organizations' AND rivals.served_us > totals.served_us)
            AS rank_served_us_organizations
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
