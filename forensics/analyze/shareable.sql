-- Every value that two accounts or more show and that is no mere context, with how rare showing it is.
-- bits: what sharing this value alone would bring two accounts that show nothing else of its attribute.
--
-- reads   units, hubs, rarity
-- grain   one row per attribute and value

SELECT
    row_number() OVER (ORDER BY units.attribute, units.value) - 1 AS value_id,
    units.attribute,
    units.value,
    units.accounts,
    units.units,
    round(log2(rarity.opportunities / units.units), 4) AS bits
FROM units
JOIN rarity USING (attribute)
LEFT JOIN hubs
    ON hubs.attribute = units.attribute AND hubs.value = units.value AND hubs.action = 'context_only'
WHERE hubs.value IS NULL
ORDER BY value_id
