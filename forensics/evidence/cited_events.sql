-- Events that findings cite: the parsed form of the raw lines in a package.
--
-- reads   exhibits, events
-- grain   one event

SELECT *
FROM events
WHERE event_id IN (SELECT event_id FROM exhibits WHERE event_id IS NOT NULL)
ORDER BY event_id
