-- What the rows say about each statement: the numbers that the test fixed for its claim needs, and no verdict yet.
-- Where a cluster belongs to the subject, its members are the core of the test; everybody else of the subject is
-- counted beside it, so that no colleague's everyday use decides a statement. A period begins with its first instant
-- and ends before its last; a day or a month that somebody names as the end is included.
--
-- reads   statements, statement_accounts, statement_persons, statement_outages, requests, accounts, account_features,
--         automation_rates, incidents, findings, policy
-- grain   one row per statement

WITH asked AS (
    SELECT
        * EXCLUDE (extra),
        coalesce(
            CASE
                WHEN regexp_full_match(trim(claimed_value), '[0-9]{4}-[0-9]{2}')
                    THEN try_cast(trim(claimed_value) || '-01' AS TIMESTAMPTZ) + INTERVAL '1 month'
                WHEN regexp_full_match(trim(claimed_value), '[0-9]{4}-[0-9]{2}-[0-9]{2}')
                    THEN try_cast(trim(claimed_value) AS TIMESTAMPTZ) + INTERVAL '1 day'
                ELSE try_cast(trim(claimed_value) AS TIMESTAMPTZ)
            END,
            period_end,
            made_at
        ) AS stop_at,
        coalesce(period_start, TIMESTAMPTZ '-infinity') AS begins,
        coalesce(period_end, TIMESTAMPTZ 'infinity') AS ends
    FROM statements
),

concerned AS (  -- the core: members of clusters where there is one, else everybody the subject stands for
    SELECT
        statement_accounts.*,
        cluster_id IS NOT NULL OR max(cluster_id) OVER (PARTITION BY statement_id) IS NULL AS is_core
    FROM statement_accounts
    JOIN asked USING (statement_id)
    WHERE asked.claim IN (  -- the others are not tested by what the accounts of the subject did
        'stopped_by', 'only_accounts', 'volume_below', 'not_automated', 'not_us', 'caused_outage'
    )
),

numbers AS (
    SELECT
        statement_id,
        count(*) AS accounts,
        count(*) FILTER (WHERE is_core) AS accounts_core,
        count(cluster_id) AS accounts_in_clusters,
        list(DISTINCT cluster_id ORDER BY cluster_id) FILTER (WHERE cluster_id IS NOT NULL) AS cluster_ids,
        list(user_id ORDER BY user_id) FILTER (WHERE cluster_id IS NOT NULL) AS members
    FROM concerned
    GROUP BY ALL
),

use AS MATERIALIZED (  -- every request of a subject's accounts beside each statement about it
    SELECT
        concerned.statement_id,
        concerned.is_core,
        coalesce(concerned.channel, 'unknown') AS channel,
        requests.timestamp >= asked.begins AND requests.timestamp < asked.ends AS in_period,
        requests.timestamp >= asked.stop_at AS is_after,
        requests.object_id,
        requests.http_response_status_code BETWEEN 200 AND 299 AS is_taken,
        requests.response_bytes,
        requests.gen_ai_usage_input_tokens AS input_tokens,
        requests.gen_ai_usage_output_tokens AS output_tokens,
        {'at': requests.timestamp, 'id': requests.event_id} AS event
    FROM concerned
    JOIN asked USING (statement_id)
    JOIN requests USING (user_id)
),

