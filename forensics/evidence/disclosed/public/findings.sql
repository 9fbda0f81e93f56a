-- What was asked about coordinated groups and how sure the answer is, with the best innocent explanation. Statements
-- stay out: their exact numbers describe other customers and the service as well.
--
-- reads   findings, clusters
-- grain   one finding

SELECT finding_id, kind, cluster_id, likelihood, confidence, severity, alternative, assessed
FROM findings
WHERE cluster_id IN (SELECT cluster_id FROM clusters WHERE verdict = 'coordinated')
ORDER BY finding_id
