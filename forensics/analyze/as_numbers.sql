-- Which autonomous systems each account came from: as its log says, else as the table of ranges says for that time.
-- What came from a range that is declared shared (campus, carrier, VPN) says nothing of an operator and is left out.
--
-- reads   requests, addresses, ip_ranges
-- grain   one row per account and autonomous system

WITH used AS MATERIALIZED (
    SELECT
        user_id,
        coalesce(source_ip, source_range) AS value,
        source_as_number,
        count(*) AS events,
        min(timestamp) AS first_seen,
        max(timestamp) AS last_seen
    FROM requests
    WHERE user_id IS NOT NULL AND coalesce(source_ip, source_range) IS NOT NULL
    GROUP BY ALL
),

covering AS MATERIALIZED (  -- every range around an address, whenever it held
    SELECT
        located.value,
        ip_ranges.asn,
        coalesce(ip_ranges.shared, false) AS is_shared,
        ip_ranges.prefix_length,
        ip_ranges.cidr,
        coalesce(ip_ranges.valid_from, TIMESTAMPTZ '-infinity') AS begins,
        coalesce(ip_ranges.valid_to, TIMESTAMPTZ 'infinity') AS ends
    FROM (SELECT DISTINCT addresses.value, addresses.key FROM used JOIN addresses USING (value)) AS located
    JOIN ip_ranges ON located.key BETWEEN ip_ranges.first_address AND ip_ranges.last_address
),

declared AS (  -- the longest range that held at the time, and the longest that names a system
    SELECT
        used.user_id,
        used.value,
        used.source_as_number,
        max_by(covering.asn, (covering.prefix_length, covering.cidr, covering.asn)) FILTER (covering.asn > 0) AS asn,
        max_by(covering.is_shared, (covering.prefix_length, covering.cidr, covering.is_shared)) AS is_shared
    FROM used
    JOIN covering
        ON covering.value = used.value AND used.first_seen >= covering.begins AND used.first_seen < covering.ends
    GROUP BY ALL
)

SELECT
    used.user_id,
    coalesce(nullif(used.source_as_number, 0), declared.asn) AS as_number,
    CAST(sum(used.events) AS BIGINT) AS events,
    min(used.first_seen) AS first_seen,
    max(used.last_seen) AS last_seen
FROM used
LEFT JOIN declared
    ON declared.user_id = used.user_id AND declared.value = used.value
    AND declared.source_as_number IS NOT DISTINCT FROM used.source_as_number
WHERE as_number IS NOT NULL AND NOT coalesce(declared.is_shared, false)
GROUP BY used.user_id, as_number
ORDER BY used.user_id, as_number
