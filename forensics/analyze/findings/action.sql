-- What each step of the ladder rests on, and whom each policy would reach: numbers, no decision.
--
-- reads   judged_clusters, clusters, cluster_members, findings, incidents, accounts, account_features, cluster_acts, policy_hits, automation_rates, account_values, takeovers, places_at_once, policy
-- grain   one row per cluster findings speak about; one per other organization with accounts of aggressive automation,
--         or one for all such accounts where no account is on record

WITH held AS (  -- what the findings about a cluster say, one word each
    SELECT
        cluster_id,
        bool_or(kind = 'automation' AND json_extract_string(detail, '$.is_aggressive') = 'true') AS automation,
        bool_or(kind = 'distillation' AND json_extract_string(detail, '$.holds') = 'true') AS distillation,
        bool_or(
            kind = 'harvest'
            AND CAST(json_extract_string(detail, '$.objects') AS BIGINT) >= policy.harvest_objects
        ) AS harvest,
        bool_or(
            kind = 'service_impact' AND json_extract_string(detail, '$.outcome')
                IN ('consistent_with_contributing', 'every_test_holds')
        ) AS service_impact,
        bool_or(kind = 'terms' AND CAST(json_extract_string(detail, '$.acts_in_force') AS BIGINT) > 0) AS terms,
        bool_or(
            kind = 'attribution' AND subject = 'L2' AND json_extract_string(detail, '$.established') = 'true'
        ) AS organization,
        list({'clause': json_extract_string(detail, '$.clause'), 'version': json_extract_string(detail, '$.version')}
            ORDER BY subject) FILTER (
            WHERE kind = 'terms' AND CAST(json_extract_string(detail, '$.acts_in_force') AS BIGINT) > 0
        ) AS clauses
    FROM findings CROSS JOIN policy
    WHERE assessed AND cluster_id IS NOT NULL
    GROUP BY ALL
),

unjudged AS (  -- triggers that no finding about the cluster could assess
    SELECT cluster_id, list(trigger ORDER BY trigger) AS triggers
    FROM (
        SELECT
            judged_clusters.cluster_id,
            CASE findings.kind WHEN 'attribution' THEN 'organization' ELSE findings.kind END AS trigger
        FROM judged_clusters
        JOIN findings ON findings.cluster_id = judged_clusters.cluster_id OR findings.cluster_id IS NULL
        WHERE findings.kind IN ('harvest', 'distillation', 'service_impact', 'terms')
            OR (findings.kind = 'attribution' AND findings.subject = 'L2')
        GROUP BY ALL
        HAVING NOT bool_or(
            findings.assessed AND coalesce(json_extract_string(findings.detail, '$.outcome'), '') <> 'not_testable'
        )
    )
    GROUP BY ALL
),

warned AS (  -- a warning on record that names a member, the cluster or its organization, and acts after it
    SELECT judged_clusters.cluster_id, min(incidents.started_at) AS warned_at
    FROM judged_clusters
    JOIN cluster_members USING (cluster_id)
    JOIN incidents
        ON incidents.kind = 'warning'
        AND incidents.scope IN (judged_clusters.cluster_id, judged_clusters.organization_id, cluster_members.user_id)
    JOIN cluster_acts
        ON cluster_acts.cluster_id = judged_clusters.cluster_id AND cluster_acts.timestamp > incidents.started_at
    GROUP BY ALL
),

instruments AS (  -- instruments that members share and nobody else has: victims of theft have none in common
    SELECT judged_clusters.cluster_id, count(*) AS shared
    FROM judged_clusters
    JOIN (
        SELECT inside.cluster_id, account_values.value
        FROM account_values
        JOIN cluster_members AS inside USING (user_id)
        WHERE account_values.attribute IN ('payment', 'phone', 'device')
        GROUP BY inside.cluster_id, account_values.attribute, account_values.value
        HAVING count(*) >= 2
    ) AS common USING (cluster_id)
    GROUP BY ALL
),

taken_over AS (  -- most requests in the activity from networks new to the accounts, or most accounts used from many
    -- places at once; and no instrument in common
    SELECT
        judged_clusters.cluster_id,
        2 * takeovers.requests_new_networks > takeovers.requests_compared AS by_new_networks
    FROM judged_clusters
    LEFT JOIN takeovers USING (cluster_id)
    LEFT JOIN places_at_once USING (cluster_id)
    LEFT JOIN instruments USING (cluster_id)
    WHERE instruments.shared IS NULL
        AND (
            2 * takeovers.requests_new_networks > takeovers.requests_compared
            OR 2 * places_at_once.accounts_at_once > places_at_once.accounts_located
        )
),

reached AS (
    SELECT
        cluster_id,
        policy,
        count(*) AS accounts,
        count(*) FILTER (WHERE is_member) AS accounts_linked,
        count(*) FILTER (WHERE NOT is_member) AS accounts_not_linked,
        count(*) FILTER (WHERE is_actionable) AS accounts_ready_for_review,
        count(*) FILTER (WHERE NOT is_member AND is_aggressive) AS accounts_not_linked_aggressive,
        count(*) FILTER (WHERE NOT is_member AND is_paying) AS accounts_not_linked_paying,
        list(user_id ORDER BY requests DESC, user_id) FILTER (WHERE NOT is_member)[:20] AS not_linked
    FROM policy_hits
    GROUP BY ALL
),

