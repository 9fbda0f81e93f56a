-- Every family that took part in the analysis, with its bits for one pair; null where it found nothing.
--
-- reads   signals, weighed, people
-- params  $a, $b
-- grain   one row per family

WITH own AS MATERIALIZED (
    SELECT weighed.*
    FROM weighed
    JOIN people AS of_a ON of_a.person = weighed.a AND of_a.user_id = $a
    JOIN people AS of_b ON of_b.person = weighed.b AND of_b.user_id = $b
),

told AS (
    SELECT upper(family) AS family, bits
    FROM (UNPIVOT own ON net, ident, client, template, time, target INTO NAME family VALUE bits)
),

families AS (
    SELECT family, list(signal ORDER BY signal) AS signals FROM signals GROUP BY family
)

SELECT families.family, families.signals, told.bits
FROM families LEFT JOIN told USING (family)
ORDER BY told.bits DESC NULLS LAST, families.family
