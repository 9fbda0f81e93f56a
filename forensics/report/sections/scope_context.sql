-- Which side tables were given: what was not given could not be looked at.
--
-- reads  accounts, identities, ip_ranges, incidents, statements, terms
-- grain  one side table

SELECT name, given, used_for
FROM (
    SELECT 1 AS position, 'accounts' AS name, count(*) AS given, 'who owns an account, which organization' AS used_for FROM accounts
    UNION ALL
    SELECT 2, 'identities', count(*), 'which names, keys and subscriptions are one account' FROM identities
    UNION ALL
    SELECT 3, 'ip_ranges', count(*), 'which addresses are shared, and by whom' FROM ip_ranges
    UNION ALL
    SELECT 4, 'incidents', count(*), 'outages to test, deploys and launches as rival causes' FROM incidents
    UNION ALL
    SELECT 5, 'statements', count(*), 'what people said, to compare with the rows' FROM statements
    UNION ALL
    SELECT 6, 'terms', count(*), 'which clauses were in force' FROM terms
)
ORDER BY position
