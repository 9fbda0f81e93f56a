-- Each cluster against each outage: the numbers that nine tests need. Harm is counted from everybody else's requests:
-- a client that is refused fails its own, and that is no harm to others.
--
-- reads   judged_clusters, cluster_members, requests, incidents, tested_outages, impact_activity, impact_blocks,
--         impact_orders, log_files
-- grain   one row per cluster whose verdict is coordinated or undecided, and outage; subject is null without outages

WITH rivals AS (  -- other incidents that began in the hour before the outage, or with it
    SELECT
        outages.subject,
        list({
            'incident_id': incidents.incident_id, 'kind': incidents.kind,
            'minutes_before_onset': date_diff('minute', incidents.started_at, outages.started_at)
        } ORDER BY incidents.started_at, incidents.incident_id) AS rivals
    FROM tested_outages AS outages
    JOIN incidents
        ON incidents.kind <> 'outage'
        AND incidents.started_at BETWEEN outages.started_at - INTERVAL '60 minutes' AND outages.started_at
    GROUP BY ALL
),

active AS (
    SELECT DISTINCT cluster_id, subject, active_from, run_until, active_until, overlap_minutes FROM impact_activity
),

phases AS (  -- stretches of time to count in, first instant included, last excluded
    SELECT cluster_id, subject, 'before_24h' AS phase, started_at - INTERVAL '24 hours' AS begins, started_at AS ends
    FROM judged_clusters CROSS JOIN tested_outages
    UNION ALL
    SELECT cluster_id, subject, 'outage', started_at, ended_at FROM judged_clusters CROSS JOIN tested_outages
    UNION ALL
    SELECT cluster_id, subject, phase, begins, ends FROM impact_activity
),

around AS MATERIALIZED (  -- requests from two days before an outage to its end, in its scope or not
    SELECT
        outages.subject,
        requests.user_id,
        requests.timestamp,
        requests.http_response_status_code AS status,
        requests.event_duration_us,
        requests.event_id,
        split_part(split_part(coalesce(requests.template, ''), ' ', 2), '/', 2) AS segment,
        len(outages.scope_words) = 0
            OR list_has_any(outages.scope_words, regexp_split_to_array(lower(coalesce(requests.template, '')), '[/ ]'))
            OR list_has_any(outages.scope_words, regexp_split_to_array(lower(coalesce(files.path, '')), '[^a-z0-9_]+'))
            AS in_scope
    FROM requests
    JOIN tested_outages AS outages
        ON requests.timestamp >= outages.started_at - INTERVAL '48 hours' AND requests.timestamp < outages.ended_at
    LEFT JOIN (SELECT content_sha256, min(path) AS path FROM log_files GROUP BY ALL) AS files
        ON files.content_sha256 = requests.content_sha256
),

placed AS MATERIALIZED (  -- each request in each phase: the cluster's own, or somebody else's in the scope
    SELECT
        phases.cluster_id,
        phases.subject,
        phases.phase,
        member.user_id IS NOT NULL AS is_own,
        around.in_scope,
        around.segment,
        around.user_id,
        around.status,
        around.event_duration_us,
        coalesce(around.status BETWEEN 500 AND 599, false) AS is_failed,
        {'at': around.timestamp, 'id': around.event_id} AS event
    FROM around
    JOIN phases
        ON phases.subject = around.subject
        AND around.timestamp >= phases.begins AND around.timestamp < phases.ends
    LEFT JOIN cluster_members AS member
        ON member.cluster_id = phases.cluster_id AND member.user_id = around.user_id
),

