-- How many values of each attribute two accounts show, alone and in common; and the most that sharing may count for.
--
-- reads   account_values, rarity
-- params  $a, $b
-- grain   one row per attribute that the case has

WITH held AS MATERIALIZED (
    SELECT attribute, value, bool_or(user_id = $a) AS of_a, bool_or(user_id = $b) AS of_b
    FROM account_values
    WHERE user_id IN ($a, $b)
    GROUP BY ALL
),

counted AS (
    SELECT
        attribute,
        count(*) FILTER (of_a) AS held_a,
        count(*) FILTER (of_b) AS held_b,
        count(*) FILTER (of_a AND of_b) AS shared
    FROM held
    GROUP BY ALL
),

known AS (
    SELECT DISTINCT attribute FROM account_values
),

caps AS (
    SELECT attribute, max(cap_bits) AS cap_bits FROM rarity GROUP BY ALL
)

SELECT
    known.attribute,
    coalesce(counted.held_a, 0) AS held_a,
    coalesce(counted.held_b, 0) AS held_b,
    coalesce(counted.shared, 0) AS shared,
    caps.cap_bits
FROM known
LEFT JOIN counted USING (attribute)
LEFT JOIN caps USING (attribute)
ORDER BY known.attribute
