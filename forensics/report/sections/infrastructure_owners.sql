-- Who a range belonged to while the cluster used it: the narrowest declared range, as of that time.
--
-- reads  used_ranges (source_range, first_address, last_address, first_seen, last_seen; by infrastructure.py), ip_ranges
-- grain  one used range

SELECT
    used_ranges.source_range,
    ip_ranges.kind,
    concat_ws(' ', ip_ranges.as_name, '(AS' || ip_ranges.asn || ')') AS as_name,
    ip_ranges.organization,
    ip_ranges.shared
FROM used_ranges
JOIN ip_ranges
    ON ip_ranges.first_address <= used_ranges.first_address
    AND ip_ranges.last_address >= used_ranges.last_address
    AND (ip_ranges.valid_from IS NULL OR ip_ranges.valid_from <= used_ranges.last_seen)
    AND (ip_ranges.valid_to IS NULL OR ip_ranges.valid_to > used_ranges.first_seen)
QUALIFY row_number() OVER (
    PARTITION BY used_ranges.source_range
    ORDER BY ip_ranges.prefix_length DESC, ip_ranges.cidr, ip_ranges.valid_from NULLS FIRST, ip_ranges.organization
) = 1
ORDER BY used_ranges.source_range
