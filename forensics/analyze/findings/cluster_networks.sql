-- Whose networks the accounts of a cluster used, as the ranges stood at the time.
-- A step that several finding queries read.
--
-- reads   cluster_requests, addresses, ip_ranges
-- grain   one row per cluster, account and organization that uses the range; null = the range names nobody

WITH visits AS (  -- from where, by the hour, so that a range counts only while it held
    SELECT
        cluster_id,
        user_id,
        coalesce(source_ip, source_range) AS address,
        count(*) AS requests,
        min({'at': timestamp, 'id': event_id}) AS first_event
    FROM cluster_requests AS own
    GROUP BY cluster_id, user_id, address, time_bucket(INTERVAL '1 hour', timestamp)
),

located AS (  -- the longest range that held names who uses the network
    SELECT visits.*, lower(trim(ip_ranges.organization)) AS network_organization
    FROM visits
    JOIN addresses ON addresses.value = visits.address
    JOIN ip_ranges
        ON addresses.key BETWEEN ip_ranges.first_address AND ip_ranges.last_address
        AND visits.first_event.at >= coalesce(ip_ranges.valid_from, TIMESTAMPTZ '-infinity')
        AND visits.first_event.at < coalesce(ip_ranges.valid_to, TIMESTAMPTZ 'infinity')
    QUALIFY row_number() OVER (
        PARTITION BY visits.cluster_id, visits.user_id, visits.first_event
        ORDER BY ip_ranges.prefix_length DESC, ip_ranges.cidr, ip_ranges.valid_from
    ) = 1
)

SELECT
    cluster_id,
    user_id,
    network_organization,
    CAST(sum(requests) AS BIGINT) AS requests,
    min(first_event)['at'] AS first_at,
    min(first_event)['id'] AS first_id
FROM located
GROUP BY ALL
ORDER BY cluster_id, user_id, network_organization
