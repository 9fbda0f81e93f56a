-- Which accounts are tested: all, or the focus of an analyst, chosen by anything but links.
--
-- reads   people, account_features, requests, incidents
-- params  $kind, $name
-- grain   one row per account that is tested

WITH present AS (  -- at work in the window of an incident; one without an end lasts to the end of the logs
    SELECT DISTINCT requests.user_id
    FROM requests
    JOIN incidents
        ON requests.timestamp >= incidents.started_at
        AND requests.timestamp < coalesce(incidents.ended_at, TIMESTAMPTZ 'infinity')
    WHERE $kind = 'incident' AND incidents.incident_id = $name AND requests.user_id IS NOT NULL
)

SELECT people.person
FROM people
JOIN account_features USING (user_id)
WHERE CASE $kind
    WHEN 'all' THEN true
    WHEN 'accounts' THEN people.user_id IN (SELECT user_id FROM focus_accounts)
    WHEN 'org' THEN coalesce(
        lower(account_features.organization_id) = lower($name)
        OR lower(account_features.organization_name) = lower($name), false)
    WHEN 'incident' THEN people.user_id IN (SELECT user_id FROM present)
    WHEN 'volume' THEN account_features.events >= coalesce(try_cast($name AS BIGINT), 0)
END
ORDER BY people.person
