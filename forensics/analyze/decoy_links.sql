-- The pairs of the permuted worlds with numbers for accounts.
--
-- reads   decoy_pairs, account_features
-- grain   one row per world and pair

WITH people AS MATERIALIZED (
    SELECT user_id, row_number() OVER (ORDER BY user_id) - 1 AS person FROM account_features
)

SELECT decoy_pairs.replicate, a.person AS first, b.person AS second, decoy_pairs.bits, CAST(1 AS DOUBLE) AS weight
FROM decoy_pairs
JOIN people AS a ON a.user_id = decoy_pairs.user_id_a
JOIN people AS b ON b.user_id = decoy_pairs.user_id_b
ORDER BY replicate, first, second
