-- Whom a statement is about: its subject read as an organization, an account or a cluster.
-- An organization stands for the accounts that declare it and for the clusters that declare it.
-- A step that several finding queries read.
--
-- reads   statements, accounts, account_features, judged_clusters, cluster_members
-- grain   one row per statement and account

WITH people AS (  -- everybody on record or in the logs, the accounts table wins
    SELECT
        coalesce(accounts.user_id, account_features.user_id) AS user_id,
        lower(trim(coalesce(accounts.organization_id, account_features.organization_id))) AS organization_id,
        lower(trim(coalesce(accounts.organization_name, account_features.organization_name))) AS organization_name,
        lower(trim(coalesce(accounts.email_domain, account_features.email_domain))) AS email_domain,
        coalesce(accounts.channel, account_features.channel) AS channel
    FROM accounts
    FULL JOIN account_features ON account_features.user_id = accounts.user_id
),

inside AS (
    SELECT cluster_members.cluster_id, cluster_members.user_id, lower(trim(judged_clusters.organization_id)) AS organization_id
    FROM cluster_members JOIN judged_clusters USING (cluster_id)
),

subjects AS (
    SELECT statement_id, lower(trim(subject)) AS subject FROM statements WHERE subject IS NOT NULL
),

organizations AS (  -- the ids a subject's name may stand for
    SELECT DISTINCT subjects.statement_id, people.organization_id
    FROM subjects
    JOIN people ON subjects.subject IN (people.organization_id, people.organization_name, people.email_domain)
    WHERE people.organization_id IS NOT NULL
),

meant AS (
    SELECT statement_id, user_id FROM subjects JOIN people ON people.user_id IS NOT NULL AND lower(people.user_id) = subject
    UNION
    SELECT statement_id, user_id FROM subjects JOIN inside ON lower(inside.cluster_id) = subject
    UNION
    SELECT statement_id, user_id FROM organizations JOIN people USING (organization_id)
    UNION
    SELECT statement_id, user_id FROM organizations JOIN inside USING (organization_id)
)

SELECT meant.statement_id, meant.user_id, min(inside.cluster_id) AS cluster_id, min(people.channel) AS channel
FROM meant
LEFT JOIN inside ON inside.user_id = meant.user_id
LEFT JOIN people ON people.user_id = meant.user_id
GROUP BY meant.statement_id, meant.user_id
ORDER BY meant.statement_id, meant.user_id