reach AS (
    SELECT cluster_id, list({
        'policy': policy, 'accounts': accounts, 'accounts_linked': accounts_linked,
        'accounts_not_linked': accounts_not_linked, 'accounts_ready_for_review': accounts_ready_for_review,
        'accounts_not_linked_aggressive': accounts_not_linked_aggressive,
        'accounts_not_linked_paying': accounts_not_linked_paying, 'not_linked': array_to_string(not_linked, ', ')
    } ORDER BY accounts_not_linked, policy) AS reach
    FROM reached
    GROUP BY ALL
),

people AS (
    SELECT
        coalesce(accounts.user_id, account_features.user_id) AS user_id,
        coalesce(accounts.organization_id, account_features.organization_id) AS organization_id,
        coalesce(account_features.events, 0) AS requests
    FROM accounts
    FULL JOIN account_features ON account_features.user_id = accounts.user_id
),

outside AS (  -- accounts outside every cluster told here, and whether they are aggressive by themselves
    SELECT people.*, coalesce(rates.is_aggressive, false) AS is_aggressive
    FROM people
    LEFT JOIN automation_rates AS rates ON rates.user_id = people.user_id
    ANTI JOIN (SELECT user_id FROM cluster_members JOIN clusters USING (cluster_id)
               WHERE clusters.verdict IN ('coordinated', 'undecided', 'authorized_automation')) AS inside
        ON inside.user_id = people.user_id
),

elsewhere AS (  -- their organizations, where one of them is
    SELECT
        organization_id,
        count(*) FILTER (WHERE is_aggressive) AS accounts,
        count(*) FILTER (WHERE NOT is_aggressive) AS accounts_not_involved,
        list(user_id ORDER BY requests DESC, user_id) FILTER (WHERE is_aggressive)[:20] AS accounts_involved,
        list(user_id ORDER BY requests DESC, user_id) FILTER (WHERE NOT is_aggressive)[:20] AS not_involved
    FROM outside
    CROSS JOIN policy
    WHERE organization_id IS NOT NULL AND NOT list_contains(policy.authorized_organizations, organization_id)
    GROUP BY ALL
    HAVING count(*) FILTER (WHERE is_aggressive) > 0
)

SELECT
    judged_clusters.cluster_id,
    CAST(NULL AS VARCHAR) AS subject,
    [] AS cite,
    true AS assessed,
    judged_clusters.size AS accounts,
    judged_clusters.verdict,
    judged_clusters.organization_id,
    judged_clusters.first_seen,
    judged_clusters.last_seen,
    (SELECT count(*) FROM cluster_members
     WHERE cluster_members.cluster_id = judged_clusters.cluster_id AND cluster_members.actionable) AS actionable,
    judged_clusters.verdict = 'coordinated' AS coordinated,
    coalesce(held.automation, false) AS automation,
    coalesce(held.harvest, false) AS harvest,
    coalesce(held.distillation, false) AS distillation,
    coalesce(held.service_impact, false) AS service_impact,
    coalesce(held.terms, false) AS terms,
    coalesce(held.organization, false) AND taken_over.cluster_id IS NULL AS organization,
    taken_over.cluster_id IS NOT NULL AS takeover_open,
    coalesce(taken_over.by_new_networks, false) AS takeover_by_new_networks,
    warned.warned_at IS NOT NULL AS warned,
    coalesce(unjudged.triggers, []) AS not_assessed,
    coalesce(held.clauses, []) AS clauses,
    coalesce(reach.reach, []) AS reach,
    CAST(NULL AS BIGINT) AS accounts_not_involved,
    CAST([] AS VARCHAR[]) AS accounts_involved,
    {
        'warn': policy.warn, 'throttle': policy.throttle, 'suspend': policy.suspend,
        'demand_changes': policy.demand_changes, 'terminate': policy.terminate,
        'ban_organization': policy.ban_organization
    } AS ladder,
    policy.appeal
FROM judged_clusters
CROSS JOIN policy
LEFT JOIN held ON held.cluster_id = judged_clusters.cluster_id
LEFT JOIN taken_over ON taken_over.cluster_id = judged_clusters.cluster_id
LEFT JOIN unjudged ON unjudged.cluster_id = judged_clusters.cluster_id
LEFT JOIN warned ON warned.cluster_id = judged_clusters.cluster_id
LEFT JOIN reach ON reach.cluster_id = judged_clusters.cluster_id
UNION ALL BY NAME
SELECT
    NULL AS cluster_id,
    elsewhere.organization_id AS subject,
    [] AS cite,
    true AS assessed,
    elsewhere.organization_id,
    elsewhere.accounts,
    elsewhere.accounts_not_involved,
    elsewhere.accounts_involved,
    elsewhere.not_involved,
    policy.appeal
FROM elsewhere CROSS JOIN policy
UNION ALL BY NAME
SELECT
    NULL AS cluster_id, NULL AS subject, [] AS cite, false AS assessed,
    count(*) FILTER (WHERE is_aggressive) AS accounts
FROM outside
WHERE (SELECT count(*) FROM accounts) = 0
HAVING count(*) FILTER (WHERE is_aggressive) > 0
ORDER BY cluster_id NULLS FIRST, subject
