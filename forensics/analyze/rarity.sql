-- How easily two unrelated accounts share a value of each attribute.
-- Configuration model (Chung-Lu, the Poisson limit of BiCM) over independent users: an account with k values shows a
-- given one with chance k * units / opportunities. Opportunities are all that is shown where an account can have many
-- values, and the accounts where it has at most one, so that a trait rare in the population stays rare among its
-- carriers. Schedules and enumerations are compared among the accounts that have any: that two are programs is no link.
--
-- reads   account_values, units, hubs, settings
-- grain   one row per attribute

WITH shown AS (  -- context-only values left out; a value that one account shows has one user
    SELECT
        account_values.attribute,
        account_values.value,
        count(*) AS accounts,
        coalesce(any_value(units.units), 1) AS units
    FROM account_values
    LEFT JOIN units USING (attribute, value)
    LEFT JOIN hubs
        ON hubs.attribute = account_values.attribute AND hubs.value = account_values.value
        AND hubs.action = 'context_only'
    WHERE hubs.value IS NULL
    GROUP BY ALL
),

totals AS (
    SELECT
        shown.attribute,
        CASE
            WHEN shown.attribute IN (
                'source_ip', 'source_range', 'as_number', 'user_agent', 'ja4', 'prompt', 'endpoint', 'schedule', 'enumeration'
            ) THEN CAST(sum(shown.units) AS BIGINT)
            ELSE any_value(settings.accounts)
        END AS opportunities,
        CAST(sum(shown.units * (shown.units - 1)) FILTER (shown.accounts <= settings.pair_accounts) AS BIGINT) AS rare_pairs,
        CAST(sum(shown.units * (shown.units - 1)) AS BIGINT) AS all_pairs,
        any_value(settings.accounts) AS accounts
    FROM shown CROSS JOIN settings
    GROUP BY shown.attribute
)

SELECT
    attribute,
    opportunities,
    least(1.0, coalesce(rare_pairs, 0) / (CAST(opportunities AS DOUBLE) * opportunities)) AS coincidence,
    round(greatest(0.0, -log2(  -- sharing may never count for more than its own base rate among all pairs
        least(1.0, coalesce(nullif(rare_pairs, 0), all_pairs) / (accounts * (accounts - 1.0)))
    )), 4) AS cap_bits
FROM totals
WHERE all_pairs > 0
ORDER BY attribute
