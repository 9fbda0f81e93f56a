-- Accounts of coordinated groups under pseudonyms of this edition, in rounded numbers, in the order of the pseudonyms.
-- A group of fewer than five is left out: the rows would count it.
--
-- reads  account_features, cluster_members, clusters (narrowed to coordinated groups), disclosed
-- grain  one account of one group

SELECT
    disclosed.pseudonym AS account,
    cluster_members.cluster_id,
    CAST(CAST(account_features.first_seen AS DATE) AS VARCHAR) AS first_day,
    CAST(CAST(account_features.last_seen AS DATE) AS VARCHAR) AS last_day,
    format('{:,}', CAST(round(account_features.events, 1 - CAST(floor(log10(account_features.events)) AS INTEGER)) AS BIGINT)) AS requests_about
FROM account_features
JOIN disclosed USING (user_id)
JOIN cluster_members USING (user_id)
JOIN clusters USING (cluster_id)
WHERE clusters.size >= 5
ORDER BY account, cluster_members.cluster_id
