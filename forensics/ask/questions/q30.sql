-- Which rows and lines each statement of the report rests on.
--
-- reads   findings, exhibits
-- grain   one row per exhibit of a finding

SELECT
    exhibits.exhibit_id,
    exhibits.finding_id,
    findings.kind,
    exhibits.query_id,
    exhibits.title,
    exhibits.content_sha256,
    exhibits.log_offset,
    exhibits.log_length,
    exhibits.line_sha256
FROM exhibits
JOIN findings USING (finding_id)
ORDER BY exhibits.exhibit_id
