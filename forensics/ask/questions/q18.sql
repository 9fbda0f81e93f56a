-- Which values are shared by many and link nobody: offices, campuses, carriers, farms.
--
-- reads   hubs
-- grain   one row per value

SELECT * FROM hubs ORDER BY accounts DESC, attribute, value LIMIT 200
