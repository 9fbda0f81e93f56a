-- Accounts of the organization that are in a cluster: what they did here, in numbers.
--
-- reads   account_features, disclosed
-- grain   one account

SELECT
    user_id,
    organization_id,
    channel,
    created_at,
    first_seen,
    last_seen,
    events,
    active_days,
    active_hours,
    addresses,
    ranges,
    objects,
    object_requests,
    errors_4xx,
    errors_5xx,
    response_bytes,
    input_tokens,
    output_tokens,
    peak_minute
FROM account_features
JOIN disclosed USING (user_id)
ORDER BY user_id
