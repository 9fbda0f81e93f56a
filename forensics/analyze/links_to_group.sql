-- The scored pairs with numbers for accounts: the position in the order of names.
--
-- reads   scores, account_features
-- grain   one row per scored pair

WITH people AS MATERIALIZED (
    SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS person FROM account_features
)

SELECT a.person AS first, b.person AS second, scores.bits, scores.weight, scores.passes
FROM scores
JOIN people AS a ON a.user_id = scores.user_id_a
JOIN people AS b ON b.user_id = scores.user_id_b
ORDER BY first, second
