-- An organization as a whole: accounts on record, with requests, and in clusters.
--
-- reads   account_features, accounts, cluster_members, judged_clusters
-- params  $subject  what the dossier is about
-- grain   one row

WITH people AS (
    SELECT
        coalesce(accounts.user_id, features.user_id) AS user_id,
        coalesce(accounts.organization_id, features.organization_id) AS organization_id,
        coalesce(accounts.organization_name, features.organization_name) AS organization_name,
        features.events
    FROM accounts FULL JOIN account_features AS features ON features.user_id = accounts.user_id
)

SELECT
    people.organization_id,
    min(people.organization_name) AS organization_name,
    count(*) AS accounts,
    count(people.events) AS accounts_with_requests,
    CAST(coalesce(sum(people.events), 0) AS BIGINT) AS requests,
    count(*) FILTER (WHERE people.user_id IN (
        SELECT cluster_members.user_id FROM cluster_members JOIN judged_clusters USING (cluster_id)
    )) AS accounts_in_clusters
FROM people
WHERE lower($subject) IN (lower(people.organization_id), lower(people.organization_name))
GROUP BY people.organization_id
ORDER BY people.organization_id
