-- Which events are of accounts that asked to be left out, under whatever name they were logged.
--
-- reads   requests, withheld
-- grain   one event

SELECT event_id
FROM requests
JOIN withheld USING (user_id)
ORDER BY event_id
