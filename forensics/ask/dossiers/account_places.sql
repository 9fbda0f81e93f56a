-- Addresses, ranges and clients of an account, and how many others show them.
--
-- reads   account_values
-- params  $subject  what the dossier is about
-- grain   one row per value

WITH everybody AS (
    SELECT attribute, value, count(*) AS accounts FROM account_values GROUP BY ALL
)

SELECT mine.attribute, mine.value, mine.events, mine.first_seen, mine.last_seen, everybody.accounts - 1 AS others
FROM account_values AS mine
JOIN everybody ON everybody.attribute = mine.attribute AND everybody.value = mine.value
WHERE mine.user_id = $subject
ORDER BY mine.attribute, mine.events DESC, mine.value
LIMIT 200
