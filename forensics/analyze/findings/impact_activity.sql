-- When each cluster was active around each outage, and for how much of it.
-- A step that several finding queries read.
--
-- reads   cluster_runs, tested_outages
-- grain   one row per cluster, outage and stretch of time to count in, first instant included, last excluded

WITH near AS (  -- runs from a day before the outage to its end, 1 = the last that began before the onset, else the first
    SELECT
        runs.cluster_id,
        outages.subject,
        outages.started_at,
        outages.ended_at,
        runs.begins,
        runs.ends,
        row_number() OVER (
            PARTITION BY runs.cluster_id, outages.subject
            ORDER BY runs.begins < outages.started_at DESC, abs(epoch_us(runs.begins) - epoch_us(outages.started_at))
        ) AS nearness
    FROM cluster_runs AS runs
    JOIN tested_outages AS outages
        ON runs.begins < outages.ended_at AND runs.ends >= outages.started_at - INTERVAL '24 hours'
),

active AS (
    SELECT
        cluster_id,
        subject,
        started_at,
        ended_at,
        max(begins) FILTER (WHERE nearness = 1) AS active_from,
        max(ends) FILTER (WHERE nearness = 1) AS run_until,
        max(ends) AS active_until,
        CAST(sum(greatest(0, epoch_us(least(ends, ended_at)) - epoch_us(greatest(begins, started_at)))) AS BIGINT)
            // 60000000 AS overlap_minutes
    FROM near
    GROUP BY ALL
),

stretches AS (
    SELECT cluster_id, subject, 'before_onset' AS phase, active_from AS begins,
        least(started_at, run_until + INTERVAL '1 microsecond') AS ends
    FROM active
    UNION ALL
    SELECT cluster_id, subject, 'overlap',
        greatest(begins, started_at), least(ends + INTERVAL '1 microsecond', ended_at)
    FROM near
    UNION ALL
    SELECT cluster_id, subject, 'after_stop', greatest(active_until + INTERVAL '1 microsecond', started_at), ended_at
    FROM active
)

SELECT
    stretches.*,
    active.active_from,
    active.run_until,
    active.active_until,
    active.overlap_minutes
FROM stretches
JOIN active ON active.cluster_id = stretches.cluster_id AND active.subject = stretches.subject
ORDER BY stretches.cluster_id, stretches.subject, stretches.phase, stretches.begins
