-- Raw lines that findings rest on: where they lie, and what they must hash to.
--
-- reads   exhibits, events, log_files
-- grain   one row per exhibit that cites a raw line

SELECT
    exhibits.exhibit_id,
    exhibits.finding_id,
    exhibits.title,
    exhibits.event_id,
    exhibits.content_sha256,
    exhibits.log_offset,
    exhibits.log_length,
    exhibits.line_sha256,
    events.log_line,
    log_files.log_file_sha256,
    log_files.path,
    log_files.log_format
FROM exhibits
LEFT JOIN events USING (event_id)  -- for the number of the line
LEFT JOIN log_files ON log_files.content_sha256 = exhibits.content_sha256
WHERE exhibits.content_sha256 IS NOT NULL
ORDER BY length(exhibits.exhibit_id), exhibits.exhibit_id