counted AS (  -- requests with a status, and how many of them failed, everyone else's apart from the cluster's
    SELECT
        cluster_id,
        subject,
        phase,
        count(*) AS requests,
        count(*) FILTER (WHERE is_own) AS requests_cluster,
        count(*) FILTER (WHERE is_own AND in_scope) AS requests_cluster_in_scope,
        count(status) FILTER (WHERE NOT is_own AND in_scope) AS others,
        count(*) FILTER (WHERE NOT is_own AND in_scope AND is_failed) AS others_failed,
        quantile_disc(event_duration_us, 0.5) FILTER (WHERE NOT is_own AND in_scope) AS others_duration_us,
        count(status) FILTER (WHERE is_own) AS cluster,
        count(*) FILTER (WHERE is_own AND is_failed) AS cluster_failed,
        count(*) FILTER (WHERE is_own AND status = 429) AS cluster_limited,
        count(*) FILTER (WHERE status = 429) AS limited,
        CAST(coalesce(sum(event_duration_us), 0) AS BIGINT) AS served_us,
        CAST(coalesce(sum(event_duration_us) FILTER (WHERE is_own), 0) AS BIGINT) AS served_us_cluster,
        [min(event) FILTER (WHERE is_own)['id'], max(event) FILTER (WHERE is_own)['id']] AS own_ids,
        [min(event) FILTER (WHERE NOT is_own AND is_failed)['id'],
            max(event) FILTER (WHERE NOT is_own AND is_failed)['id']] AS failed_ids
    FROM placed
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
        END AS is_elevated,
        part.others_duration_us >= 2 * base.others_duration_us AS is_slower
    FROM (
        SELECT cluster_id, subject, phase, NULL AS block, requests, 0 AS requests_cluster, 0 AS served_us, 0 AS timed,
            others, others_failed, others_duration_us
        FROM counted
        UNION ALL
        SELECT cluster_id, subject, 'block', block, requests, requests_cluster, served_us, timed,
            others, others_failed, NULL
        FROM impact_blocks
    ) AS part
    LEFT JOIN counted AS base
        ON base.cluster_id = part.cluster_id AND base.subject = part.subject AND base.phase = 'before_24h'
),

loads AS (  -- all requests in ten minutes: right before the onset, and the most ever served in calm before the cluster
    SELECT
        compared.cluster_id,
        compared.subject,
        max(requests) FILTER (WHERE block = -1) AS load_at_onset,
        max(requests - requests_cluster) FILTER (WHERE block = -1) AS load_at_onset_others,
        max(CASE WHEN 10 * timed >= 9 * requests THEN served_us END) FILTER (WHERE block = -1) AS cost_at_onset_us,
        max({'requests': requests, 'block': block}) FILTER (
            WHERE NOT is_elevated
            AND block < least(0, floor((epoch_us(active.active_from) - epoch_us(outages.started_at)) / 6e8))
        ) AS earlier,
        max(served_us) FILTER (
            WHERE NOT is_elevated AND 10 * timed >= 9 * requests
            AND block < least(0, floor((epoch_us(active.active_from) - epoch_us(outages.started_at)) / 6e8))
        ) AS cost_earlier_calm_us,
        10 * count(*) FILTER (
            WHERE is_elevated
            AND block >= greatest(0, ceil((epoch_us(active.active_until) - epoch_us(outages.started_at)) / 6e8))
        ) AS minutes_elevated_after_stop
    FROM compared
    JOIN tested_outages AS outages USING (subject)
    LEFT JOIN active ON active.cluster_id = compared.cluster_id AND active.subject = compared.subject
    GROUP BY ALL
),

segments AS (  -- parts of the service by the first segment of the path: did others fail there, and was the cluster there
    SELECT
        cluster_id,
        subject,
        segment,
        count(*) FILTER (WHERE is_own AND phase IN ('before_onset', 'overlap')) AS own,
        count(status) FILTER (WHERE NOT is_own AND phase = 'outage') AS others,
        count(*) FILTER (WHERE NOT is_own AND phase = 'outage' AND is_failed) AS others_failed,
        count(status) FILTER (WHERE NOT is_own AND phase = 'before_24h') AS base,
        count(*) FILTER (WHERE NOT is_own AND phase = 'before_24h' AND is_failed) AS base_failed
    FROM placed
    GROUP BY ALL
),

backends AS (
    SELECT
        cluster_id,
        subject,
        CAST(sum(own) AS BIGINT) AS own_requests,
        CAST(coalesce(sum(own) FILTER (WHERE is_failing), 0) AS BIGINT) AS own_requests_failing_parts,
        CAST(coalesce(sum(own) FILTER (WHERE is_known AND NOT is_failing), 0) AS BIGINT) AS own_requests_calm_parts,
        count(*) FILTER (WHERE is_failing) AS failing_parts
    FROM (
        SELECT *, others >= 10 AND base > 0 AS is_known,
            others >= 10 AND base > 0 AND others_failed * base >= 2 * base_failed * others
            AND 100 * (others_failed * base - base_failed * others) >= others * base AS is_failing
        FROM segments
    )
    GROUP BY ALL
),

