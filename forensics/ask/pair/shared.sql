-- The values that two accounts both show, with how many accounts show each and what was done about common ones.
--
-- reads   account_values, hubs
-- params  $a, $b
-- grain   one row per shared value, the rarest first

WITH both_show AS MATERIALIZED (
    SELECT attribute, value
    FROM account_values
    WHERE user_id IN ($a, $b)
    GROUP BY ALL
    HAVING count(DISTINCT user_id) = 2
),

degrees AS (
    SELECT account_values.attribute, account_values.value, count(*) AS accounts
    FROM account_values JOIN both_show USING (attribute, value)
    GROUP BY ALL
)

SELECT degrees.attribute, degrees.value, degrees.accounts, hubs.action, hubs.kind
FROM degrees LEFT JOIN hubs USING (attribute, value)
ORDER BY degrees.accounts, degrees.attribute, degrees.value
