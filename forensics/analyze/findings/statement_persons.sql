-- What logs show of how many hands used the accounts of a subject: nothing here counts persons.
-- A step that a finding query reads.
--
-- reads   statements, statement_accounts, requests, account_values, places_at_once
-- grain   one row per statement about how many accounts or persons there were, where a cluster belongs to its subject

WITH members AS (
    SELECT statement_accounts.*
    FROM statement_accounts
    JOIN statements USING (statement_id)
    WHERE statements.claim = 'only_accounts' AND statement_accounts.cluster_id IS NOT NULL
),

together AS (  -- minutes in which one of the accounts was used, and two or more
    SELECT statement_id, count(*) AS minutes_used, count(*) FILTER (WHERE accounts >= 2) AS minutes_together
    FROM (
        SELECT
            members.statement_id,
            time_bucket(INTERVAL '1 minute', requests.timestamp) AS minute,
            count(DISTINCT requests.user_id) AS accounts
        FROM members
        JOIN requests USING (user_id)
        GROUP BY ALL
    )
    GROUP BY ALL
),

shown AS (  -- devices on record, and client names in the logs
    SELECT
        members.statement_id,
        count(DISTINCT account_values.value) FILTER (WHERE attribute = 'device') AS devices,
        count(DISTINCT account_values.value) FILTER (WHERE attribute = 'user_agent') AS clients
    FROM members
    JOIN account_values USING (user_id)
    GROUP BY ALL
),

spread AS (  -- accounts used from many places at once
    SELECT statement_id, CAST(sum(places_at_once.accounts_at_once) AS BIGINT) AS accounts_at_once
    FROM (SELECT DISTINCT statement_id, cluster_id FROM members)
    JOIN places_at_once USING (cluster_id)
    GROUP BY ALL
)

SELECT
    together.*,
    coalesce(shown.devices, 0) AS devices,
    coalesce(shown.clients, 0) AS clients,
    coalesce(spread.accounts_at_once, 0) AS accounts_at_once
FROM together
LEFT JOIN shown USING (statement_id)
LEFT JOIN spread USING (statement_id)
ORDER BY together.statement_id
