-- Accounts that use the same rare client software.
-- Mean of the e-values of the two attributes, of those the case has.
--
-- reads   shared_values, shareable
-- grain   one row per pair of accounts

WITH logged AS (  -- of the two, what this case has at all
    SELECT count(DISTINCT attribute) AS attributes FROM shareable WHERE attribute IN ('user_agent', 'ja4')
)

SELECT
    shared_values.a,
    shared_values.b,
    round(log2((
        coalesce(pow(2, max(shared_values.bits) FILTER (shared_values.attribute = 'user_agent')), 0)
        + coalesce(pow(2, max(shared_values.bits) FILTER (shared_values.attribute = 'ja4')), 0)
    ) / any_value(logged.attributes)), 4) AS bits,
    CAST(to_json(list({
        'attribute': shareable.attribute, 'value': shareable.value, 'accounts_showing_it': shareable.accounts,
        'shared': shared_values.shared, 'expected': shared_values.expected, 'bits': shared_values.bits
    } ORDER BY shared_values.attribute)) AS VARCHAR) AS detail
FROM shared_values
JOIN shareable ON shareable.value_id = shared_values.rarest_id
CROSS JOIN logged
WHERE shared_values.attribute IN ('user_agent', 'ja4')
GROUP BY shared_values.a, shared_values.b
ORDER BY shared_values.a, shared_values.b
