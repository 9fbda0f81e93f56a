-- Accounts active at the same odd moments, or on the same rare schedule.
-- Mean of two e-values: synchrony (three quarters; itself the mean over four scales and the crowded moments) and a shared
-- schedule (a quarter).
--
-- reads   synchrony, shared_values, shareable
-- grain   one row per pair of accounts

WITH synchronous AS (
    SELECT
        a,
        b,
        CAST(sum(CAST(pow(2, bits) AS DECIMAL(30, 9))) AS DOUBLE) / 5 AS e,
        list({'kind': 'synchrony', 'scale_seconds': scale, 'shared': shared, 'expected': expected, 'bits': bits}
            ORDER BY scale) AS detail
    FROM synchrony
    GROUP BY a, b
),

scheduled AS (
    SELECT
        shared_values.a,
        shared_values.b,
        pow(2, shared_values.bits) AS e,
        {
            'kind': 'schedule', 'value': shareable.value, 'accounts_showing_it': shareable.accounts,
            'bits': shared_values.bits
        } AS detail
    FROM shared_values
    JOIN shareable ON shareable.value_id = shared_values.rarest_id
    WHERE shared_values.attribute = 'schedule'
)

SELECT
    coalesce(synchronous.a, scheduled.a) AS a,
    coalesce(synchronous.b, scheduled.b) AS b,
    round(log2((3 * coalesce(synchronous.e, 0) + coalesce(scheduled.e, 0)) / 4), 4) AS bits,
    CAST(to_json({'synchrony': synchronous.detail, 'schedule': scheduled.detail}) AS VARCHAR) AS detail
FROM synchronous
FULL JOIN scheduled ON scheduled.a = synchronous.a AND scheduled.b = synchronous.b
ORDER BY a, b
