-- Why records could not be read.
--
-- reads  rejects, log_files
-- grain  one source and one reason

SELECT
    coalesce(log_files.path, rejects.log_file_sha256) AS path,
    rejects.reason,
    count(*) AS records,
    min(rejects.log_offset) AS first_offset
FROM rejects
LEFT JOIN log_files ON log_files.log_file_sha256 = rejects.log_file_sha256
GROUP BY ALL
ORDER BY records DESC, path, reason
