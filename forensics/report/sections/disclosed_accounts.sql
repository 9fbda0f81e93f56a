-- Accounts the reader hears of, in the groups they are in: what they did, in numbers.
--
-- reads  account_features, cluster_members (both narrowed to these accounts)
-- grain  one account of one group

SELECT
    account_features.user_id,
    cluster_members.cluster_id,
    account_features.created_at,
    account_features.first_seen,
    account_features.last_seen,
    account_features.events,
    account_features.objects,
    account_features.errors_4xx + account_features.errors_5xx AS errors,
    account_features.response_bytes,
    account_features.peak_minute
FROM account_features
JOIN cluster_members USING (user_id)
ORDER BY account_features.user_id, cluster_members.cluster_id
