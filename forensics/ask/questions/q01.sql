-- What each log file holds, whether its records add up, and when.
--
-- reads   log_files
-- grain   one row per log file

SELECT
    path, log_format, records, events, rejects, duplicates, complete, timezone, first_timestamp, last_timestamp,
    count(*) OVER () AS files,
    CAST(sum(events) OVER () AS BIGINT) AS all_events,
    CAST(sum(rejects) OVER () AS BIGINT) AS all_rejects,
    count(*) FILTER (WHERE complete IS NOT TRUE) OVER () AS incomplete
FROM log_files
ORDER BY first_timestamp, path
