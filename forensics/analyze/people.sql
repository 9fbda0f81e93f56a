-- A number for every account, in the order of names: numbers join faster, and a < b means the same for both.
--
-- reads   account_features
-- grain   one row per canonical account

SELECT row_number() OVER (ORDER BY user_id) - 1 AS person, user_id
FROM account_features
ORDER BY person
