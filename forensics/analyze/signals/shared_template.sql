-- Accounts that use the same rare prompts or endpoints.
-- Mean of the e-values of the attributes that the case has: prompts count half, prompts that an account keeps asking a
-- quarter, endpoints a quarter.
--
-- reads   shared_values, shareable
-- grain   one row per pair of accounts

WITH parts AS (
    SELECT unnest(['prompt', 'habitual_prompt', 'endpoint']) AS attribute, unnest([2, 1, 1]) AS part
),

logged AS (  -- of these, what this case has at all
    SELECT sum(part) AS parts FROM parts WHERE attribute IN (SELECT attribute FROM shareable)
)

SELECT
    shared_values.a,
    shared_values.b,
    round(log2(
        CAST(sum(CAST(parts.part * pow(2, shared_values.bits) AS DECIMAL(30, 9))) AS DOUBLE) / any_value(logged.parts)
    ), 4) AS bits,
    CAST(to_json(list({
        'attribute': shareable.attribute, 'value': shareable.value, 'accounts_showing_it': shareable.accounts,
        'shared': shared_values.shared, 'expected': shared_values.expected, 'bits': shared_values.bits
    } ORDER BY shared_values.attribute)) AS VARCHAR) AS detail
FROM shared_values
JOIN shareable ON shareable.value_id = shared_values.rarest_id
JOIN parts ON parts.attribute = shared_values.attribute
CROSS JOIN logged
GROUP BY shared_values.a, shared_values.b
ORDER BY shared_values.a, shared_values.b
