-- What a clause may speak of: the requests behind a finding, with their exact times.
-- An act counts only where the finding of its kind holds by the policy in force.
-- A step that several finding queries read.
--
-- reads   cluster_requests, cluster_runs, cluster_generations, automation_rates, findings, policy
-- grain   one row per cluster, act and request

WITH holds AS (  -- findings that hold, by cluster
    SELECT cluster_id, kind AS act, subject
    FROM findings CROSS JOIN policy
    WHERE assessed AND cluster_id IS NOT NULL AND CASE kind
        WHEN 'automation' THEN CAST(json_extract_string(detail, '$.is_aggressive') AS BOOLEAN)
        WHEN 'harvest' THEN CAST(json_extract_string(detail, '$.objects') AS BIGINT) >= policy.harvest_objects
        WHEN 'distillation' THEN CAST(json_extract_string(detail, '$.holds') AS BOOLEAN)
        WHEN 'service_impact' THEN json_extract_string(detail, '$.outcome')
            IN ('consistent_with_contributing', 'every_test_holds')
    END
),

fast AS (  -- minutes of a cluster at the policy's rate; all its runs where another ground made it aggressive
    SELECT own.*
    FROM cluster_requests AS own
    JOIN automation_rates AS rates ON rates.cluster_id = own.cluster_id AND rates.user_id IS NULL
    CROSS JOIN policy
    WHERE rates.is_aggressive
    QUALIFY NOT list_contains(rates.grounds, 'rate') OR count(*) OVER (
        PARTITION BY own.cluster_id, time_bucket(INTERVAL '1 minute', own.timestamp)
    ) >= policy.aggressive_requests_per_minute
)

SELECT holds.cluster_id, holds.act, fast.timestamp, fast.event_id, fast.user_id
FROM holds JOIN fast ON holds.act = 'automation' AND fast.cluster_id = holds.cluster_id
UNION ALL
SELECT holds.cluster_id, holds.act, own.timestamp, own.event_id, own.user_id
FROM holds
JOIN cluster_requests AS own ON holds.act = 'harvest' AND own.cluster_id = holds.cluster_id
JOIN cluster_runs AS runs ON runs.cluster_id = own.cluster_id AND own.timestamp BETWEEN runs.begins AND runs.ends
WHERE own.object_id IS NOT NULL
UNION ALL
SELECT holds.cluster_id, holds.act, asked.timestamp, asked.event_id, asked.user_id
FROM holds
JOIN cluster_generations AS asked ON holds.act = 'distillation' AND asked.cluster_id = holds.cluster_id
UNION ALL
SELECT DISTINCT holds.cluster_id, holds.act, own.timestamp, own.event_id, own.user_id
FROM holds
JOIN cluster_requests AS own ON holds.act = 'service_impact' AND own.cluster_id = holds.cluster_id
JOIN cluster_runs AS runs ON runs.cluster_id = own.cluster_id AND own.timestamp BETWEEN runs.begins AND runs.ends
ORDER BY cluster_id, act, timestamp, event_id
