-- What stands for an account and for a client address in the logs.
--
-- reads   events
-- grain   one row per kind of identity and origin of address

SELECT
    coalesce(user_id_kind, 'none') AS user_id_kind,
    coalesce(source_ip_origin, 'none') AS source_ip_origin,
    count(*) AS events,
    count(DISTINCT user_id) AS identities,
    count(organization_id) AS with_organization,
    count(source_ip) AS with_address
FROM events
GROUP BY ALL
ORDER BY events DESC, user_id_kind, source_ip_origin
