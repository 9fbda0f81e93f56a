-- Accounts of coordinated groups under pseudonyms of this package, in rounded numbers.
--
-- reads   account_features, cluster_members, disclosed
-- grain   one account

SELECT
    disclosed.pseudonym AS account,
    min(cluster_members.cluster_id) AS cluster_id,
    CAST(any_value(account_features.first_seen) AS DATE)::VARCHAR AS first_day,
    CAST(any_value(account_features.last_seen) AS DATE)::VARCHAR AS last_day,
    CAST(round(any_value(events), 1 - CAST(floor(log10(any_value(events))) AS INTEGER)) AS BIGINT) AS requests_about
FROM account_features
JOIN disclosed USING (user_id)
JOIN cluster_members USING (user_id)
GROUP BY disclosed.pseudonym
ORDER BY account
