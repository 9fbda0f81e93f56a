-- Which payment instruments, telephones and devices several accounts share.
--
-- reads   account_values
-- grain   one row per shared value

SELECT attribute, value, count(*) AS accounts, list(user_id ORDER BY user_id)[:12] AS user_ids
FROM account_values
WHERE attribute IN ('payment', 'phone', 'device')
GROUP BY ALL
HAVING count(*) >= 2
ORDER BY accounts DESC, attribute, value
LIMIT 200
