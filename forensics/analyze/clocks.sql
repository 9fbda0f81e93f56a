-- Accounts that a clock drives: eight of their requests, or of their starts behind a pause, at even distances.
-- Even: the median absolute deviation of the distances is a quarter of their median or less. A start is the first request
-- behind a pause longer than a bin of ten seconds, a minute, five or thirty; a clock is told for each of these that is no
-- longer than its distances, so that what happens within one bin is one start.
--
-- reads   activity, people, candidates, account_features
-- grain   one row per scale (s) and account with any candidate

WITH scales AS (
    SELECT CAST(unnest([10, 60, 300, 1800]) AS INTEGER) AS scale
),

asked AS MATERIALIZED (
    SELECT people.user_id, people.person
    FROM people SEMI JOIN (SELECT unnest([a, b]) AS person FROM candidates) AS candidate ON candidate.person = people.person
),

gaps AS (
    SELECT asked.person, activity.bin, activity.bin - lag(activity.bin) OVER (
        PARTITION BY asked.person ORDER BY activity.bin
    ) AS gap
    FROM activity JOIN asked USING (user_id)
),

starts AS (  -- tens of seconds
    SELECT scales.scale AS pause, gaps.person, gaps.bin FROM gaps JOIN scales ON gaps.gap * 10 > scales.scale
),

even AS MATERIALIZED (  -- seconds from one start to the next, where these are even
    SELECT pause, person, 10 * median(gap) AS period
    FROM (SELECT pause, person, bin - lag(bin) OVER (PARTITION BY pause, person ORDER BY bin) AS gap FROM starts)
    GROUP BY pause, person
    HAVING count(gap) >= 8 AND mad(gap) * 4 <= median(gap)
)

SELECT scale, person, min(period) AS period
FROM (
    SELECT scales.scale, even.person, even.period FROM even JOIN scales ON scales.scale <= even.pause
    UNION ALL
    SELECT scales.scale, asked.person, account_features.gap_median_us / 1e6
    FROM asked
    JOIN account_features USING (user_id)
    JOIN scales ON account_features.gap_median_us >= scales.scale * 1000000
    WHERE account_features.events >= 8 AND gap_mad_us * 4 <= gap_median_us
)
GROUP BY scale, person
ORDER BY scale, person
