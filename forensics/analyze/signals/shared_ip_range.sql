-- Accounts used from the same rare addresses or ranges.
--
-- reads   shared_values
-- grain   one row per pair of accounts

SELECT
    user_id_a,
    user_id_b,
    round(log2(list_sum(list(pow(2, bits) ORDER BY attribute)) / 2), 4) AS bits,
    CAST(to_json(list({
        'attribute': attribute, 'value': rarest_value, 'accounts_showing_it': rarest_accounts,
        'shared': shared, 'expected': expected, 'bits': bits
    } ORDER BY attribute)) AS VARCHAR) AS detail
FROM shared_values
WHERE attribute IN ('source_ip', 'source_range')
GROUP BY user_id_a, user_id_b
ORDER BY user_id_a, user_id_b