used AS (
    SELECT
        statement_id,
        list(DISTINCT channel ORDER BY channel) AS channels_covered,
        count(*) FILTER (WHERE is_core AND NOT is_after) AS core_until,
        count(*) FILTER (WHERE is_core AND is_after) AS core_after,
        count(*) FILTER (WHERE NOT is_core AND is_after) AS colleagues_after,
        max(event['at']) FILTER (WHERE is_core) AS core_last_request,
        count(*) FILTER (WHERE is_core AND in_period) AS core_requests,
        count(*) FILTER (WHERE in_period) AS subject_requests,
        count(DISTINCT object_id) FILTER (WHERE is_core AND in_period AND is_taken) AS core_objects,
        count(DISTINCT object_id) FILTER (WHERE in_period AND is_taken) AS subject_objects,
        CAST(coalesce(sum(response_bytes) FILTER (WHERE is_core AND in_period), 0) AS BIGINT) AS core_bytes,
        CAST(coalesce(sum(response_bytes) FILTER (WHERE in_period), 0) AS BIGINT) AS subject_bytes,
        CAST(coalesce(sum(input_tokens) FILTER (WHERE is_core AND in_period), 0) AS BIGINT) AS core_input_tokens,
        CAST(coalesce(sum(input_tokens) FILTER (WHERE in_period), 0) AS BIGINT) AS subject_input_tokens,
        CAST(coalesce(sum(output_tokens) FILTER (WHERE is_core AND in_period), 0) AS BIGINT) AS core_output_tokens,
        CAST(coalesce(sum(output_tokens) FILTER (WHERE in_period), 0) AS BIGINT) AS subject_output_tokens,
        [
            max(event) FILTER (WHERE is_core AND NOT is_after)['id'],
            min(event) FILTER (WHERE is_core AND is_after)['id'],
            max(event) FILTER (WHERE is_core AND is_after)['id'],
            min(event) FILTER (WHERE is_core AND in_period)['id'],
            max(event) FILTER (WHERE is_core AND in_period)['id']
        ] AS cite
    FROM use
    GROUP BY ALL
),

after_by_channel AS (
    SELECT statement_id, list({'channel': channel, 'requests': requests} ORDER BY channel) AS core_after_by_channel
    FROM (
        SELECT statement_id, channel, count(*) AS requests FROM use WHERE is_core AND is_after GROUP BY ALL
    )
    GROUP BY ALL
),

wholes AS (  -- what a volume is a share of: everybody, in the period of the statement
    SELECT
        asked.statement_id,
        count(*) AS all_requests,
        count(DISTINCT object_id) FILTER (WHERE http_response_status_code BETWEEN 200 AND 299) AS all_objects,
        CAST(coalesce(sum(response_bytes), 0) AS BIGINT) AS all_bytes,
        CAST(coalesce(sum(gen_ai_usage_input_tokens), 0) AS BIGINT) AS all_input_tokens,
        CAST(coalesce(sum(gen_ai_usage_output_tokens), 0) AS BIGINT) AS all_output_tokens
    FROM asked
    JOIN requests ON requests.timestamp >= asked.begins AND requests.timestamp < asked.ends
    WHERE asked.claim = 'volume_below'
    GROUP BY ALL
),

clusters_of AS (
    SELECT DISTINCT statement_id, cluster_id FROM concerned WHERE cluster_id IS NOT NULL
),

automated AS (  -- measured in the clusters of the subject, or account by account where there is none
    SELECT
        concerned.statement_id,
        bool_or(coalesce(rates.is_aggressive, false)) AS is_aggressive,
        max(rates.peak_minute) AS peak_minute,
        max(rates.fast_requests) AS fast_requests,
        list_sort(list_distinct(flatten(list(rates.grounds)))) AS grounds
    FROM concerned
    JOIN automation_rates AS rates
        ON concerned.is_core AND (
            rates.cluster_id = concerned.cluster_id AND rates.user_id IS NULL
            OR rates.cluster_id IS NULL AND rates.user_id = concerned.user_id
        )
    GROUP BY ALL
),

attributed AS (  -- what the finding about the organization of a cluster says
    SELECT
        clusters_of.statement_id,
        bool_or(json_extract_string(findings.detail, '$.established') = 'true') AS is_established,
        max(json_array_length(findings.detail, '$.grounds')) AS grounds_held,
        max(json_array_length(findings.detail, '$.grounds_disagreeing')) AS grounds_disagreeing
    FROM clusters_of
    JOIN findings
        ON findings.cluster_id = clusters_of.cluster_id AND findings.kind = 'attribution' AND findings.subject = 'L2'
        AND findings.assessed
    GROUP BY ALL
),

