-- Whether a cluster's use of a model has the pattern of taking output to train another: eight signs, each by itself.
-- Hashed prompts suffice; what only some gateways log (limits, turns, refusals) is judged only where it is there.
--
-- reads   clusters, cluster_generations, cluster_requests, requests, incidents, policy
-- grain   one row per cluster that findings speak about or that is authorized

WITH spoken_of AS (  -- authorized use is named as such
    SELECT cluster_id, size, verdict, organization_id
    FROM clusters
    WHERE verdict IN ('coordinated', 'undecided', 'authorized_automation')
),

totals AS (
    SELECT
        cluster_id,
        count(*) AS requests,
        count(DISTINCT user_id) AS accounts_asking,
        min(timestamp) AS first_request,
        max(timestamp) AS last_request,
        CAST(sum(input_tokens) AS BIGINT) AS input_tokens,
        CAST(sum(output_tokens) AS BIGINT) AS output_tokens,
        count(turns) AS turns_logged,
        count(*) FILTER (WHERE turns <= 1) AS single_turn,
        count(max_tokens) AS limits_logged,
        count(is_refused) AS refusals_logged,
        count(*) FILTER (WHERE is_refused) AS refused,
        count(prompt_hash) AS prompts_logged,
        count(DISTINCT prompt_hash) AS prompts,
        min({'at': timestamp, 'id': event_id})['id'] AS first_id,
        max({'at': timestamp, 'id': event_id})['id'] AS last_id
    FROM cluster_generations
    GROUP BY ALL
),

others AS (  -- everybody else, beside each cluster
    SELECT
        totals.cluster_id,
        everyone.input_tokens - coalesce(totals.input_tokens, 0) AS others_input_tokens,
        everyone.output_tokens - coalesce(totals.output_tokens, 0) AS others_output_tokens
    FROM totals CROSS JOIN (
        SELECT
            CAST(coalesce(sum(gen_ai_usage_input_tokens), 0) AS BIGINT) AS input_tokens,
            CAST(coalesce(sum(gen_ai_usage_output_tokens), 0) AS BIGINT) AS output_tokens
        FROM requests
    ) AS everyone
),

templates AS (  -- prompts or templates by how often they were sent
    SELECT cluster_id, prompt_hash, count(*) AS requests, count(DISTINCT user_id) AS accounts, min(event_id) AS example
    FROM cluster_generations
    WHERE prompt_hash IS NOT NULL
    GROUP BY ALL
),

concentration AS (
    SELECT
        cluster_id,
        CAST(list_sum(list(requests ORDER BY requests DESC, prompt_hash)[:10]) AS BIGINT) AS top_prompts_requests,
        count(*) FILTER (WHERE accounts >= 2) AS prompts_of_several,
        first(example ORDER BY requests DESC, prompt_hash) AS top_id
    FROM templates
    GROUP BY ALL
),

capabilities AS (  -- what was asked for most: an endpoint with its model, as far as logs name a capability
    SELECT cluster_id, template AS top_endpoint, model AS top_model, count(*) AS top_capability_requests
    FROM cluster_generations
    JOIN cluster_requests USING (cluster_id, event_id)
    GROUP BY cluster_id, template, model
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY count(*) DESC, template, model) = 1
),

limits AS (  -- the limit asked for most often
    SELECT cluster_id, max_tokens AS usual_limit, count(*) AS usual_limit_requests
    FROM cluster_generations
    WHERE max_tokens IS NOT NULL
    GROUP BY cluster_id, max_tokens
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY count(*) DESC, max_tokens) = 1
),

