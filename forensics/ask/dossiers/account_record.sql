-- What the service knows about an account, and how it was used.
--
-- reads   account_features, accounts
-- params  $subject  what the dossier is about
-- grain   one row

SELECT coalesce(features.user_id, accounts.user_id) AS user_id, accounts.status, features.* EXCLUDE (user_id)
FROM account_features AS features
FULL JOIN accounts ON accounts.user_id = features.user_id
WHERE coalesce(features.user_id, accounts.user_id) = $subject
ORDER BY user_id
