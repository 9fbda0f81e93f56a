-- Which client names and fingerprints members share, and how common these are.
--
-- reads   account_values, cluster_members, judged_clusters
-- grain   one row per cluster and client value of two members

WITH everybody AS (
    SELECT attribute, value, count(*) AS accounts
    FROM account_values
    WHERE attribute IN ('user_agent', 'ja4')
    GROUP BY ALL
)

SELECT
    cluster_members.cluster_id,
    mine.attribute,
    mine.value,
    count(*) AS members,
    any_value(everybody.accounts) AS accounts
FROM account_values AS mine
JOIN cluster_members USING (user_id)
JOIN judged_clusters USING (cluster_id)
JOIN everybody ON everybody.attribute = mine.attribute AND everybody.value = mine.value
GROUP BY ALL
HAVING count(*) >= 2
ORDER BY cluster_members.cluster_id, members DESC, mine.attribute, mine.value
