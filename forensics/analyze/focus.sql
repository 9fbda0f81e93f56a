-- Which accounts are tested: all, or the focus of an analyst, chosen by anything but links; and how the error budget is
-- shared among them. An account's weight is its number of requests, $full_volume at most; the e-value of a pair is
-- multiplied by the weights of both, scaled so that the sum over all tested pairs stays what it is with equal weights
-- (weighted e-BH: Wang and Ramdas 2022; compound e-values: Ignatiadis, Wang and Ramdas 2024).
--
-- reads   people, account_features, requests, incidents
-- params  $kind, $name, $full_volume
-- grain   one row per account that is tested

WITH present AS (  -- at work in the window of an incident; one without an end lasts to the end of the logs
    SELECT DISTINCT requests.user_id
    FROM requests
    JOIN incidents
        ON requests.timestamp >= incidents.started_at
        AND requests.timestamp < coalesce(incidents.ended_at, TIMESTAMPTZ 'infinity')
    WHERE $kind = 'incident' AND incidents.incident_id = $name AND requests.user_id IS NOT NULL
),

tested AS (
    SELECT people.person, CAST(greatest(1, least(account_features.events, $full_volume)) AS BIGINT) AS volume
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
),

together AS (
    SELECT
        count(*) AS accounts,
        CAST(sum(volume) AS DOUBLE) * CAST(sum(volume) AS DOUBLE) - CAST(sum(volume * volume) AS DOUBLE) AS pairs
    FROM tested
)

SELECT
    tested.person,
    CASE
        WHEN together.accounts < 2 THEN 0.0
        ELSE round(log2(tested.volume) + log2(together.accounts * (together.accounts - 1.0) / together.pairs) / 2, 4)
    END AS volume_bits
FROM tested CROSS JOIN together
ORDER BY tested.person
