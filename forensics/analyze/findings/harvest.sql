-- What each cluster took: numbered objects, in which order, how fast, and what it did when refused.
--
-- reads   judged_clusters, cluster_runs, cluster_requests, requests, log_files
-- grain   one row per cluster whose verdict is coordinated or undecided

WITH spans AS (  -- the runs of a cluster together, and the largest of them
    SELECT
        cluster_id,
        count(*) AS runs,
        CAST(sum(busy_minutes) AS BIGINT) AS busy_minutes,
        min(begins) AS active_from,
        max(ends) AS active_until,
        first(begins ORDER BY requests DESC, begins) AS largest_run_from,
        first(ends ORDER BY requests DESC, begins) AS largest_run_until
    FROM cluster_runs AS runs
    GROUP BY ALL
),

asked AS (  -- requests for objects inside the runs, taken = answered 2xx
    SELECT own.*, coalesce(own.http_response_status_code BETWEEN 200 AND 299, false) AS is_taken
    FROM cluster_requests AS own
    JOIN cluster_runs AS runs ON runs.cluster_id = own.cluster_id AND own.timestamp BETWEEN runs.begins AND runs.ends
    WHERE own.object_id IS NOT NULL
),

totals AS (
    SELECT
        cluster_id,
        count(*) AS object_requests,
        count(http_response_status_code) AS object_requests_answered,
        count(DISTINCT object_id) AS objects_asked,
        count(DISTINCT object_id) FILTER (WHERE is_taken) AS objects,
        count(DISTINCT user_id) FILTER (WHERE is_taken) AS accounts_taking,
        min(object_id) FILTER (WHERE is_taken) AS object_id_min,
        max(object_id) FILTER (WHERE is_taken) AS object_id_max,
        max(object_id) FILTER (WHERE is_taken) - min(object_id) FILTER (WHERE is_taken) + 1 AS object_id_span,
        min({'at': timestamp, 'offset': log_offset, 'id': event_id})['id'] AS first_id,
        max({'at': timestamp, 'offset': log_offset, 'id': event_id})['id'] AS last_id
    FROM asked
    GROUP BY ALL
),

everything AS (  -- the same over the whole period, everyday use included
    SELECT cluster_id, count(object_id) AS object_requests_period, count(DISTINCT object_id) AS objects_asked_period
    FROM cluster_requests AS own
    GROUP BY ALL
),

per_template AS (
    SELECT
        cluster_id,
        template,
        count(DISTINCT object_id) AS objects,
        count(*) AS requests,
        count(DISTINCT user_id) AS accounts,
        min(object_id) AS object_id_min,
        max(object_id) AS object_id_max,
        max(object_id) - min(object_id) + 1 AS object_id_span,
        min({'at': timestamp, 'offset': log_offset, 'id': event_id})['id'] AS first_id
    FROM asked
    WHERE is_taken
    GROUP BY ALL
),

templates AS (  -- the ten templates with the most objects
    SELECT
        cluster_id,
        count(*) AS templates,
        list({
            'template': template, 'objects': objects, 'requests': requests, 'accounts': accounts,
            'object_id_min': object_id_min, 'object_id_max': object_id_max, 'object_id_span': object_id_span
        } ORDER BY objects DESC, template)[:10] AS by_template,
        list(first_id ORDER BY objects DESC, template)[:3] AS first_ids
    FROM per_template
    GROUP BY ALL
),

receipts AS (  -- who received which object, under how many templates
    SELECT
        cluster_id,
        object_id,
        user_id,
        count(DISTINCT template) AS templates,
        min(template) AS template_min,
        max(template) AS template_max
    FROM asked
    WHERE is_taken
    GROUP BY ALL
),

paired AS (  -- objects received under two templates or more, such as a prompt and its image
    SELECT cluster_id, object_id, max(templates) >= 2 AS by_one_account
    FROM receipts
    GROUP BY ALL
    HAVING min(template_min) <> max(template_max)
),

