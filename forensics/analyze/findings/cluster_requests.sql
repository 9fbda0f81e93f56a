-- The requests of the clusters that findings speak about.
-- A step that several finding queries read.
--
-- reads   judged_clusters, cluster_members, requests
-- grain   one row per request of a member of a cluster whose verdict is coordinated or undecided

SELECT cluster_members.cluster_id, requests.*
FROM requests
JOIN cluster_members USING (user_id)
JOIN judged_clusters USING (cluster_id)
ORDER BY cluster_members.cluster_id, requests.user_id, requests.timestamp, requests.content_sha256, requests.log_offset
