-- What an account asked for, day by day.
--
-- reads   requests
-- params  $subject  what the dossier is about
-- grain   one row per day and template

SELECT
    strftime(timestamp AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
    template,
    count(*) AS requests,
    count(DISTINCT object_id) AS objects,
    count(*) FILTER (WHERE http_response_status_code >= 400) AS refused_or_failed
FROM requests
WHERE user_id = $subject
GROUP BY ALL
ORDER BY day, requests DESC, template
LIMIT 200
