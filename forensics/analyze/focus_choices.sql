-- How many different focuses of each kind could have been named in this case.
--
-- reads   account_features, incidents
-- grain   one row

SELECT
    (SELECT count(*) FROM (
        SELECT organization_id FROM account_features
        WHERE organization_id IS NOT NULL GROUP BY organization_id HAVING count(*) >= 2
    )) AS org,
    (SELECT count(DISTINCT incident_id) FROM incidents) AS incident,
    (SELECT count(DISTINCT events) FROM account_features) AS volume
ORDER BY org
