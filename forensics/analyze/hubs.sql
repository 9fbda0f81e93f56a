-- Values too common to be evidence or to pair exactly, and what is done about each.
-- A network value is context, never evidence, if more independent users show it than `rare_accounts`, or if the range
-- was declared shared (campus, carrier, VPN) at the time; so is a mail domain that many users have, or anybody may have.
-- Other common values are paired in a ring.
--
-- reads   units, addresses, ip_ranges, mail_domains, settings
-- grain   one row per attribute and value

WITH bounds AS MATERIALIZED (  -- addresses as sortable keys: 32 hex digits, IPv4 mapped
    SELECT units.*, addresses.key
    FROM units JOIN addresses USING (value)
    WHERE attribute IN ('source_ip', 'source_range') AND units.first_seen IS NOT NULL
),

inside AS MATERIALIZED (  -- by the bounds alone: with the times in it, the join would meet every range
    SELECT bounds.attribute, bounds.value, bounds.first_seen, ip_ranges.*
    FROM bounds JOIN ip_ranges ON bounds.key >= ip_ranges.first_address AND bounds.key <= ip_ranges.last_address
),

declared AS (  -- the longest range that held at the time
    SELECT attribute, value, kind, shared
    FROM inside
    WHERE (valid_from IS NULL OR first_seen >= valid_from) AND (valid_to IS NULL OR first_seen < valid_to)
    QUALIFY row_number() OVER (PARTITION BY attribute, value ORDER BY prefix_length DESC, cidr) = 1
),

open_to_all AS (
    SELECT DISTINCT 'email_domain' AS attribute, registrable_domain AS value FROM mail_domains WHERE kind <> 'registered'
),

judged AS (
    SELECT
        units.attribute,
        units.value,
        units.accounts,
        units.units,
        declared.kind,
        units.attribute IN ('source_ip', 'source_range', 'as_number', 'email_domain') AND (
            units.units > settings.rare_accounts OR coalesce(declared.shared, false) OR open_to_all.value IS NOT NULL
        ) AS is_context,
        units.accounts > settings.pair_accounts AS is_common
    FROM units
    LEFT JOIN declared USING (attribute, value)
    LEFT JOIN open_to_all USING (attribute, value)
    CROSS JOIN settings
)

SELECT attribute, value, accounts, units, kind, CASE WHEN is_context THEN 'context_only' ELSE 'ring_sampled' END AS action
FROM judged
WHERE is_context OR is_common
ORDER BY attribute, value
