-- When the records end: a date for the file that does not come from the clock.
--
-- reads  requests
-- grain  one row

SELECT max(timestamp) AS as_of
FROM requests
