-- Who is in one room: people of one organization or mail domain, behind one crowded address (a tenth of their requests
-- come from there), or at home at one address or range (half of them do). A household of two is a room.
-- What many people of a room do or use is no evidence between two of them. A value that more than half of all
-- accounts show is the population, not a room; nor is a mail domain where anybody may have an address.
--
-- reads   account_values, hubs, mail_domains, settings
-- grain   one row per account and room

WITH lived AS (
    SELECT
        account_values.*,
        account_values.events
            / sum(account_values.events) OVER (PARTITION BY account_values.attribute, account_values.user_id) AS share
    FROM account_values
    WHERE account_values.attribute IN ('organization', 'email_domain', 'source_ip', 'source_range') AND NOT (
        account_values.attribute = 'email_domain' AND account_values.value IN (
            SELECT registrable_domain FROM mail_domains WHERE kind IN ('free_mail', 'disposable')
        )
    )
),

residents AS (
    SELECT lived.attribute, lived.value, lived.user_id
    FROM lived
    LEFT JOIN hubs
        ON hubs.attribute = lived.attribute AND hubs.value = lived.value AND hubs.action = 'context_only'
    WHERE lived.share IS NULL OR lived.share >= CASE WHEN hubs.value IS NULL THEN 0.5 ELSE 0.1 END
),

crowds AS (
    SELECT attribute, value, count(*) AS people FROM residents GROUP BY ALL
)

SELECT concat(residents.attribute, ' ', residents.value) AS room, residents.user_id, crowds.people
FROM residents
JOIN crowds USING (attribute, value)
CROSS JOIN settings
WHERE crowds.people >= 2 AND crowds.people * 2 <= settings.accounts
ORDER BY room, residents.user_id
