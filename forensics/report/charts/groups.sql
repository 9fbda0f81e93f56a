-- A large cluster by the address range that each account used most: how many accounts, and how many pairs are linked
-- inside a range and between two.
--
-- reads  pairs, cluster_members, clusters, requests
-- grain  one pair of ranges of one cluster of more than 24 accounts, or one range with itself; the 15 largest ranges,
--        the others together

WITH large AS (  -- clusters that a circle of accounts cannot show
    SELECT cluster_id
    FROM clusters
    WHERE verdict IN ('coordinated', 'undecided') AND size > 24
),

members AS (
    SELECT cluster_id, user_id
    FROM cluster_members
    JOIN large USING (cluster_id)
),

homes AS (  -- the range each account used most
    SELECT members.cluster_id, members.user_id, coalesce(requests.source_range, 'no address') AS home
    FROM members
    LEFT JOIN requests USING (user_id)
    GROUP BY members.cluster_id, members.user_id, requests.source_range
    QUALIFY row_number() OVER (PARTITION BY members.cluster_id, members.user_id ORDER BY count(*) DESC, home) = 1
),

ranked AS (  -- the ranges by their accounts
    SELECT
        cluster_id,
        home,
        row_number() OVER (PARTITION BY cluster_id ORDER BY count(*) DESC, home) AS place,
        count(*) OVER (PARTITION BY cluster_id) AS ranges
    FROM homes
    GROUP BY cluster_id, home
),

placed AS MATERIALIZED (  -- every account in one of at most 16 groups
    SELECT
        homes.cluster_id,
        homes.user_id,
        least(ranked.place, 16) AS position,
        CASE WHEN ranked.place <= 15 THEN home ELSE 'other ranges' END AS name,
        ranked.ranges
    FROM homes
    JOIN ranked USING (cluster_id, home)
),

groups AS (
    SELECT cluster_id, position, name, any_value(ranges) AS ranges, count(*) AS accounts
    FROM placed
    GROUP BY cluster_id, position, name
),

begun AS MATERIALIZED (  -- two tables at a time: all accounts of a cluster with each other would be too many
    SELECT placed.cluster_id, placed.position, pairs.user_id_b, pairs.bits
    FROM pairs
    JOIN placed ON placed.user_id = pairs.user_id_a
),

linked AS (  -- pairs inside one cluster, by the groups of their accounts
    SELECT
        a.cluster_id,
        least(a.position, b.position) AS position_a,
        greatest(a.position, b.position) AS position_b,
        count(*) AS pairs,
        max(a.bits) AS most_bits
    FROM begun AS a
    JOIN placed AS b ON b.user_id = a.user_id_b AND b.cluster_id = a.cluster_id
    GROUP BY ALL
)

SELECT
    a.cluster_id,
    a.position AS position_a,
    a.name AS name_a,
    a.accounts AS accounts_a,
    b.position AS position_b,
    b.name AS name_b,
    b.accounts AS accounts_b,
    coalesce(linked.pairs, 0) AS pairs,
    linked.most_bits,
    a.ranges
FROM groups AS a
JOIN groups AS b ON b.cluster_id = a.cluster_id AND b.position >= a.position
LEFT JOIN linked ON linked.cluster_id = a.cluster_id AND position_a = a.position AND position_b = b.position
WHERE a.position = b.position OR linked.pairs > 0
ORDER BY a.cluster_id, a.position, b.position
