-- An address or range, with who uses it by the ranges on record.
--
-- reads   account_values, addresses, ip_ranges, hubs
-- params  $subject  what the dossier is about
-- grain   one row per range on record, or one

WITH seen AS (
    SELECT attribute, value, count(*) AS accounts, CAST(sum(events) AS BIGINT) AS requests,
        min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM account_values
    WHERE attribute IN ('source_ip', 'source_range') AND value = $subject
    GROUP BY ALL
)

SELECT
    seen.*, ip_ranges.cidr, ip_ranges.asn, ip_ranges.as_name, ip_ranges.kind, ip_ranges.organization,
    ip_ranges.shared, ip_ranges.valid_from, ip_ranges.valid_to, hubs.action
FROM seen
LEFT JOIN addresses ON addresses.value = seen.value
LEFT JOIN ip_ranges ON addresses.key BETWEEN ip_ranges.first_address AND ip_ranges.last_address
LEFT JOIN hubs ON hubs.attribute = seen.attribute AND hubs.value = seen.value
ORDER BY seen.attribute, ip_ranges.prefix_length DESC NULLS LAST, ip_ranges.cidr, ip_ranges.valid_from
