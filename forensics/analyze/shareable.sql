-- Every value that two accounts or more show and that is no mere context, with how rare sharing it is.
-- bits: what sharing this value alone would bring two accounts that show nothing else of its attribute.
--
-- reads   account_values, hubs, rarity, settings
-- grain   one row per attribute and value

WITH degrees AS (
    SELECT attribute, value, count(*) AS accounts FROM account_values GROUP BY ALL HAVING count(*) >= 2
)

SELECT
    row_number() OVER (ORDER BY degrees.attribute, degrees.value) - 1 AS value_id,
    degrees.attribute,
    degrees.value,
    degrees.accounts,
    rarity.coincidence,
    round(log2(settings.kappa) + (settings.kappa - 1) * log2(rarity.coincidence), 4) AS bits
FROM degrees
JOIN rarity USING (attribute, accounts)
LEFT JOIN hubs
    ON hubs.attribute = degrees.attribute AND hubs.value = degrees.value AND hubs.action = 'context_only'
CROSS JOIN settings
WHERE hubs.value IS NULL
ORDER BY value_id
