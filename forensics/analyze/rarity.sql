-- How often two unrelated accounts share a value of each attribute by chance.
-- Configuration model (Chung-Lu, the Poisson limit of BiCM): two accounts with k and l values share one that at
-- most d accounts show with chance at most k * l * coincidence(d). Z is M^2 where an account can have many
-- values and N^2 where it has at most one, so that a trait rare in the population stays rare among its carriers.
-- Schedules and enumerations are compared among the accounts that have any: that two are programs is no link.
--
-- reads   account_values, hubs, settings
-- grain   one row per attribute and degree

WITH degrees AS (
    SELECT account_values.attribute, account_values.value, count(*) AS accounts
    FROM account_values
    LEFT JOIN hubs
        ON hubs.attribute = account_values.attribute AND hubs.value = account_values.value
        AND hubs.action = 'context_only'
    WHERE hubs.value IS NULL
    GROUP BY ALL
),

sizes AS (  -- incidences of each attribute, context-only values left out
    SELECT
        degrees.attribute,
        CASE
            WHEN degrees.attribute IN ('source_ip', 'source_range', 'user_agent', 'ja4', 'prompt', 'endpoint')
            THEN pow(sum(degrees.accounts), 2)
            WHEN degrees.attribute IN ('schedule', 'enumeration') THEN pow(sum(degrees.accounts), 2)
            ELSE pow(any_value(settings.accounts), 2)
        END AS z
    FROM degrees CROSS JOIN settings
    GROUP BY degrees.attribute
),

steps AS (
    SELECT attribute, accounts, CAST(sum(accounts * (accounts - 1)) AS BIGINT) AS ordered_pairs
    FROM degrees WHERE accounts >= 2 GROUP BY ALL
),

cumulated AS (
    SELECT
        attribute,
        accounts,
        CAST(sum(ordered_pairs) OVER (PARTITION BY attribute ORDER BY accounts) AS BIGINT) AS ordered_pairs
    FROM steps
),

caps AS (  -- sharing may never count for more than its own base rate among all pairs
    SELECT steps.attribute, CAST(sum(steps.ordered_pairs) AS BIGINT) AS ordered_pairs
    FROM steps CROSS JOIN settings
    WHERE steps.accounts <= settings.pair_accounts
    GROUP BY ALL
)

SELECT
    cumulated.attribute,
    cumulated.accounts,
    least(1.0, cumulated.ordered_pairs / sizes.z) AS coincidence,
    round(greatest(0.0, -log2(
        least(1.0, coalesce(caps.ordered_pairs, cumulated.ordered_pairs) / (settings.accounts * (settings.accounts - 1.0)))
    )), 4) AS cap_bits
FROM cumulated
JOIN sizes USING (attribute)
LEFT JOIN caps USING (attribute)
CROSS JOIN settings
ORDER BY cumulated.attribute, cumulated.accounts
