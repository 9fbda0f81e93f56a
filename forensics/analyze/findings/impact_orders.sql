-- How closely a cluster's load meets the failures of everybody else, beside chance: whole hours of its load are dealt out
-- anew 199 times, each order by a hash of its number, the same on every machine.
-- A step that a finding query reads.
--
-- reads   impact_blocks
-- grain   one row per cluster and outage where both the load and the failures are not nothing

WITH doses AS MATERIALIZED (  -- the day before and the outage, up to a week of it: load of the cluster, failures of others
    SELECT
        cluster_id,
        subject,
        block // 6 - CASE WHEN block < 0 AND block % 6 <> 0 THEN 1 ELSE 0 END AS hour,
        (block % 6 + 6) % 6 AS nth,
        requests_cluster AS load,
        CASE WHEN others > 0 THEN 10000 * others_failed // others ELSE 0 END AS rate
    FROM impact_blocks
    WHERE block BETWEEN -144 AND 1007
),

exposed AS (  -- clusters with any load in that window: the others have no dose
    SELECT cluster_id, subject FROM doses GROUP BY ALL HAVING sum(load) > 0 AND sum(rate) > 0
),

hours AS (
    SELECT DISTINCT cluster_id, subject, hour FROM doses SEMI JOIN exposed USING (cluster_id, subject)
),

orders AS (  -- 0 is the order as it was; the others deal the hours by a hash of their number
    SELECT
        cluster_id,
        subject,
        dealt.number,
        hour,
        row_number() OVER (PARTITION BY cluster_id, subject, dealt.number ORDER BY hour) AS place,
        row_number() OVER (
            PARTITION BY cluster_id, subject, dealt.number
            ORDER BY CASE WHEN dealt.number > 0 THEN md5(concat(dealt.number, ':', hour)) END, hour
        ) AS dealt_place
    FROM hours CROSS JOIN (SELECT unnest(range(200)) AS number) AS dealt
),

dealt_hours AS (  -- which hour's load meets which hour's failures
    SELECT a.cluster_id, a.subject, a.number, a.hour, b.hour AS load_hour
    FROM orders AS a
    JOIN orders AS b
        ON b.cluster_id = a.cluster_id AND b.subject = a.subject AND b.number = a.number AND b.dealt_place = a.place
),

statistics AS (
    SELECT
        dealt_hours.cluster_id,
        dealt_hours.subject,
        dealt_hours.number,
        CAST(sum(load.load * rate.rate) AS HUGEINT) AS statistic
    FROM dealt_hours
    JOIN doses AS rate
        ON rate.cluster_id = dealt_hours.cluster_id AND rate.subject = dealt_hours.subject
        AND rate.hour = dealt_hours.hour
    JOIN doses AS load
        ON load.cluster_id = dealt_hours.cluster_id AND load.subject = dealt_hours.subject
        AND load.hour = dealt_hours.load_hour AND load.nth = rate.nth
    GROUP BY ALL
)

SELECT  -- of 200 orders, the one observed included, how many are at least as extreme
    observed.cluster_id,
    observed.subject,
    count(*) FILTER (WHERE other.statistic >= observed.statistic) AS orders_as_extreme
FROM statistics AS observed
JOIN statistics AS other ON other.cluster_id = observed.cluster_id AND other.subject = observed.subject
WHERE observed.number = 0
GROUP BY ALL
ORDER BY observed.cluster_id, observed.subject
