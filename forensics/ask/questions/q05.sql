-- Who made the requests in the hour before each outage.
--
-- reads   requests, tested_outages, cluster_members, judged_clusters
-- grain   one row per outage and account, the twenty with the most requests

WITH members AS (
    SELECT user_id, min(cluster_id) AS cluster_id FROM cluster_members JOIN judged_clusters USING (cluster_id) GROUP BY ALL
),

before AS (
    SELECT
        outages.subject,
        requests.user_id,
        count(*) AS requests,
        CAST(coalesce(sum(requests.response_bytes), 0) AS BIGINT) AS bytes,
        count(DISTINCT requests.object_id) AS objects
    FROM tested_outages AS outages
    JOIN requests
        ON requests.timestamp >= outages.started_at - INTERVAL '60 minutes' AND requests.timestamp < outages.started_at
    GROUP BY ALL
)

SELECT
    before.subject AS outage,
    coalesce(before.user_id, 'no account') AS user_id,
    members.cluster_id,
    before.requests,
    before.bytes,
    before.objects,
    CAST(sum(before.requests) OVER (PARTITION BY before.subject) AS BIGINT) AS all_requests
FROM before
LEFT JOIN members ON members.user_id = before.user_id
QUALIFY row_number() OVER (PARTITION BY before.subject ORDER BY before.requests DESC, before.user_id) <= 20
ORDER BY outage, before.requests DESC, user_id
