-- What the service went through, as declared.
--
-- reads  incidents
-- grain  one incident

SELECT incident_id, kind, title, scope, started_at, ended_at
FROM incidents
ORDER BY started_at NULLS LAST, incident_id
