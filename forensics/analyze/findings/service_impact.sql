-- Each cluster against each outage: order in time, overlap, other customers' failures, earlier load, rival causes.
-- Failures are 500-599. The cluster's own requests are left out of everybody else's: a client that is refused
-- fails its own requests, and that is no harm to others.
--
-- reads   judged_clusters, cluster_members, requests, cluster_runs, incidents, cluster_requests
-- grain   one row per cluster whose verdict is coordinated or undecided, and outage; subject is null without outages

WITH outages AS (  -- told apart by a number where one id stands twice, an open outage lasts to the end of the logs
    SELECT
        concat(incident_id, CASE WHEN row_number() OVER same > 1 THEN concat(' #', row_number() OVER same) END)
            AS subject,
        started_at,
        ended_at IS NULL AS is_open,
        coalesce(ended_at, covered.last_event) AS ended_at,
        covered.first_event,
        covered.last_event
    FROM incidents
    CROSS JOIN (SELECT min(timestamp) AS first_event, max(timestamp) AS last_event FROM requests) AS covered
    WHERE kind = 'outage' AND coalesce(ended_at, covered.last_event) > started_at
    WINDOW same AS (PARTITION BY incident_id ORDER BY started_at, ended_at, title)
),

rivals AS (  -- other incidents that began in the hour before the outage, or with it
    SELECT
        outages.subject,
        list({
            'incident_id': incidents.incident_id, 'kind': incidents.kind,
            'minutes_before_onset': date_diff('minute', incidents.started_at, outages.started_at)
        } ORDER BY incidents.started_at, incidents.incident_id) AS rivals
    FROM outages
    JOIN incidents
        ON incidents.kind <> 'outage'
        AND incidents.started_at BETWEEN outages.started_at - INTERVAL '60 minutes' AND outages.started_at
    GROUP BY ALL
),

near AS (  -- runs from a day before the outage to its end, 1 = the last that began before the onset, else the first
    SELECT
        runs.cluster_id,
        outages.subject,
        runs.begins,
        runs.ends,
        row_number() OVER (
            PARTITION BY runs.cluster_id, outages.subject
            ORDER BY runs.begins < outages.started_at DESC, abs(epoch_us(runs.begins) - epoch_us(outages.started_at))
        ) AS nearness
    FROM cluster_runs AS runs
    JOIN outages ON runs.begins < outages.ended_at AND runs.ends >= outages.started_at - INTERVAL '24 hours'
),

active AS (  -- when the cluster was active around the outage, and for how much of it
    SELECT
        near.cluster_id,
        near.subject,
        max(near.begins) FILTER (WHERE nearness = 1) AS active_from,
        max(near.ends) FILTER (WHERE nearness = 1) AS run_until,
        max(near.ends) AS active_until,
        CAST(sum(greatest(0,
            epoch_us(least(near.ends, outages.ended_at)) - epoch_us(greatest(near.begins, outages.started_at))
        )) AS BIGINT) // 60000000 AS overlap_minutes
    FROM near JOIN outages USING (subject)
    GROUP BY ALL
),

phases AS (  -- stretches of time to count in, first instant included, last excluded
    SELECT cluster_id, subject, 'before_24h' AS phase, started_at - INTERVAL '24 hours' AS begins, started_at AS ends
    FROM judged_clusters CROSS JOIN outages
    UNION ALL
    SELECT cluster_id, subject, 'outage', started_at, ended_at FROM judged_clusters CROSS JOIN outages
    UNION ALL
    SELECT cluster_id, subject, 'before_onset', active_from, least(started_at, run_until + INTERVAL '1 microsecond')
    FROM active JOIN outages USING (subject)
    UNION ALL
    SELECT cluster_id, subject, 'overlap',
        greatest(near.begins, started_at), least(near.ends + INTERVAL '1 microsecond', ended_at)
    FROM near JOIN outages USING (subject)
    UNION ALL
    SELECT cluster_id, subject, 'after_stop', greatest(active_until + INTERVAL '1 microsecond', started_at), ended_at
    FROM active JOIN outages USING (subject)
),