impacts AS (  -- what the tests of service impact say, for the outage named, else for any in the period
    SELECT
        asked.statement_id,
        list({
            'cluster_id': findings.cluster_id, 'incident_id': findings.subject,
            'outcome': json_extract_string(findings.detail, '$.outcome'),
            'requests_before_onset': CAST(json_extract_string(findings.detail, '$.requests_before_onset') AS BIGINT),
            'others_5xx_after_stop': CAST(json_extract_string(findings.detail, '$.others_5xx_after_stop') AS BIGINT),
            'others_5xx_overlap': CAST(json_extract_string(findings.detail, '$.others_5xx_overlap') AS BIGINT),
            'overlap_minutes': CAST(json_extract_string(findings.detail, '$.overlap_minutes') AS BIGINT),
            'outage_minutes': CAST(json_extract_string(findings.detail, '$.outage_minutes') AS BIGINT)
        } ORDER BY findings.subject, findings.cluster_id) AS impacts
    FROM asked
    JOIN clusters_of USING (statement_id)
    JOIN findings
        ON findings.cluster_id = clusters_of.cluster_id AND findings.kind = 'service_impact' AND findings.assessed
    WHERE asked.claim = 'caused_outage' AND (
        findings.subject = trim(asked.claimed_value)
        OR trim(asked.claimed_value) NOT IN (SELECT incident_id FROM incidents)
        OR asked.claimed_value IS NULL
    )
    GROUP BY ALL
),

covered AS (  -- what the data as a whole can see
    SELECT
        (SELECT min(timestamp) FROM requests) AS logs_from,
        (SELECT max(timestamp) FROM requests) AS logs_until,
        (SELECT count(*) FROM account_features WHERE channel IS NULL) AS accounts_channel_unknown,
        (SELECT count(DISTINCT channel) FROM accounts WHERE channel LIKE 'reseller%') AS resellers_on_record
)

SELECT
    CAST(NULL AS VARCHAR) AS cluster_id,
    asked.statement_id AS subject,
    coalesce(used.cite, []) AS cite,
    asked.statement_id,
    asked.made_at,
    asked.source,
    asked.subject AS said_about,
    asked.claim,
    asked.claimed_value,
    asked.period_start,
    asked.period_end,
    asked.verbatim,
    asked.stop_at,
    coalesce(numbers.accounts, 0) AS accounts,
    coalesce(numbers.accounts_core, 0) AS accounts_core,
    coalesce(numbers.accounts_in_clusters, 0) AS accounts_in_clusters,
    coalesce(numbers.cluster_ids, []) AS cluster_ids,
    coalesce(numbers.members, []) AS members,
    coalesce(used.channels_covered, []) AS channels_covered,
    COLUMNS(used.* EXCLUDE (statement_id, cite, channels_covered)),
    coalesce(after_by_channel.core_after_by_channel, []) AS core_after_by_channel,
    COLUMNS(wholes.* EXCLUDE (statement_id)),
    COLUMNS(persons.* EXCLUDE (statement_id)),
    automated.is_aggressive,
    automated.peak_minute,
    automated.fast_requests,
    coalesce(automated.grounds, []) AS automation_grounds,
    attributed.is_established,
    attributed.grounds_held,
    attributed.grounds_disagreeing,
    coalesce(impacts.impacts, []) AS impacts,
    COLUMNS(outages.* EXCLUDE (statement_id)),
    covered.*,
    policy.minimal_percent
FROM asked
CROSS JOIN covered
CROSS JOIN policy
LEFT JOIN numbers USING (statement_id)
LEFT JOIN used USING (statement_id)
LEFT JOIN after_by_channel USING (statement_id)
LEFT JOIN wholes USING (statement_id)
LEFT JOIN statement_persons AS persons USING (statement_id)
LEFT JOIN automated USING (statement_id)
LEFT JOIN attributed USING (statement_id)
LEFT JOIN impacts USING (statement_id)
LEFT JOIN statement_outages AS outages USING (statement_id)
ORDER BY asked.statement_id
