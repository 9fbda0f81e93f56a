-- Accounts active at the same odd moments, or on the same rare schedule.
-- Mean of two e-values: synchrony (itself the mean over four scales) and a shared schedule.
--
-- reads   synchrony, shared_values
-- grain   one row per pair of accounts

WITH synchronous AS (
    SELECT
        user_id_a,
        user_id_b,
        list_sum(list(pow(2, bits) ORDER BY scale)) / 4 AS e,
        list({'kind': 'synchrony', 'scale_seconds': scale, 'shared': shared, 'expected': expected, 'bits': bits}
            ORDER BY scale) AS detail
    FROM synchrony
    GROUP BY ALL
),

scheduled AS (
    SELECT
        user_id_a,
        user_id_b,
        pow(2, bits) AS e,
        {'kind': 'schedule', 'value': rarest_value, 'accounts_showing_it': rarest_accounts, 'bits': bits} AS detail
    FROM shared_values
    WHERE attribute = 'schedule'
)

SELECT
    coalesce(synchronous.user_id_a, scheduled.user_id_a) AS user_id_a,
    coalesce(synchronous.user_id_b, scheduled.user_id_b) AS user_id_b,
    round(log2((coalesce(synchronous.e, 0) + coalesce(scheduled.e, 0)) / 2), 4) AS bits,
    CAST(to_json({'synchrony': synchronous.detail, 'schedule': scheduled.detail}) AS VARCHAR) AS detail
FROM synchronous
FULL JOIN scheduled
    ON scheduled.user_id_a = synchronous.user_id_a AND scheduled.user_id_b = synchronous.user_id_b
ORDER BY user_id_a, user_id_b