placed AS (  -- each request in each phase: the cluster's own, or somebody else's
    SELECT
        phases.cluster_id,
        phases.subject,
        phases.phase,
        member.user_id IS NOT NULL AS is_own,
        requests.http_response_status_code AS status,
        coalesce(requests.http_response_status_code BETWEEN 500 AND 599, false) AS is_failed,
        {'at': requests.timestamp, 'id': requests.event_id} AS event
    FROM requests
    JOIN phases ON requests.timestamp >= phases.begins AND requests.timestamp < phases.ends
    LEFT JOIN cluster_members AS member
        ON member.cluster_id = phases.cluster_id AND member.user_id = requests.user_id
),

counted AS (  -- requests with a status, and how many of them failed, everyone else's apart from the cluster's
    SELECT
        cluster_id,
        subject,
        phase,
        count(*) AS requests,
        count(*) FILTER (WHERE is_own) AS requests_cluster,
        count(status) FILTER (WHERE NOT is_own) AS others,
        count(*) FILTER (WHERE NOT is_own AND is_failed) AS others_failed,
        count(status) FILTER (WHERE is_own) AS cluster,
        count(*) FILTER (WHERE is_own AND is_failed) AS cluster_failed,
        [min(event) FILTER (WHERE is_own)['id'], max(event) FILTER (WHERE is_own)['id']] AS own_ids,
        [min(event) FILTER (WHERE NOT is_own AND is_failed)['id'],
            max(event) FILTER (WHERE NOT is_own AND is_failed)['id']] AS failed_ids
    FROM placed
    GROUP BY ALL
),

everyone_by_minute AS (
    SELECT
        time_bucket(INTERVAL '1 minute', timestamp) AS minute,
        count(*) AS requests,
        count(http_response_status_code) AS answered,
        count(*) FILTER (WHERE http_response_status_code BETWEEN 500 AND 599) AS failed
    FROM requests
    GROUP BY ALL
),

own_by_minute AS (
    SELECT
        cluster_id,
        time_bucket(INTERVAL '1 minute', timestamp) AS minute,
        count(http_response_status_code) AS answered,
        count(*) FILTER (WHERE http_response_status_code BETWEEN 500 AND 599) AS failed
    FROM cluster_requests AS own
    GROUP BY ALL
),

blocks AS (  -- ten minutes each, numbered from the onset: -1 ends at it, 28 days back, to the end of the outage
    SELECT
        judged_clusters.cluster_id,
        outages.subject,
        CAST(floor((epoch_us(everyone.minute) - epoch_us(time_bucket(INTERVAL '1 minute', outages.started_at))) / 6e8)
            AS BIGINT) AS block,
        CAST(sum(everyone.requests) AS BIGINT) AS requests,
        CAST(sum(everyone.answered - coalesce(mine.answered, 0)) AS BIGINT) AS others,
        CAST(sum(everyone.failed - coalesce(mine.failed, 0)) AS BIGINT) AS others_failed
    FROM everyone_by_minute AS everyone
    CROSS JOIN judged_clusters
    JOIN outages
        ON everyone.minute >= outages.started_at - INTERVAL '28 days' AND everyone.minute < outages.ended_at
    LEFT JOIN own_by_minute AS mine ON mine.cluster_id = judged_clusters.cluster_id AND mine.minute = everyone.minute
    GROUP BY ALL
),

compared AS (  -- elevated = at least twice the share of failures of the 24 hours before, and a percentage point more
    SELECT
        part.*,
        CASE WHEN base.others > 0 AND part.others > 0 THEN
            CAST(part.others_failed AS HUGEINT) * base.others >= 2 * CAST(base.others_failed AS HUGEINT) * part.others
            AND 100 * (
                CAST(part.others_failed AS HUGEINT) * base.others - CAST(base.others_failed AS HUGEINT) * part.others
            )
                >= CAST(part.others AS HUGEINT) * base.others
        END AS is_elevated
    FROM (
        SELECT cluster_id, subject, phase, NULL AS block, requests, others, others_failed FROM counted
        UNION ALL
        SELECT cluster_id, subject, 'block', block, requests, others, others_failed FROM blocks
    ) AS part
    LEFT JOIN counted AS base
        ON base.cluster_id = part.cluster_id AND base.subject = part.subject AND base.phase = 'before_24h'
),