clock AS (  -- how evenly the merged requests fill the hours of the day, 1000 = flat, summed in the order of the hours
    SELECT
        cluster_id,
        count(*) AS hours_of_day,
        CAST(round(1000 * list_sum(list(-share * ln(share) ORDER BY hour_of_day)) / ln(24)) AS BIGINT) AS evenness
    FROM (
        SELECT cluster_id, hour_of_day, requests / sum(requests) OVER (PARTITION BY cluster_id) AS share
        FROM (
            SELECT cluster_id, hour(timestamp) AS hour_of_day, count(*) AS requests
            FROM cluster_generations
            GROUP BY ALL
        )
    )
    GROUP BY ALL
),

launches AS (
    SELECT incident_id, started_at FROM incidents WHERE kind = 'launch' AND started_at IS NOT NULL
),

model_starts AS (
    SELECT cluster_id, model, min(timestamp) AS first_used
    FROM cluster_generations
    WHERE model IS NOT NULL
    GROUP BY ALL
),

around AS (  -- the day before and the day after each launch
    SELECT
        asked.cluster_id,
        launches.incident_id,
        launches.started_at,
        count(*) FILTER (WHERE asked.timestamp < launches.started_at) AS day_before,
        count(*) FILTER (WHERE asked.timestamp >= launches.started_at) AS day_after,
        count(*) FILTER (
            WHERE asked.timestamp >= launches.started_at AND model_starts.first_used >= launches.started_at
        ) AS day_after_new_model,
        min({'at': asked.timestamp, 'id': asked.event_id})
            FILTER (WHERE asked.timestamp >= launches.started_at)['id'] AS first_id
    FROM launches
    JOIN cluster_generations AS asked
        ON asked.timestamp >= launches.started_at - INTERVAL '24 hours'
        AND asked.timestamp < launches.started_at + INTERVAL '24 hours'
    LEFT JOIN model_starts ON model_starts.cluster_id = asked.cluster_id AND model_starts.model = asked.model
    GROUP BY ALL
),

everyone_around AS (
    SELECT
        launches.incident_id,
        launches.started_at,
        count(*) FILTER (WHERE requests.timestamp < launches.started_at) AS day_before,
        count(*) FILTER (WHERE requests.timestamp >= launches.started_at) AS day_after
    FROM launches
    JOIN requests
        ON requests.timestamp >= launches.started_at - INTERVAL '24 hours'
        AND requests.timestamp < launches.started_at + INTERVAL '24 hours'
    WHERE requests.gen_ai_usage_output_tokens IS NOT NULL OR requests.gen_ai_prompt_hash IS NOT NULL
    GROUP BY ALL
),

releases AS (  -- half of the day's requests on a model new to them, or twice the growth of everyone else
    SELECT
        around.cluster_id,
        list({
            'incident_id': around.incident_id, 'started_at': around.started_at, 'day_before': around.day_before,
            'day_after': around.day_after, 'day_after_new_model': around.day_after_new_model,
            'others_day_before': everyone_around.day_before - around.day_before,
            'others_day_after': everyone_around.day_after - around.day_after
        } ORDER BY around.started_at, around.incident_id) AS launches_followed,
        bool_or(around.day_after >= 20 AND (
            2 * around.day_after_new_model >= around.day_after
            OR around.day_after * (everyone_around.day_before - around.day_before)
                >= 2 * around.day_before * (everyone_around.day_after - around.day_after)
                AND everyone_around.day_before > around.day_before
        )) AS follows_release,
        min(around.first_id) AS first_id
    FROM around
    JOIN everyone_around USING (incident_id, started_at)
    GROUP BY ALL
),

probes AS (  -- a refused prompt, and another one of the same account within a minute
    SELECT cluster_id, count(*) AS refused_reworded
    FROM (
        SELECT
            cluster_id,
            is_refused,
            lead(prompt_hash) OVER own IS DISTINCT FROM prompt_hash
                AND lead(timestamp) OVER own - timestamp <= INTERVAL '60 seconds' AS is_reworded
        FROM cluster_generations
        WINDOW own AS (PARTITION BY cluster_id, user_id ORDER BY timestamp, event_id)
    )
    WHERE is_refused AND is_reworded
    GROUP BY ALL
),

