-- Accounts of one device.
--
-- reads   shared_values
-- grain   one row per pair of accounts

SELECT
    user_id_a,
    user_id_b,
    bits,
    CAST(to_json([{
        'attribute': attribute, 'value': rarest_value, 'accounts_showing_it': rarest_accounts, 'bits': bits
    }]) AS VARCHAR) AS detail
FROM shared_values
WHERE attribute = 'device'
ORDER BY user_id_a, user_id_b
