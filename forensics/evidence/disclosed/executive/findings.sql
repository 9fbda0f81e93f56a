-- Every statement with the best innocent explanation of each; a row that names an account is left out.
--
-- reads   findings
-- grain   one finding

SELECT finding_id, kind, cluster_id, statement, likelihood, confidence, severity, alternative, assessed
FROM findings
ORDER BY finding_id
