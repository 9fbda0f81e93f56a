-- Declared outages as they are tested: told apart by a number where one id stands twice; an open one lasts to the end
-- of the logs. Words of its scope are matched with segments of paths and with words of the names of log files; a scope
-- that matches nothing, or says all, takes the whole service.
-- A step that several finding queries read.
--
-- reads   incidents, requests, log_files
-- grain   one row per outage

WITH covered AS (
    SELECT min(timestamp) AS first_event, max(timestamp) AS last_event FROM requests
),

outages AS (
    SELECT
        concat(incident_id, CASE WHEN row_number() OVER same > 1 THEN concat(' #', row_number() OVER same) END)
            AS subject,
        incident_id,
        started_at,
        coalesce(ended_at, covered.last_event) AS ended_at,
        ended_at IS NULL AS is_open,
        covered.first_event,
        covered.last_event,
        scope,
        list_filter(regexp_split_to_array(lower(coalesce(scope, '')), '[^a-z0-9_-]+'), lambda word: word <> '') AS words
    FROM incidents
    CROSS JOIN covered
    WHERE kind = 'outage' AND coalesce(ended_at, covered.last_event) > started_at
    WINDOW same AS (PARTITION BY incident_id ORDER BY started_at, ended_at, title)
),

names AS (  -- what a word of a scope can be
    SELECT list(DISTINCT name ORDER BY name) AS names
    FROM (
        SELECT unnest(regexp_split_to_array(lower(template), '[/ ]')) AS name
        FROM (SELECT DISTINCT template FROM requests WHERE template IS NOT NULL)
        UNION ALL
        SELECT unnest(regexp_split_to_array(lower(path), '[^a-z0-9_]+')) FROM log_files
    )
)

SELECT
    outages.* EXCLUDE (words),
    CASE WHEN list_has_any(outages.words, ['all', 'everything', 'global']) THEN []
        ELSE list_sort(list_distinct(list_intersect(outages.words, coalesce(names.names, [])))) END AS scope_words
FROM outages CROSS JOIN names
ORDER BY subject
