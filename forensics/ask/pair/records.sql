-- What is on record about two accounts that could set them apart: organization, and the countries of their addresses.
--
-- reads   account_features, account_values, addresses, ip_ranges
-- params  $a, $b
-- grain   one row per account

WITH located AS (  -- the longest range that held at the time names the country
    SELECT account_values.user_id, ip_ranges.country
    FROM account_values
    JOIN addresses USING (value)
    JOIN ip_ranges
        ON addresses.key BETWEEN ip_ranges.first_address AND ip_ranges.last_address
        AND account_values.first_seen >= coalesce(ip_ranges.valid_from, TIMESTAMPTZ '-infinity')
        AND account_values.first_seen < coalesce(ip_ranges.valid_to, TIMESTAMPTZ 'infinity')
    WHERE account_values.attribute = 'source_ip' AND account_values.user_id IN ($a, $b)
    QUALIFY row_number() OVER (
        PARTITION BY account_values.user_id, account_values.value ORDER BY ip_ranges.prefix_length DESC, ip_ranges.cidr
    ) = 1
),

countries AS (
    SELECT user_id, list(DISTINCT country ORDER BY country) AS countries
    FROM located
    WHERE country IS NOT NULL
    GROUP BY user_id
)

SELECT
    account_features.user_id,
    account_features.organization_id,
    account_features.events,
    account_features.addresses,
    coalesce(countries.countries, []) AS countries
FROM account_features
LEFT JOIN countries USING (user_id)
WHERE account_features.user_id IN ($a, $b)
ORDER BY account_features.user_id
