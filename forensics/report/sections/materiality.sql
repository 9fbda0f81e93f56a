-- How much of the whole service a cluster is, by every measure the log has; null where the log lacks it.
--
-- reads  requests, cluster_members, clusters
-- grain  one cluster

WITH service AS (  -- everybody, anonymous traffic included
    SELECT
        count(*) AS all_requests,
        count(DISTINCT user_id) AS all_accounts,
        count(DISTINCT object_id) AS all_objects,
        sum(response_bytes)::BIGINT AS all_response_bytes,
        sum(gen_ai_usage_input_tokens)::BIGINT AS all_input_tokens,
        sum(gen_ai_usage_output_tokens)::BIGINT AS all_output_tokens
    FROM requests
),

clustered AS (  -- each cluster a person has to look at
    SELECT
        cluster_members.cluster_id,
        count(*) AS requests,
        count(DISTINCT requests.user_id) AS accounts,
        count(DISTINCT requests.object_id) AS objects,
        sum(requests.response_bytes)::BIGINT AS response_bytes,
        sum(requests.gen_ai_usage_input_tokens)::BIGINT AS input_tokens,
        sum(requests.gen_ai_usage_output_tokens)::BIGINT AS output_tokens
    FROM requests
    JOIN cluster_members USING (user_id)
    JOIN clusters USING (cluster_id)
    WHERE clusters.verdict IN ('coordinated', 'undecided')
    GROUP BY cluster_members.cluster_id
)

SELECT
    cluster_id,
    requests,
    accounts,
    objects,
    response_bytes,
    input_tokens,
    output_tokens,
    all_requests,
    all_accounts,
    all_objects,
    all_response_bytes,
    all_input_tokens,
    all_output_tokens
FROM clustered
CROSS JOIN service
ORDER BY cluster_id