loads AS (  -- all requests in ten minutes: right before the onset, and the most ever served in calm before the cluster
    SELECT
        compared.cluster_id,
        compared.subject,
        max(requests) FILTER (WHERE block = -1) AS load_at_onset,
        max({'requests': requests, 'block': block}) FILTER (
            WHERE NOT is_elevated
            AND block < least(0, floor((epoch_us(active.active_from) - epoch_us(outages.started_at)) / 6e8))
        ) AS earlier,
        10 * count(*) FILTER (
            WHERE is_elevated
            AND block >= greatest(0, ceil((epoch_us(active.active_until) - epoch_us(outages.started_at)) / 6e8))
        ) AS minutes_elevated_after_stop
    FROM compared
    JOIN outages USING (subject)
    LEFT JOIN active ON active.cluster_id = compared.cluster_id AND active.subject = compared.subject
    GROUP BY ALL
),

side_by_side AS (
    SELECT
        counted.cluster_id,
        counted.subject,
        list({
            'phase': phase, 'requests': counted.requests, 'requests_cluster': requests_cluster,
            'others': counted.others, 'others_failed': counted.others_failed,
            'cluster': counted.cluster, 'cluster_failed': cluster_failed, 'is_elevated': is_elevated
        } ORDER BY phase) AS phases,
        list_concat(
            flatten(list(own_ids ORDER BY phase) FILTER (WHERE phase IN ('before_onset', 'overlap'))),
            flatten(list(failed_ids ORDER BY phase) FILTER (WHERE phase IN ('after_stop', 'outage')))
        ) AS cite
    FROM counted
    JOIN compared USING (cluster_id, subject, phase)
    GROUP BY ALL
),

found AS (  -- one row per cluster and outage
    SELECT
        judged_clusters.cluster_id,
        outages.*,
        rivals.rivals,
        active.* EXCLUDE (cluster_id, subject),
        loads.* EXCLUDE (cluster_id, subject),
        side_by_side.* EXCLUDE (cluster_id, subject)
    FROM judged_clusters
    LEFT JOIN outages ON true
    LEFT JOIN rivals USING (subject)
    LEFT JOIN active ON active.cluster_id = judged_clusters.cluster_id AND active.subject = outages.subject
    LEFT JOIN loads ON loads.cluster_id = judged_clusters.cluster_id AND loads.subject = outages.subject
    LEFT JOIN side_by_side ON side_by_side.cluster_id = judged_clusters.cluster_id AND side_by_side.subject = outages.subject
)

SELECT
    cluster_id,
    subject,
    coalesce(cite, []) AS cite,
    coalesce(list_max(list_transform(phases, lambda part: part.phase = 'outage')), false) AS assessed,
    started_at,
    ended_at,
    is_open,
    (epoch_us(ended_at) - epoch_us(started_at)) // 60000000 AS outage_minutes,
    greatest(0, epoch_us(least(ended_at, last_event)) - epoch_us(greatest(started_at, first_event))) // 60000000
        AS outage_minutes_in_logs,
    active_from,
    active_until,
    run_until >= started_at AS is_active_at_onset,
    greatest(0, epoch_us(started_at) - epoch_us(active_from)) // 60000000 AS minutes_active_before_onset,
    coalesce(overlap_minutes, 0) AS overlap_minutes,
    greatest(0, epoch_us(ended_at) - epoch_us(greatest(active_until, started_at))) // 60000000 AS minutes_after_stop,
    minutes_elevated_after_stop,
    load_at_onset,
    earlier.requests AS load_earlier_calm,
    started_at + to_minutes(10 * earlier.block) AS load_earlier_calm_at,
    coalesce(rivals, []) AS rivals,
    coalesce(phases, []) AS phases
FROM found
ORDER BY cluster_id, subject
