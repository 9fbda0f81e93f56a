-- Which members share addresses and ranges, and how common that is.
--
-- reads   account_values, cluster_members, judged_clusters
-- grain   one row per cluster and address or range that two members show

WITH everybody AS (
    SELECT attribute, value, count(*) AS accounts
    FROM account_values
    WHERE attribute IN ('source_ip', 'source_range')
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
