-- Who stands behind each cluster, layer by layer: what logs can support, and what they cannot.
--
-- reads   judged_clusters, cluster_members, requests, accounts, account_features, ip_ranges, cluster_networks, takeovers,
--         places_at_once, cluster_requests
-- grain   one row per cluster whose verdict is coordinated or undecided, and subject (colleagues only where an
--         organization is declared, or no account is on record): L1, L2, L3, L4, colleagues, takeover, at_once

WITH people AS (  -- everybody on record or in the logs, the accounts table wins over the log
    SELECT
        coalesce(accounts.user_id, account_features.user_id) AS user_id,
        coalesce(accounts.organization_id, account_features.organization_id) AS organization_id,
        accounts.organization_id AS registered_organization_id,
        coalesce(accounts.organization_name, account_features.organization_name) AS organization_name,
        coalesce(accounts.email_domain, account_features.email_domain) AS email_domain,
        coalesce(accounts.payment_fingerprint, account_features.payment_fingerprint) AS payment_fingerprint,
        account_features.user_id IS NOT NULL AS has_requests
    FROM accounts
    FULL JOIN account_features ON account_features.user_id = accounts.user_id
),

members AS (
    SELECT cluster_members.cluster_id, clusters.organization_id AS organization, cluster_members.role, people.*
    FROM cluster_members
    JOIN judged_clusters AS clusters USING (cluster_id)
    LEFT JOIN people USING (user_id)
),

domains AS (  -- an e-mail domain speaks for an organization if most accounts that carry it declare that organization
    SELECT email_domain, organization_id
    FROM people
    WHERE email_domain IS NOT NULL AND organization_id IS NOT NULL
    GROUP BY email_domain, organization_id
    QUALIFY 2 * count(*) > sum(count(*)) OVER (PARTITION BY email_domain)
),

registration AS (  -- ground 1: e-mail domain and declared organization stand in one record
    SELECT
        members.cluster_id,
        count(*) FILTER (
            WHERE members.registered_organization_id = organization OR domains.organization_id = organization
        ) AS registration_accounts,
        count(*) FILTER (WHERE domains.organization_id = organization) AS email_domain_accounts,
        count(*) FILTER (WHERE members.registered_organization_id <> organization) AS registration_other_accounts
    FROM members
    LEFT JOIN domains ON domains.email_domain = members.email_domain
    GROUP BY ALL
),

tenants AS (  -- ground 2: the organization the service itself logged with each request (SSO tenant)
    SELECT
        cluster_id,
        count(*) FILTER (WHERE own_requests > 0) AS tenant_accounts,
        count(*) FILTER (WHERE other_requests > own_requests) AS tenant_other_accounts,
        list(own_id ORDER BY own_id) FILTER (WHERE own_id IS NOT NULL) AS ids
    FROM (
        SELECT
            own.cluster_id,
            own.user_id,
            count(*) FILTER (WHERE own.organization_id = clusters.organization_id) AS own_requests,
            count(*) FILTER (WHERE own.organization_id <> clusters.organization_id) AS other_requests,
            min({'at': own.timestamp, 'id': event_id})
                FILTER (WHERE own.organization_id = clusters.organization_id)['id']
                AS own_id
        FROM cluster_requests AS own JOIN judged_clusters AS clusters USING (cluster_id)
        GROUP BY ALL
    )
    GROUP BY ALL
),

payments AS (  -- ground 3: a payment instrument that accounts outside the cluster carry too
    SELECT
        cluster_id,
        count(DISTINCT user_id) FILTER (WHERE payer_organization = organization) AS payment_accounts,
        count(DISTINCT user_id) FILTER (WHERE payer_organization <> organization) AS payment_other_accounts
    FROM (
        SELECT members.cluster_id, members.user_id, members.organization, payer.organization_id AS payer_organization
        FROM members
        JOIN people AS payer ON payer.payment_fingerprint = members.payment_fingerprint
        ANTI JOIN cluster_members AS inside
            ON inside.cluster_id = members.cluster_id AND inside.user_id = payer.user_id
    )
    GROUP BY ALL
),

names AS (  -- what the organization of a cluster is called in other tables
    SELECT clusters.cluster_id, unnest(list_distinct(list_concat(
        [lower(trim(clusters.organization_id))], list(DISTINCT lower(trim(people.organization_name)))
            FILTER (WHERE people.organization_name IS NOT NULL)
    ))) AS name, min(people.organization_name) AS organization_name
    FROM judged_clusters AS clusters
    LEFT JOIN people ON people.organization_id = clusters.organization_id
    WHERE clusters.organization_id IS NOT NULL
    GROUP BY clusters.cluster_id, clusters.organization_id
),

networks AS (  -- ground 4: the owner of the network, from five requests of an account on, one visit is none
    SELECT
        cluster_id,
        count(*) FILTER (WHERE own_requests >= 5) AS network_accounts,
        CAST(coalesce(sum(own_requests), 0) AS BIGINT) AS network_requests,
        count(*) FILTER (WHERE other_requests > own_requests) AS network_other_accounts,
        list(own_event['id'] ORDER BY own_event) FILTER (WHERE own_event IS NOT NULL) AS ids
    FROM (
        SELECT
            visited.cluster_id,
            visited.user_id,
            CAST(coalesce(sum(requests) FILTER (WHERE names.name IS NOT NULL), 0) AS BIGINT) AS own_requests,
            CAST(coalesce(
                sum(requests) FILTER (WHERE names.name IS NULL AND network_organization IS NOT NULL), 0
            ) AS BIGINT)
                AS other_requests,
            min({'at': first_at, 'id': first_id}) FILTER (WHERE names.name IS NOT NULL) AS own_event
        FROM cluster_networks AS visited
        LEFT JOIN names ON names.cluster_id = visited.cluster_id AND names.name = visited.network_organization
        GROUP BY ALL
    )
    GROUP BY ALL
),

