-- Through which channel requests came, what each channel's log can show, and whether a cluster moved between channels.
--
-- reads   requests, account_features, cluster_requests, judged_clusters
-- grain   one row per channel of the service; and one per cluster findings speak about

WITH logged AS (  -- each request with the channel its account is on record with
    SELECT
        CASE WHEN requests.user_id IS NULL THEN 'no account' ELSE coalesce(account_features.channel, 'unknown') END
            AS channel,
        requests.*
    FROM requests
    LEFT JOIN account_features USING (user_id)
),

channels AS (
    SELECT
        channel,
        count(*) AS requests,
        count(DISTINCT user_id) AS accounts,
        min(timestamp) AS first_request,
        max(timestamp) AS last_request,
        count(source_ip) AS with_address,
        count(*) FILTER (WHERE source_ip IS NULL AND source_range IS NOT NULL) AS with_masked_address,
        count(user_agent_original) AS with_client,
        count(gen_ai_usage_output_tokens) AS with_tokens,
        count(gen_ai_prompt_hash) AS with_prompt_hash,
        count(http_response_status_code) AS with_status,
        count(DISTINCT object_id) FILTER (WHERE http_response_status_code BETWEEN 200 AND 299) AS objects_all,
        CAST(coalesce(sum(response_bytes), 0) AS BIGINT) AS bytes_all,
        CAST(coalesce(sum(gen_ai_usage_input_tokens), 0) AS BIGINT) AS input_tokens_all,
        CAST(coalesce(sum(gen_ai_usage_output_tokens), 0) AS BIGINT) AS output_tokens_all,
        CAST(coalesce(sum(event_duration_us), 0) AS BIGINT) AS served_us_all,
        min({'at': timestamp, 'id': event_id})['id'] AS first_id,
        max({'at': timestamp, 'id': event_id})['id'] AS last_id
    FROM logged
    GROUP BY ALL
),

whole AS (
    SELECT
        (SELECT count(*) FROM requests) AS requests_all,
        (SELECT count(channel) FROM account_features) > 0 AS has_channels
),

own AS (
    SELECT
        mine.cluster_id,
        coalesce(account_features.channel, 'unknown') AS channel,
        date_trunc('month', mine.timestamp) AS month,
        count(*) AS requests,
        count(DISTINCT mine.user_id) AS accounts,
        CAST(coalesce(sum(mine.response_bytes), 0) AS BIGINT) AS bytes,
        CAST(coalesce(sum(mine.gen_ai_usage_input_tokens), 0) AS BIGINT) AS input_tokens,
        CAST(coalesce(sum(mine.gen_ai_usage_output_tokens), 0) AS BIGINT) AS output_tokens,
        CAST(coalesce(sum(mine.event_duration_us), 0) AS BIGINT) AS served_us,
        min({'at': mine.timestamp, 'id': mine.event_id}) AS first_event,
        max({'at': mine.timestamp, 'id': mine.event_id}) AS last_event
    FROM cluster_requests AS mine
    LEFT JOIN account_features USING (user_id)
    GROUP BY ALL
),

counted AS (  -- what no sum over months tells: accounts, and distinct numbered objects answered 2xx
    SELECT
        mine.cluster_id,
        coalesce(account_features.channel, 'unknown') AS channel,
        count(DISTINCT mine.user_id) AS accounts,
        count(DISTINCT mine.object_id) FILTER (WHERE mine.http_response_status_code BETWEEN 200 AND 299) AS objects
    FROM cluster_requests AS mine
    LEFT JOIN account_features USING (user_id)
    GROUP BY ALL
),

by_channel AS (
    SELECT
        cluster_id,
        channel,
        CAST(sum(requests) AS BIGINT) AS requests,
        CAST(sum(bytes) AS BIGINT) AS bytes,
        CAST(sum(input_tokens) AS BIGINT) AS input_tokens,
        CAST(sum(output_tokens) AS BIGINT) AS output_tokens,
        CAST(sum(served_us) AS BIGINT) AS served_us,
        min(first_event) AS first_event,
        max(last_event) AS last_event
    FROM own
    GROUP BY ALL
),

shares AS (  -- what a month's requests are divided into
    SELECT
        cluster_id,
        list({
            'month': strftime(month AT TIME ZONE 'UTC', '%Y-%m'), 'channel': channel, 'requests': requests,
            'accounts': accounts, 'output_tokens': output_tokens
        } ORDER BY month, channel) AS by_month
    FROM own
    GROUP BY ALL
),

told AS (  -- beside each channel what everybody asked and received there
    SELECT
        cluster_id,
        count(*) AS channels,
        CAST(sum(by_channel.requests) AS BIGINT) AS requests,
        list({
            'channel': channel, 'requests': by_channel.requests, 'requests_all': channels.requests,
            'objects': counted.objects, 'objects_all': channels.objects_all,
            'accounts': counted.accounts, 'bytes': bytes, 'bytes_all': channels.bytes_all,
            'input_tokens': input_tokens, 'input_tokens_all': channels.input_tokens_all,
            'output_tokens': output_tokens, 'output_tokens_all': channels.output_tokens_all,
            'served_us': served_us, 'served_us_all': channels.served_us_all,
            'first_request': first_event['at'], 'last_request': last_event['at']
        } ORDER BY first_event, channel) AS by_channel,
        flatten(list([first_event['id'], last_event['id']] ORDER BY first_event, channel)) AS cite
    FROM by_channel
    JOIN channels USING (channel)
    JOIN counted USING (cluster_id, channel)
    GROUP BY ALL
)

SELECT
    CAST(NULL AS VARCHAR) AS cluster_id,
    channels.channel AS subject,
    [channels.first_id, channels.last_id] AS cite,
    whole.has_channels AS assessed,
    channels.* EXCLUDE (
        channel, first_id, last_id, objects_all, bytes_all, input_tokens_all, output_tokens_all, served_us_all
    ),
    whole.requests_all,
    CAST(NULL AS BIGINT) AS channels,
    [] AS by_channel,
    [] AS by_month
FROM channels CROSS JOIN whole
WHERE whole.has_channels
UNION ALL BY NAME
SELECT
    told.cluster_id,
    NULL AS subject,
    told.cite,
    whole.has_channels AS assessed,
    told.requests,
    whole.requests_all,
    told.channels,
    told.by_channel,
    shares.by_month
FROM told
JOIN shares ON shares.cluster_id = told.cluster_id
JOIN judged_clusters ON judged_clusters.cluster_id = told.cluster_id
CROSS JOIN whole
UNION ALL BY NAME
SELECT NULL AS cluster_id, NULL AS subject, [] AS cite, false AS assessed, 0 AS requests
FROM whole
WHERE NOT whole.has_channels AND whole.requests_all > 0
ORDER BY cluster_id NULLS FIRST, subject NULLS FIRST
