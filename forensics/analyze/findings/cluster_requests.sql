-- The requests of the clusters that findings speak about.
-- A step that several finding queries read.
--
-- reads   clusters, cluster_members, requests
-- grain   one row per request of a member of a cluster whose verdict is coordinated or undecided

SELECT cluster_members.cluster_id, requests.*
FROM requests
JOIN cluster_members USING (user_id)
JOIN clusters USING (cluster_id)
WHERE clusters.verdict IN ('coordinated', 'undecided')
ORDER BY cluster_members.cluster_id, requests.user_id, requests.timestamp, requests.content_sha256, requests.log_offset
