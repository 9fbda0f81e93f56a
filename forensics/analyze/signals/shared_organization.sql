-- Accounts that declare the same organization or mail domain.
-- Mean of the e-values of the two attributes.
--
-- reads   shared_values, shareable
-- grain   one row per pair of accounts

SELECT
    shared_values.a,
    shared_values.b,
    round(log2((
        coalesce(pow(2, max(shared_values.bits) FILTER (shared_values.attribute = 'organization')), 0)
        + coalesce(pow(2, max(shared_values.bits) FILTER (shared_values.attribute = 'email_domain')), 0)
    ) / 2), 4) AS bits,
    CAST(to_json(list({
        'attribute': shareable.attribute, 'value': shareable.value, 'accounts_showing_it': shareable.accounts,
        'shared': shared_values.shared, 'expected': shared_values.expected, 'bits': shared_values.bits
    } ORDER BY shared_values.attribute)) AS VARCHAR) AS detail
FROM shared_values
JOIN shareable ON shareable.value_id = shared_values.rarest_id
WHERE shared_values.attribute IN ('organization', 'email_domain')
GROUP BY shared_values.a, shared_values.b
ORDER BY shared_values.a, shared_values.b