pairs_taken AS (
    SELECT
        cluster_id,
        count(*) AS pairs,
        count(*) FILTER (WHERE by_one_account) AS pairs_one_account,
        count(*) FILTER (WHERE NOT by_one_account) AS pairs_split,
        min(object_id) AS example
    FROM paired
    GROUP BY ALL
),

pair_examples AS (  -- the lines of the pair with the lowest number
    SELECT asked.cluster_id, list(asked.event_id ORDER BY asked.timestamp, asked.log_offset, asked.event_id)[:2] AS ids
    FROM asked
    JOIN pairs_taken ON pairs_taken.cluster_id = asked.cluster_id AND pairs_taken.example = asked.object_id
    WHERE asked.is_taken
    GROUP BY ALL
),

steps AS (  -- from one object request to the next of the same account under the same template
    SELECT
        cluster_id,
        object_id - lag(object_id) OVER (
            PARTITION BY cluster_id, user_id, template ORDER BY timestamp, content_sha256, log_offset
        ) AS step
    FROM asked
),

orders AS (
    SELECT
        cluster_id,
        count(step) AS steps,
        count(*) FILTER (WHERE step > 0) AS steps_increasing,
        count(*) FILTER (WHERE step = 0) AS steps_repeated,
        count(*) FILTER (WHERE step < 0) AS steps_decreasing
    FROM steps
    GROUP BY ALL
),

answers AS (  -- each answer, and how long until the same account asks for the same again
    SELECT
        cluster_id,
        http_response_status_code AS status,
        event_id,
        timestamp,
        log_offset,
        lead(event_id) OVER same AS next_id,
        lead(timestamp) OVER same - timestamp <= INTERVAL '60 seconds' AS is_retried
    FROM asked
    WINDOW same AS (
        PARTITION BY cluster_id, user_id, template, object_id ORDER BY timestamp, content_sha256, log_offset
    )
),

refused AS (
    SELECT
        cluster_id,
        status,
        count(*) AS answers,
        count(*) FILTER (WHERE is_retried) AS retried,
        min({'at': timestamp, 'offset': log_offset, 'id': event_id, 'next': next_id}) FILTER (WHERE is_retried)
            AS example
    FROM answers
    WHERE status IN (403, 404, 429, 503)
    GROUP BY ALL
),

refusals AS (
    SELECT
        cluster_id,
        CAST(sum(answers) AS BIGINT) AS refusals,
        CAST(sum(retried) AS BIGINT) AS refusals_retried,
        list({'status': status, 'answers': answers, 'retried': retried} ORDER BY status) AS refusals_by_status,
        min(example) AS example
    FROM refused
    GROUP BY ALL
),

hours AS (
    SELECT
        cluster_id,
        time_bucket(INTERVAL '1 hour', timestamp) AS hour,
        count(DISTINCT object_id) AS objects,
        min({'at': timestamp, 'offset': log_offset, 'id': event_id})['id'] AS first_id
    FROM asked
    WHERE is_taken
    GROUP BY ALL
),

