-- The parameters in force, one per row.
--
-- reads  settings
-- grain  one parameter

SELECT parameter, setting
FROM (UNPIVOT (SELECT COLUMNS(*)::DOUBLE FROM settings) ON COLUMNS(*) INTO NAME parameter VALUE setting)
ORDER BY parameter
