-- What could be shared: every attribute value of every account.
--
-- reads   requests, account_features, enumerations, as_numbers, mail_domains
-- grain   one row per attribute, value and account

WITH acts AS (  -- a path without ids names content: who reads the same pages shares a taste
    SELECT
        CASE
            WHEN contains(template, '{id}') OR http_request_method NOT IN ('GET', 'HEAD') THEN template
        END AS endpoint,
        user_id,
        timestamp
    FROM requests
),

logged AS MATERIALIZED (  -- seen in the logs
    SELECT 'source_ip' AS attribute, source_ip AS value, user_id,
        count(*) AS events, min(timestamp) AS first_seen, max(timestamp) AS last_seen
    FROM requests WHERE user_id IS NOT NULL AND source_ip <> '' GROUP BY source_ip, user_id
    UNION ALL
    SELECT 'source_range' AS attribute, source_range AS value, user_id,
        count(*) AS events, min(timestamp) AS first_seen, max(timestamp) AS last_seen
    FROM requests WHERE user_id IS NOT NULL AND source_range <> '' GROUP BY source_range, user_id
    UNION ALL
    SELECT 'user_agent' AS attribute, user_agent_original AS value, user_id,
        count(*) AS events, min(timestamp) AS first_seen, max(timestamp) AS last_seen
    FROM requests WHERE user_id IS NOT NULL AND user_agent_original <> '' GROUP BY user_agent_original, user_id
    UNION ALL
    SELECT 'ja4' AS attribute, tls_client_ja4 AS value, user_id,
        count(*) AS events, min(timestamp) AS first_seen, max(timestamp) AS last_seen
    FROM requests WHERE user_id IS NOT NULL AND tls_client_ja4 <> '' GROUP BY tls_client_ja4, user_id
    UNION ALL
    SELECT 'prompt' AS attribute, gen_ai_prompt_hash AS value, user_id,
        count(*) AS events, min(timestamp) AS first_seen, max(timestamp) AS last_seen
    FROM requests WHERE user_id IS NOT NULL AND gen_ai_prompt_hash <> '' GROUP BY gen_ai_prompt_hash, user_id
    UNION ALL
    SELECT 'endpoint' AS attribute, endpoint AS value, user_id,
        count(*) AS events, min(timestamp) AS first_seen, max(timestamp) AS last_seen
    FROM acts WHERE user_id IS NOT NULL AND endpoint <> '' GROUP BY endpoint, user_id
),

declared AS (  -- told by the accounts table, or by a tenant field in the log
    SELECT
        unnest(['organization', 'email_domain', 'payment', 'phone', 'device', 'signup']) AS attribute,
        unnest([
            organization_id, coalesce(mail_domains.registrable_domain, email_domain), payment_fingerprint, phone_fingerprint, device_fingerprint,
            strftime(time_bucket(INTERVAL '10 minutes', created_at), '%Y-%m-%dT%H:%MZ')
        ]) AS value,
        user_id
    FROM account_features LEFT JOIN mail_domains USING (email_domain)
),

scheduled AS (  -- a machine's rhythm: period within 2 %, and its phase where it divides the hour
    SELECT
        account_features.user_id,
        concat(
            CAST(round(ln(gap_median_us / 1e6) / ln(1.02)) AS BIGINT), ':',
            CASE WHEN period_s > 0 AND 3600 % period_s = 0
                THEN quantile_disc((epoch_us(requests.timestamp) // 1000000) % period_s, 0.5) * 20 // period_s END
        ) AS value
    FROM account_features
    JOIN requests USING (user_id)
    CROSS JOIN LATERAL (SELECT CAST(round(gap_median_us / 1e6) AS BIGINT) AS period_s)
    WHERE events >= 50 AND gap_median_us >= 5000000 AND gap_mad_us * 20 < gap_median_us
    GROUP BY account_features.user_id, gap_median_us, period_s
)

SELECT attribute, value, user_id, events, first_seen, last_seen FROM logged
UNION ALL
SELECT 'habitual_prompt', value, user_id, events, first_seen, last_seen  -- a prompt that an account keeps asking
FROM logged WHERE attribute = 'prompt' AND events >= 3
UNION ALL
SELECT attribute, value, user_id, 0, NULL, NULL FROM declared WHERE value IS NOT NULL AND value <> ''
UNION ALL
SELECT 'schedule', value, user_id, 0, NULL, NULL FROM scheduled
UNION ALL
SELECT 'as_number', CAST(as_number AS VARCHAR), user_id, events, first_seen, last_seen FROM as_numbers
UNION ALL
SELECT 'enumeration', concat(space, ' ', stretch), user_id, steps, first_seen, last_seen FROM enumerations
ORDER BY attribute, value, user_id
