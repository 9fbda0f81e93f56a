-- Who is in one room: people of one organization or mail domain, or behind one crowded address.
-- What many people of a room do or use is no evidence between two of them. A value that more than half of all
-- accounts show is the population, not a room.
--
-- reads   account_values, hubs, settings
-- grain   one row per account and room

WITH crowds AS (
    SELECT account_values.attribute, account_values.value, count(*) AS people
    FROM account_values
    LEFT JOIN hubs
        ON hubs.attribute = account_values.attribute AND hubs.value = account_values.value
        AND hubs.action = 'context_only'
    WHERE account_values.attribute IN ('organization', 'email_domain') OR hubs.value IS NOT NULL
    GROUP BY ALL
)

SELECT concat(crowds.attribute, ' ', crowds.value) AS room, account_values.user_id, crowds.people
FROM crowds
JOIN account_values USING (attribute, value)
CROSS JOIN settings
WHERE crowds.people >= 3 AND crowds.people * 2 <= settings.accounts
ORDER BY room, account_values.user_id
