-- The clusters that findings speak about: those a person has to look at.
-- A step that several finding queries read.
--
-- reads   clusters
-- grain   one row per cluster whose verdict is coordinated or undecided

SELECT * EXCLUDE (campaign)
FROM clusters
WHERE verdict IN ('coordinated', 'undecided')
ORDER BY cluster_id
