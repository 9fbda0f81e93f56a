-- Accounts that use the same rare prompts or endpoints.
--
-- reads   shared_values, account_values
-- grain   one row per pair of accounts

WITH logged AS (  -- kinds of template that this case has at all
    SELECT count(DISTINCT attribute) AS attributes FROM account_values WHERE attribute IN ('prompt', 'endpoint')
)

SELECT
    shared_values.user_id_a,
    shared_values.user_id_b,
    round(log2(list_sum(list(pow(2, shared_values.bits) ORDER BY shared_values.attribute)) / any_value(logged.attributes)), 4)
        AS bits,
    CAST(to_json(list({
        'attribute': shared_values.attribute, 'value': shared_values.rarest_value,
        'accounts_showing_it': shared_values.rarest_accounts, 'shared': shared_values.shared, 'bits': shared_values.bits
    } ORDER BY shared_values.attribute)) AS VARCHAR) AS detail
FROM shared_values CROSS JOIN logged
WHERE shared_values.attribute IN ('prompt', 'endpoint')
GROUP BY shared_values.user_id_a, shared_values.user_id_b
ORDER BY shared_values.user_id_a, shared_values.user_id_b
