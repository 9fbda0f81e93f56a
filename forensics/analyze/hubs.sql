-- Values too common to be evidence or to pair exactly, and what is done about each.
-- A network value is context, never evidence, if more accounts show it than `rare_accounts`, or if the range
-- was declared shared (campus, carrier, VPN) at the time. Other common values are paired in a ring.
--
-- reads   account_values, addresses, ip_ranges, settings
-- grain   one row per attribute and value

WITH degrees AS (
    SELECT attribute, value, count(*) AS accounts, min(first_seen) AS first_seen
    FROM account_values
    GROUP BY ALL
),

bounds AS (  -- addresses as sortable keys: 32 hex digits, IPv4 mapped
    SELECT degrees.*, addresses.key
    FROM degrees JOIN addresses USING (value)
    WHERE attribute IN ('source_ip', 'source_range')
),

declared AS (  -- the longest range that held at the time
    SELECT bounds.attribute, bounds.value, ip_ranges.kind, ip_ranges.shared
    FROM bounds
    JOIN ip_ranges
        ON bounds.key BETWEEN ip_ranges.first_address AND ip_ranges.last_address
        AND bounds.first_seen >= coalesce(ip_ranges.valid_from, TIMESTAMPTZ '-infinity')
        AND bounds.first_seen < coalesce(ip_ranges.valid_to, TIMESTAMPTZ 'infinity')
    QUALIFY row_number() OVER (
        PARTITION BY bounds.attribute, bounds.value ORDER BY ip_ranges.prefix_length DESC, ip_ranges.cidr
    ) = 1
)

SELECT
    degrees.attribute,
    degrees.value,
    degrees.accounts,
    declared.kind,
    CASE WHEN degrees.attribute IN ('source_ip', 'source_range') THEN 'context_only' ELSE 'ring_sampled' END AS action
FROM degrees
LEFT JOIN declared USING (attribute, value)
CROSS JOIN settings
WHERE degrees.accounts >= 2 AND (
    (degrees.attribute IN ('source_ip', 'source_range')
        AND (degrees.accounts > settings.rare_accounts OR coalesce(declared.shared, false)))
    OR degrees.accounts > settings.pair_accounts
)
ORDER BY degrees.attribute, degrees.value
