-- The declared outage that a statement about a duration can mean: the longest in its period; how long others failed in it.
-- A step that a finding query reads.
--
-- reads   statements, incidents, requests
-- grain   one row per statement about the duration of an outage, where a closed one lies in its period

WITH outages AS (  -- declared outages that a statement about a duration can mean
    SELECT
        statements.statement_id,
        incidents.incident_id,
        incidents.started_at,
        incidents.ended_at,
        (epoch_us(incidents.ended_at) - epoch_us(incidents.started_at)) // 60000000 AS minutes
    FROM statements
    JOIN incidents
        ON incidents.kind = 'outage' AND incidents.ended_at IS NOT NULL
        AND incidents.started_at < coalesce(statements.period_end, TIMESTAMPTZ 'infinity')
        AND incidents.ended_at > coalesce(statements.period_start, TIMESTAMPTZ '-infinity')
    WHERE statements.claim = 'outage_duration'
    QUALIFY row_number() OVER (
        PARTITION BY statements.statement_id
        ORDER BY incidents.ended_at - incidents.started_at DESC, incidents.started_at, incidents.incident_id
    ) = 1
),

blocks AS (  -- ten minutes each from a day before to the end: 0 begins with the outage
    SELECT
        outages.statement_id,
        (epoch_us(requests.timestamp) - epoch_us(outages.started_at) + 86400000000) // 600000000 - 144 AS block,
        count(requests.http_response_status_code) AS answered,
        count(*) FILTER (WHERE requests.http_response_status_code BETWEEN 500 AND 599) AS failed
    FROM outages
    JOIN requests
        ON requests.timestamp >= outages.started_at - INTERVAL '24 hours' AND requests.timestamp < outages.ended_at
    GROUP BY ALL
),

failing AS (
    SELECT
        blocks.statement_id,
        10 * count(*) FILTER (
            WHERE blocks.block >= 0 AND blocks.failed * base.answered >= 2 * base.failed * blocks.answered
            AND 100 * (blocks.failed * base.answered - base.failed * blocks.answered)
                >= blocks.answered * base.answered
        ) AS minutes_failing
    FROM blocks
    JOIN (
        SELECT statement_id, CAST(sum(answered) AS BIGINT) AS answered, CAST(sum(failed) AS BIGINT) AS failed
        FROM blocks
        WHERE block < 0
        GROUP BY ALL
    ) AS base USING (statement_id)
    WHERE blocks.answered > 0
    GROUP BY ALL
)

SELECT
    outages.statement_id,
    outages.incident_id,
    outages.minutes AS outage_minutes,
    (SELECT outages.started_at >= min(timestamp) AND outages.ended_at <= max(timestamp) FROM requests)
        AS outage_is_covered,
    failing.minutes_failing
FROM outages
LEFT JOIN failing USING (statement_id)
ORDER BY outages.statement_id
