-- What is stated about these groups, with the best innocent explanation of each.
--
-- reads   findings, cluster_members, disclosed
-- grain   one finding

SELECT finding_id, kind, cluster_id, statement, likelihood, confidence, severity, alternative, assessed
FROM findings
WHERE cluster_id IN (SELECT cluster_id FROM cluster_members JOIN disclosed USING (user_id))
ORDER BY finding_id