shapes AS (
    SELECT
        cluster_id,
        stage,
        count(*) AS requests,
        min({'at': timestamp, 'id': event_id}) AS first_event,
        max({'at': timestamp, 'id': event_id}) AS last_event,
        CAST(sum(input_tokens) AS BIGINT) AS input_tokens,
        CAST(sum(output_tokens) AS BIGINT) AS output_tokens
    FROM cluster_generations
    WHERE stage IS NOT NULL
    GROUP BY ALL
),

stages AS (  -- dated; a stage with less than a twentieth of the requests is none
    SELECT
        cluster_id,
        count(*) FILTER (WHERE 20 * requests >= whole) AS stages_seen,
        list({
            'stage': stage, 'requests': requests, 'first_request': first_event['at'],
            'last_request': last_event['at'], 'input_tokens': input_tokens, 'output_tokens': output_tokens
        } ORDER BY first_event, stage) AS stages,
        list(first_event['id'] ORDER BY first_event, stage) AS ids
    FROM (SELECT *, sum(requests) OVER (PARTITION BY cluster_id) AS whole FROM shapes)
    GROUP BY ALL
)

SELECT
    spoken_of.cluster_id,
    CAST(NULL AS VARCHAR) AS subject,
    list_concat([totals.first_id, totals.last_id, concentration.top_id, releases.first_id], stages.ids) AS cite,
    spoken_of.verdict = 'authorized_automation' OR totals.requests IS NOT NULL AS assessed,
    spoken_of.size AS accounts,
    spoken_of.verdict,
    spoken_of.organization_id,
    coalesce(totals.requests, 0) AS requests,
    coalesce(totals.accounts_asking, 0) AS accounts_asking,
    totals.first_request,
    totals.last_request,
    totals.input_tokens,
    totals.output_tokens,
    others.others_input_tokens,
    others.others_output_tokens,
    coalesce(totals.prompts_logged, 0) AS prompts_logged,
    coalesce(totals.prompts, 0) AS prompts,
    coalesce(concentration.top_prompts_requests, 0) AS top_prompts_requests,
    coalesce(concentration.prompts_of_several, 0) AS prompts_of_several,
    capabilities.top_endpoint,
    capabilities.top_model,
    capabilities.top_capability_requests,
    coalesce(totals.turns_logged, 0) AS turns_logged,
    coalesce(totals.single_turn, 0) AS single_turn,
    coalesce(totals.limits_logged, 0) AS limits_logged,
    limits.usual_limit,
    coalesce(limits.usual_limit_requests, 0) AS usual_limit_requests,
    coalesce(clock.hours_of_day, 0) AS hours_of_day,
    clock.evenness AS hours_evenness_per_mille,
    (SELECT count(*) FROM launches) AS launches_on_record,
    coalesce(releases.launches_followed, []) AS launches_followed,
    releases.follows_release,
    coalesce(totals.refusals_logged, 0) AS refusals_logged,
    coalesce(totals.refused, 0) AS refused,
    coalesce(probes.refused_reworded, 0) AS refused_reworded,
    coalesce(stages.stages_seen, 0) AS stages_seen,
    coalesce(stages.stages, []) AS stages,
    len(policy.authorized_organizations) > 0 AS policy_authorized,
    policy.distillation_requests AS policy_requests,
    policy.distillation_signs AS policy_signs
FROM spoken_of
CROSS JOIN policy
LEFT JOIN totals USING (cluster_id)
LEFT JOIN others USING (cluster_id)
LEFT JOIN concentration USING (cluster_id)
LEFT JOIN capabilities USING (cluster_id)
LEFT JOIN limits USING (cluster_id)
LEFT JOIN clock USING (cluster_id)
LEFT JOIN releases USING (cluster_id)
LEFT JOIN probes USING (cluster_id)
LEFT JOIN stages USING (cluster_id)
ORDER BY spoken_of.cluster_id
