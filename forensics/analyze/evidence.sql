-- Evidence per family: the mean e-value of its signals, a signal that did not fire counting zero.
-- A mean of e-values is an e-value whatever the dependence between them, so nothing is counted twice.
-- Where five accounts or more use the client that a pair shares, CLIENT and TIME are one family, TIME: the vendor of
-- an app wakes all its copies at once, so that the same client explains the same moments.
--
-- reads   links, signals, shared_values
-- grain   one row per pair and family

WITH sizes AS (
    SELECT family, count(*) AS signals FROM signals GROUP BY ALL
),

families AS (
    SELECT
        links.user_id_a,
        links.user_id_b,
        links.family,
        list_sum(list(pow(2, links.bits) ORDER BY links.signal)) / sizes.signals AS e
    FROM links
    JOIN sizes USING (family)
    GROUP BY links.user_id_a, links.user_id_b, links.family, sizes.signals
),

woken AS (  -- pairs with both kinds of evidence whose client is a crowd's
    SELECT client.user_id_a, client.user_id_b, client.e
    FROM families AS client
    JOIN families AS rhythm USING (user_id_a, user_id_b)
    JOIN (
        SELECT user_id_a, user_id_b
        FROM shared_values
        WHERE attribute IN ('user_agent', 'ja4')
        GROUP BY ALL
        HAVING min(rarest_accounts) >= 5
    ) USING (user_id_a, user_id_b)
    WHERE client.family = 'CLIENT' AND rhythm.family = 'TIME'
)

SELECT
    families.user_id_a,
    families.user_id_b,
    families.family,
    round(log2(CASE WHEN woken.e IS NULL THEN families.e ELSE (families.e + woken.e) / 2 END), 4) AS bits
FROM families
LEFT JOIN woken
    ON woken.user_id_a = families.user_id_a AND woken.user_id_b = families.user_id_b
    AND families.family IN ('CLIENT', 'TIME')
WHERE woken.e IS NULL OR families.family = 'TIME'
ORDER BY families.user_id_a, families.user_id_b, families.family
