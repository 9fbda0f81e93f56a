-- Every acquired source with its balance: records in = events + rejects + comments + blanks + duplicates.
--
-- reads  log_files
-- grain  one acquired source

SELECT
    path,
    log_format,
    lines,
    records,
    events,
    rejects,
    comments,
    blanks,
    duplicates,
    records - (events + rejects + comments + blanks + duplicates) AS difference,
    bytes_content,
    first_timestamp,
    last_timestamp,
    complete,
    timezone,
    log_file_sha256
FROM log_files
ORDER BY first_timestamp NULLS LAST, path, log_file_sha256
