-- Evidence per family, a column each: the mean e-value of its signals, by their weights, a signal that did not fire
-- counting zero.
-- A mean of e-values is an e-value whatever the dependence between them, so nothing is counted twice.
-- Where five accounts or more use the client that a pair shares, CLIENT and TIME are one family: the vendor of an app
-- wakes all its copies at once, so that the same client explains the same moments.
-- Where two meet at objects more than chance would have it, TIME and TARGET are one family: who takes the same thing as it
-- comes is at work at the same moment. Moments then count for no more than one partner among all accounts, and 4 bits.
-- Sums are of decimals: exact, in whatever order rows come.
--
-- reads   sightings, signals, shared_values, settings
-- grain   one row per pair with any evidence

WITH sizes AS (
    SELECT family, CAST(sum(weight) AS BIGINT) AS weight FROM signals GROUP BY ALL
),

e_values AS (
    SELECT sightings.a, sightings.b, signals.signal, signals.family, CAST(pow(2, sightings.bits) * signals.weight / sizes.weight AS DECIMAL(30, 9)) AS e
    FROM sightings
    JOIN signals USING (signal)
    JOIN sizes USING (family)
),

families AS (
    SELECT
        a,
        b,
        CAST(sum(e) FILTER (family = 'NET') AS DOUBLE) AS net,
        CAST(sum(e) FILTER (family = 'IDENT') AS DOUBLE) AS ident,
        CAST(sum(e) FILTER (family = 'CLIENT') AS DOUBLE) AS client,
        CAST(sum(e) FILTER (family = 'TEMPLATE') AS DOUBLE) AS template,
        CAST(sum(e) FILTER (family = 'TIME') AS DOUBLE) AS time,
        CAST(sum(e) FILTER (family = 'TARGET') AS DOUBLE) AS target,
        coalesce(bool_or(signal = 'object_pairing'), false) AS is_met
    FROM e_values
    GROUP BY a, b
),

crowds AS (  -- the client that a pair shares is a crowd's
    SELECT a, b
    FROM shared_values
    WHERE attribute IN ('user_agent', 'ja4')
    GROUP BY a, b
    HAVING min(rarest_accounts) >= 5
),

joined AS (  -- what is mostly client stays client: it is no behavior
    SELECT
        families.* EXCLUDE (client, time, target, is_met),
        CASE WHEN woken AND beats THEN NULL WHEN woken THEN (client + time) / 2 ELSE client END AS client,
        CASE WHEN is_met THEN NULL WHEN woken AND beats THEN (client + time) / 2 WHEN woken THEN NULL ELSE time END AS time,
        CASE
            WHEN is_met AND time IS NOT NULL THEN greatest(target, least((target + time) / 2, 16 * settings.accounts)) ELSE target
        END AS target
    FROM families
    LEFT JOIN crowds ON crowds.a = families.a AND crowds.b = families.b
    CROSS JOIN settings
    CROSS JOIN LATERAL (
        SELECT
            crowds.a IS NOT NULL AND NOT is_met AND client IS NOT NULL AND time IS NOT NULL AS woken,
            log2(time) >= settings.min_behavior_bits AS beats
    )
)

SELECT
    a,
    b,
    round(log2(net), 4) AS net,
    round(log2(ident), 4) AS ident,
    round(log2(client), 4) AS client,
    round(log2(template), 4) AS template,
    round(log2(time), 4) AS time,
    round(log2(target), 4) AS target
FROM joined
ORDER BY a, b
