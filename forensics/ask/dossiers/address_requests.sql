-- What was asked from an address or range, day by day, anonymous requests included.
--
-- reads   requests
-- params  $subject  what the dossier is about
-- grain   one row per day and template

SELECT
    strftime(timestamp AT TIME ZONE 'UTC', '%Y-%m-%d') AS day,
    template,
    count(*) AS requests,
    count(DISTINCT user_id) AS accounts,
    count(*) FILTER (WHERE user_id IS NULL) AS requests_without_account
FROM requests
WHERE $subject IN (source_ip, source_range)
GROUP BY ALL
ORDER BY day, requests DESC, template
LIMIT 200