colleagues AS (  -- accounts of the same organization that are not in the cluster
    SELECT
        clusters.cluster_id,
        count(*) AS colleagues,
        count(*) FILTER (WHERE people.has_requests) AS colleagues_with_requests
    FROM judged_clusters AS clusters
    JOIN people USING (organization_id)
    ANTI JOIN cluster_members AS inside ON inside.cluster_id = clusters.cluster_id AND inside.user_id = people.user_id
    GROUP BY ALL
),

endpoints AS (  -- first and last request of the six best linked accounts
    SELECT cluster_id, flatten(list([first_id, last_id] ORDER BY probability DESC, user_id))[:12] AS ids
    FROM (
        SELECT
            own.cluster_id,
            own.user_id,
            any_value(cluster_members.probability) AS probability,
            min({'at': timestamp, 'id': event_id})['id'] AS first_id,
            max({'at': timestamp, 'id': event_id})['id'] AS last_id
        FROM cluster_requests AS own
        JOIN cluster_members USING (cluster_id, user_id)
        GROUP BY ALL
    )
    GROUP BY ALL
),

available AS (  -- what the grounds could have been read from
    SELECT
        (SELECT count(coalesce(organization_id, email_domain)) FROM accounts) > 0 AS has_registration,
        (SELECT count(organization_id) FROM requests) > 0 AS has_tenants,
        (SELECT count(payment_fingerprint) FROM people) > 0 AS has_payments,
        (SELECT count(organization) FROM ip_ranges) > 0 AS has_networks
),

subjects AS (
    SELECT unnest(['L1', 'L2', 'L3', 'L4', 'colleagues', 'takeover', 'at_once']) AS subject
)

SELECT
    clusters.cluster_id,
    subjects.subject,
    CASE subjects.subject
        WHEN 'L1' THEN endpoints.ids
        WHEN 'L2' THEN list_concat(networks.ids[:6], tenants.ids[:6])
        WHEN 'takeover' THEN [takeovers.last_before_id, takeovers.first_new_id, takeovers.last_new_id]
        WHEN 'at_once' THEN CASE WHEN places_at_once.most_places >= 3 THEN places_at_once.most_places_ids END
    END AS cite,
    CASE subjects.subject
        WHEN 'L2' THEN clusters.organization_id IS NOT NULL
        WHEN 'takeover' THEN coalesce(takeovers.accounts_with_history, 0) > 0
        WHEN 'colleagues' THEN clusters.organization_id IS NOT NULL
        WHEN 'at_once' THEN places_at_once.cluster_id IS NOT NULL
        ELSE subjects.subject = 'L1'
    END AS assessed,
    clusters.size AS accounts,
    (SELECT count(*) FROM members WHERE members.cluster_id = clusters.cluster_id AND role = 'bridge') AS bridges,
    clusters.verdict,
    clusters.likelihood,
    clusters.confidence,
    coalesce(clusters.signals, []) AS signals,
    coalesce(clusters.families, []) AS families,
    clusters.organization_id,
    (SELECT min(organization_name) FROM names WHERE names.cluster_id = clusters.cluster_id) AS organization_name,
    coalesce(registration.registration_accounts, 0) AS registration_accounts,
    coalesce(registration.email_domain_accounts, 0) AS email_domain_accounts,
    coalesce(registration.registration_other_accounts, 0) AS registration_other_accounts,
    coalesce(tenants.tenant_accounts, 0) AS tenant_accounts,
    coalesce(tenants.tenant_other_accounts, 0) AS tenant_other_accounts,
    coalesce(payments.payment_accounts, 0) AS payment_accounts,
    coalesce(payments.payment_other_accounts, 0) AS payment_other_accounts,
    coalesce(networks.network_accounts, 0) AS network_accounts,
    coalesce(networks.network_requests, 0) AS network_requests,
    coalesce(networks.network_other_accounts, 0) AS network_other_accounts,
    available.*,
    coalesce(colleagues.colleagues, 0) AS colleagues,
    coalesce(colleagues.colleagues_with_requests, 0) AS colleagues_with_requests,
    coalesce(takeovers.accounts_active, 0) AS accounts_active,
    coalesce(takeovers.accounts_with_history, 0) AS accounts_with_history,
    coalesce(takeovers.accounts_new_networks, 0) AS accounts_new_networks,
    coalesce(takeovers.requests_compared, 0) AS requests_compared,
    coalesce(takeovers.requests_new_networks, 0) AS requests_new_networks,
    places_at_once.* EXCLUDE (cluster_id, most_places_ids)
FROM judged_clusters AS clusters
CROSS JOIN available
CROSS JOIN subjects
LEFT JOIN registration USING (cluster_id)
LEFT JOIN tenants USING (cluster_id)
LEFT JOIN payments USING (cluster_id)
LEFT JOIN networks USING (cluster_id)
LEFT JOIN colleagues USING (cluster_id)
LEFT JOIN takeovers USING (cluster_id)
LEFT JOIN places_at_once USING (cluster_id)
LEFT JOIN endpoints USING (cluster_id)
WHERE subjects.subject <> 'colleagues' OR clusters.organization_id IS NOT NULL
    OR (SELECT count(*) FROM accounts) = 0
ORDER BY clusters.cluster_id, subjects.subject
