-- Which accounts or keys are used from the most places.
--
-- reads   account_features
-- grain   one row per account, the fifty with the most ranges

SELECT user_id, organization_id, events, addresses, ranges, first_seen, last_seen
FROM account_features
WHERE ranges >= 2
ORDER BY ranges DESC, addresses DESC, user_id
LIMIT 50
