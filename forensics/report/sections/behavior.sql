-- What the accounts of a cluster asked for: templates of requests with answers, objects and volume.
--
-- reads  requests, cluster_members, clusters
-- grain  one template of one cluster

SELECT
    cluster_members.cluster_id,
    requests.template,
    count(*) AS requests,
    count(DISTINCT requests.user_id) AS accounts,
    count(DISTINCT requests.object_id) FILTER (WHERE requests.http_response_status_code BETWEEN 200 AND 299) AS objects,
    count(*) FILTER (WHERE requests.http_response_status_code BETWEEN 200 AND 299) AS answered,
    count(*) FILTER (WHERE requests.http_response_status_code BETWEEN 400 AND 499) AS refused,
    count(*) FILTER (WHERE requests.http_response_status_code >= 500) AS failed,
    sum(requests.response_bytes)::BIGINT AS response_bytes
FROM requests
JOIN cluster_members USING (user_id)
JOIN clusters USING (cluster_id)
WHERE clusters.verdict IN ('coordinated', 'undecided')
GROUP BY cluster_members.cluster_id, requests.template
ORDER BY cluster_members.cluster_id, requests DESC, requests.template
