-- Exhibits with the source their line was read from.
--
-- reads  exhibits, log_files
-- grain  one exhibit

WITH sources AS (  -- one name per content
    SELECT content_sha256, min(path) AS path
    FROM log_files
    GROUP BY content_sha256
)

SELECT
    exhibits.exhibit_id,
    exhibits.finding_id,
    exhibits.query_id,
    exhibits.content_sha256,
    sources.path,
    exhibits.log_offset,
    exhibits.log_length,
    exhibits.line_sha256,
    exhibits.title
FROM exhibits
LEFT JOIN sources USING (content_sha256)
ORDER BY
    exhibits.exhibit_id LIKE 'TAB-%',
    length(exhibits.exhibit_id),
    exhibits.exhibit_id
