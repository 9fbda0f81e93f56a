-- Accounts that declare the same organization.
--
-- reads   shared_values, shareable
-- grain   one row per pair of accounts

SELECT
    shared_values.a,
    shared_values.b,
    shared_values.bits,
    CAST(to_json([{
        'attribute': shareable.attribute, 'value': shareable.value, 'accounts_showing_it': shareable.accounts,
        'bits': shared_values.bits
    }]) AS VARCHAR) AS detail
FROM shared_values
JOIN shareable ON shareable.value_id = shared_values.rarest_id
WHERE shared_values.attribute = 'organization'
ORDER BY shared_values.a, shared_values.b
