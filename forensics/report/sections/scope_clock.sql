-- Sources whose clock behaved oddly: steps back, silences, times without an offset.
--
-- reads  log_hours, log_files
-- grain  one source with something odd

SELECT
    log_files.path,
    sum(log_hours.out_of_order) AS out_of_order,
    count(*) FILTER (log_hours.largest_step_back_s > 60) AS hours_back,
    max(log_hours.largest_step_back_s) AS largest_step_back_s,
    count(*) FILTER (log_hours.largest_gap_s >= 3600) AS hours_silent,
    max(log_hours.largest_gap_s) AS largest_gap_s,
    sum(log_hours.zone_assumed) AS zone_assumed,
    sum(log_hours.zone_ambiguous) AS zone_ambiguous
FROM log_hours
JOIN log_files USING (content_sha256)
GROUP BY log_files.path, content_sha256
HAVING hours_back > 0 OR hours_silent > 0 OR sum(log_hours.zone_assumed) > 0 OR sum(log_hours.zone_ambiguous) > 0
ORDER BY log_files.path, content_sha256