days AS (  -- amount over time
    SELECT cluster_id, list({'day': day, 'objects': objects, 'requests': requests} ORDER BY day)[:60] AS by_day
    FROM (
        SELECT
            cluster_id,
            strftime(timestamp AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
            count(DISTINCT object_id) AS objects,
            count(*) AS requests
        FROM asked
        WHERE is_taken
        GROUP BY ALL
    )
    GROUP BY ALL
),

walked AS (  -- how far each run got under each template
    SELECT
        own.cluster_id,
        own.template,
        runs.begins,
        min(own.object_id) AS lowest,
        max(own.object_id) AS highest
    FROM asked AS own
    JOIN cluster_runs AS runs ON runs.cluster_id = own.cluster_id AND own.timestamp BETWEEN runs.begins AND runs.ends
    GROUP BY ALL
),

resumed AS (  -- a later run that begins above where the one before it ended, by a hundredth of the range at most
    SELECT
        cluster_id,
        count(*) FILTER (WHERE lowest > before AND 100 * (lowest - before) <= range_end - range_begin + 1) AS resumptions
    FROM (
        SELECT
            cluster_id,
            lowest,
            lag(highest) OVER (PARTITION BY cluster_id, template ORDER BY begins) AS before,
            min(lowest) OVER (PARTITION BY cluster_id, template) AS range_begin,
            max(highest) OVER (PARTITION BY cluster_id, template) AS range_end
        FROM walked
    )
    GROUP BY ALL
),

peaks AS (
    SELECT
        cluster_id,
        max(objects) AS peak_hour_objects,
        first(hour ORDER BY objects DESC, hour) AS peak_hour,
        first(first_id ORDER BY objects DESC, hour) AS first_id
    FROM hours
    GROUP BY ALL
)

SELECT
    clusters.cluster_id,
    CAST(NULL AS VARCHAR) AS subject,
    list_concat(
        [totals.first_id, totals.last_id],
        templates.first_ids,
        pair_examples.ids,
        [refusals.example['id'], refusals.example['next'], peaks.first_id]
    ) AS cite,
    (SELECT count(object_id) FROM requests) > 0 AS assessed,
    clusters.size AS accounts,
    coalesce(spans.runs, 0) AS runs,
    coalesce(spans.busy_minutes, 0) AS busy_minutes,
    spans.active_from,
    spans.active_until,
    spans.largest_run_from,
    spans.largest_run_until,
    coalesce(totals.object_requests, 0) AS object_requests,
    coalesce(totals.object_requests_answered, 0) AS object_requests_answered,
    coalesce(totals.objects_asked, 0) AS objects_asked,
    coalesce(totals.objects, 0) AS objects,
    coalesce(totals.accounts_taking, 0) AS accounts_taking,
    totals.object_id_min,
    totals.object_id_max,
    totals.object_id_span,
    coalesce(everything.object_requests_period, 0) AS object_requests_period,
    coalesce(everything.objects_asked_period, 0) AS objects_asked_period,
    coalesce(templates.templates, 0) AS templates,
    coalesce(templates.by_template, []) AS by_template,
    coalesce(pairs_taken.pairs, 0) AS pairs,
    coalesce(pairs_taken.pairs_one_account, 0) AS pairs_one_account,
    coalesce(pairs_taken.pairs_split, 0) AS pairs_split,
    coalesce(orders.steps, 0) AS steps,
    coalesce(orders.steps_increasing, 0) AS steps_increasing,
    coalesce(orders.steps_repeated, 0) AS steps_repeated,
    coalesce(orders.steps_decreasing, 0) AS steps_decreasing,
    coalesce(refusals.refusals, 0) AS refusals,
    coalesce(refusals.refusals_retried, 0) AS refusals_retried,
    coalesce(refusals.refusals_by_status, []) AS refusals_by_status,
    coalesce(days.by_day, []) AS by_day,
    coalesce(resumed.resumptions, 0) AS resumptions,
    peaks.peak_hour,
    coalesce(peaks.peak_hour_objects, 0) AS peak_hour_objects,
    (SELECT count(*) FROM log_files WHERE complete IS NOT TRUE) AS files_incomplete
FROM judged_clusters AS clusters
LEFT JOIN spans USING (cluster_id)
LEFT JOIN totals USING (cluster_id)
LEFT JOIN everything USING (cluster_id)
LEFT JOIN templates USING (cluster_id)
LEFT JOIN pairs_taken USING (cluster_id)
LEFT JOIN pair_examples USING (cluster_id)
LEFT JOIN orders USING (cluster_id)
LEFT JOIN refusals USING (cluster_id)
LEFT JOIN peaks USING (cluster_id)
LEFT JOIN days USING (cluster_id)
LEFT JOIN resumed USING (cluster_id)
ORDER BY clusters.cluster_id
