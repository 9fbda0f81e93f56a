-- What each group of accounts did and declares, for the rules of the verdict.
--
-- reads   members, pairs, links, account_features, settings
-- grain   one row per group

WITH activity AS (
    SELECT
        members.cluster_id,
        count(*) AS size,
        min(account_features.first_seen) AS first_seen,
        max(account_features.last_seen) AS last_seen,
        CAST(sum(account_features.events) AS BIGINT) AS events,
        CAST(sum(account_features.object_requests) AS BIGINT) AS object_requests,
        CAST(sum(account_features.objects) AS BIGINT) AS objects
    FROM members JOIN account_features USING (user_id)
    GROUP BY ALL
),

organizations AS (
    SELECT cluster_id, organization_id, declaring
    FROM (
        SELECT members.cluster_id, account_features.organization_id, count(*) AS declaring
        FROM members JOIN account_features USING (user_id)
        WHERE account_features.organization_id IS NOT NULL
        GROUP BY ALL
    )
    QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY declaring DESC, organization_id) = 1
),

inside AS (  -- pairs with both ends in the group
    SELECT a.cluster_id, pairs.*
    FROM pairs
    JOIN members AS a ON a.user_id = pairs.user_id_a
    JOIN members AS b ON b.user_id = pairs.user_id_b AND b.cluster_id = a.cluster_id
),

signals AS (
    SELECT
        inside.cluster_id,
        list(DISTINCT links.signal ORDER BY links.signal) AS signals
    FROM inside
    JOIN links USING (user_id_a, user_id_b)
    CROSS JOIN settings
    WHERE links.bits >= settings.min_family_bits
    GROUP BY ALL
),

families AS (  -- as they were counted: two that one reason explains are one
    SELECT cluster_id, list(DISTINCT family ORDER BY family) AS families
    FROM (SELECT cluster_id, unnest(families) AS family FROM inside)
    GROUP BY cluster_id
)

SELECT
    activity.*,
    organizations.organization_id,
    round(coalesce(organizations.declaring, 0) / activity.size, 4) AS organization_share,
    coalesce(signals.signals, []) AS signals,
    coalesce(families.families, []) AS families
FROM activity
LEFT JOIN organizations USING (cluster_id)
LEFT JOIN signals USING (cluster_id)
LEFT JOIN families USING (cluster_id)
ORDER BY activity.cluster_id