risers AS (  -- accounts whose requests rose by more than the cluster made, against the same minutes a day before
    SELECT cluster_id, subject, list({'user_id': user_id, 'rise': rise} ORDER BY rise DESC, user_id)[:3] AS risers
    FROM (
        SELECT
            phases.cluster_id,
            phases.subject,
            around.user_id,
            count(*) FILTER (WHERE around.timestamp >= phases.begins AND around.timestamp < phases.ends)
                - count(*) FILTER (
                    WHERE around.timestamp >= phases.begins - INTERVAL '24 hours'
                    AND around.timestamp < phases.ends - INTERVAL '24 hours'
                ) AS rise
        FROM around
        JOIN phases ON phases.subject = around.subject AND phases.phase = 'before_onset'
        ANTI JOIN cluster_members AS inside
            ON inside.cluster_id = phases.cluster_id AND inside.user_id = around.user_id
        WHERE around.user_id IS NOT NULL
        GROUP BY ALL
    )
    JOIN (SELECT cluster_id, subject, requests_cluster FROM counted WHERE phase = 'before_onset') AS mine
        USING (cluster_id, subject)
    WHERE rise >= mine.requests_cluster AND rise > 0
    GROUP BY ALL
),

side_by_side AS (
    SELECT
        counted.cluster_id,
        counted.subject,
        list({
            'phase': phase, 'requests': counted.requests, 'requests_cluster': counted.requests_cluster,
            'others': counted.others, 'others_failed': counted.others_failed,
            'cluster': counted.cluster, 'cluster_failed': cluster_failed, 'cluster_limited': cluster_limited,
            'limited': limited, 'others_duration_us': counted.others_duration_us, 'served_us': counted.served_us,
            'served_us_cluster': served_us_cluster, 'requests_cluster_in_scope': requests_cluster_in_scope,
            'is_elevated': is_elevated, 'is_slower': is_slower
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
        risers.risers,
        active.* EXCLUDE (cluster_id, subject),
        loads.* EXCLUDE (cluster_id, subject),
        orders.orders_as_extreme,
        backends.* EXCLUDE (cluster_id, subject),
        side_by_side.* EXCLUDE (cluster_id, subject)
    FROM judged_clusters
    LEFT JOIN tested_outages AS outages ON true
    LEFT JOIN rivals USING (subject)
    LEFT JOIN risers ON risers.cluster_id = judged_clusters.cluster_id AND risers.subject = outages.subject
    LEFT JOIN active ON active.cluster_id = judged_clusters.cluster_id AND active.subject = outages.subject
    LEFT JOIN loads ON loads.cluster_id = judged_clusters.cluster_id AND loads.subject = outages.subject
    LEFT JOIN impact_orders AS orders
        ON orders.cluster_id = judged_clusters.cluster_id AND orders.subject = outages.subject
    LEFT JOIN backends ON backends.cluster_id = judged_clusters.cluster_id AND backends.subject = outages.subject
    LEFT JOIN side_by_side
        ON side_by_side.cluster_id = judged_clusters.cluster_id AND side_by_side.subject = outages.subject
)

SELECT
    cluster_id,
    subject,
    coalesce(cite, []) AS cite,
    coalesce(list_max(list_transform(phases, lambda part: part.phase = 'outage')), false) AS assessed,
    started_at,
    ended_at,
    is_open,
    scope,
    coalesce(scope_words, []) AS scope_words,
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
    load_at_onset_others,
    earlier.requests AS load_earlier_calm,
    started_at + to_minutes(10 * earlier.block) AS load_earlier_calm_at,
    cost_at_onset_us,
    cost_earlier_calm_us,
    orders_as_extreme,
    own_requests,
    own_requests_failing_parts,
    own_requests_calm_parts,
    failing_parts,
    coalesce(rivals, []) AS rivals,
    coalesce(risers, []) AS risers,
    coalesce(phases, []) AS phases
FROM found
ORDER BY cluster_id, subject
