-- What the logs cover, and what they cannot see.
--
-- reads   log_files, requests, events, account_features
-- grain   one row per subject: coverage, files, our_side, times (none without log files)

WITH files AS (  -- the register of sources, summed
    SELECT
        count(*) AS files,
        CAST(sum(bytes_content) AS BIGINT) AS bytes_content,
        CAST(sum(records) AS BIGINT) AS records,
        CAST(sum(events) AS BIGINT) AS events,
        CAST(sum(rejects) AS BIGINT) AS rejects,
        CAST(sum(comments) AS BIGINT) AS comments,
        CAST(sum(blanks) AS BIGINT) AS blanks,
        CAST(sum(duplicates) AS BIGINT) AS duplicates,
        count(*) FILTER (WHERE records IS DISTINCT FROM events + rejects + comments + blanks + duplicates)
            AS files_unbalanced,
        count(*) FILTER (WHERE complete IS NOT TRUE) AS files_incomplete,
        (list(path ORDER BY path) FILTER (WHERE complete IS NOT TRUE))[:12] AS incomplete_paths,
        count(*) FILTER (WHERE timezone LIKE 'assumed%') AS files_assumed_timezone,
        list_sort(list(DISTINCT timezone) FILTER (WHERE timezone LIKE 'assumed%')) AS timezones_assumed
    FROM log_files
),

hours AS (  -- clock hours (UTC) with at least one event
    SELECT
        time_bucket(INTERVAL '1 hour', timestamp) AS hour,
        min({'at': timestamp, 'id': event_id})['id'] AS first_id,
        max({'at': timestamp, 'id': event_id})['id'] AS last_id
    FROM requests
    GROUP BY ALL
),

silences AS (  -- whole hours between one hour with events and the next
    SELECT
        hour,
        last_id,
        first_id,
        lead(first_id) OVER (ORDER BY hour) AS next_id,
        coalesce(date_diff('hour', hour, lead(hour) OVER (ORDER BY hour)) - 1, 0) AS empty_hours
    FROM hours
),

coverage AS (
    SELECT
        count(*) + CAST(coalesce(sum(empty_hours), 0) AS BIGINT) AS hours,
        CAST(coalesce(sum(empty_hours), 0) AS BIGINT) AS hours_without_events,
        coalesce(max(empty_hours), 0) AS longest_silence_hours,
        [
            first(first_id ORDER BY hour), last(last_id ORDER BY hour),
            first(last_id ORDER BY empty_hours DESC, hour) FILTER (WHERE empty_hours > 0),
            first(next_id ORDER BY empty_hours DESC, hour) FILTER (WHERE empty_hours > 0)
        ] AS cite
    FROM silences
),

traffic AS (  -- who made the requests, and through which channel the accounts table says they came
    SELECT
        min(requests.timestamp) AS first_event,
        max(requests.timestamp) AS last_event,
        count(*) AS requests,
        count(DISTINCT requests.user_id) AS accounts,
        count(*) FILTER (WHERE requests.user_id IS NULL) AS requests_anonymous,
        count(*) FILTER (WHERE account_features.channel = 'direct') AS requests_direct,
        count(*) FILTER (WHERE account_features.channel LIKE 'reseller%') AS requests_reseller,
        count(*) FILTER (
            WHERE requests.user_id IS NOT NULL AND account_features.channel IS DISTINCT FROM 'direct'
            AND coalesce(account_features.channel, '') NOT LIKE 'reseller%'
        ) AS requests_channel_unknown,
        min({'at': requests.timestamp, 'id': requests.event_id})
            FILTER (WHERE account_features.channel LIKE 'reseller%')
            ['id'] AS first_reseller,
        min({'at': requests.timestamp, 'id': requests.event_id}) FILTER (
            WHERE requests.user_id IS NOT NULL AND account_features.channel IS NULL
        )['id'] AS first_unknown
    FROM requests
    LEFT JOIN account_features USING (user_id)
),

clock AS (  -- events that do not fit what the register says about their file
    SELECT
        count(*) FILTER (WHERE is_outside) AS events_outside_window,
        count(*) FILTER (WHERE timestamp_kind = 'unknown') AS events_time_kind_unknown,
        count(*) FILTER (WHERE timestamp_kind = 'start') AS events_time_start,
        count(*) FILTER (WHERE timestamp_kind = 'end') AS events_time_end,
        [min({'at': timestamp, 'id': event_id}) FILTER (WHERE is_outside)['id'],
            max({'at': timestamp, 'id': event_id}) FILTER (WHERE is_outside)['id']] AS cite
    FROM (
        SELECT
            events.event_id,
            events.timestamp,
            events.timestamp_kind,
            coalesce(events.timestamp NOT BETWEEN windows.begins AND windows.ends, false) AS is_outside
        FROM events
        LEFT JOIN (
            SELECT content_sha256, min(first_timestamp) AS begins, max(last_timestamp) AS ends
            FROM log_files
            GROUP BY ALL
        ) AS windows USING (content_sha256)
    )
),

subjects AS (
    SELECT unnest(['coverage', 'files', 'our_side', 'times']) AS subject
)

SELECT
    CAST(NULL AS VARCHAR) AS cluster_id,
    subjects.subject,
    CASE subjects.subject
        WHEN 'coverage' THEN coverage.cite
        WHEN 'our_side' THEN [traffic.first_reseller, traffic.first_unknown]
        WHEN 'times' THEN clock.cite
        ELSE []
    END AS cite,
    files.*,
    coverage.* EXCLUDE (cite),
    traffic.* EXCLUDE (first_reseller, first_unknown),
    clock.* EXCLUDE (cite)
FROM files CROSS JOIN coverage CROSS JOIN traffic CROSS JOIN clock CROSS JOIN subjects
WHERE files.files > 0
ORDER BY subjects.subject
