-- Which stages of a project the requests show, and whether any lies after a stated end.
--
-- reads   cluster_generations, statements, statement_accounts
-- grain   one row per cluster and stage

SELECT
    asked.cluster_id,
    coalesce(asked.stage, 'no tokens') AS stage,
    count(*) AS requests,
    min(asked.timestamp) AS first_request,
    max(asked.timestamp) AS last_request,
    count(*) FILTER (WHERE asked.timestamp >= (
        SELECT min(coalesce(statements.made_at, statements.period_end)) FROM statements
        WHERE statements.claim = 'stopped_by' AND statements.statement_id IN (
            SELECT statement_id FROM statement_accounts WHERE statement_accounts.cluster_id = asked.cluster_id
        )
    )) AS after_the_statement_was_made
FROM cluster_generations AS asked
GROUP BY ALL
ORDER BY asked.cluster_id, first_request, stage
