-- Findings about the clusters of an account.
--
-- reads   findings, cluster_members
-- params  $subject  what the dossier is about
-- grain   one row per finding

SELECT findings.finding_id, findings.kind, findings.subject, findings.severity, findings.statement
FROM findings
JOIN cluster_members ON cluster_members.cluster_id = findings.cluster_id
WHERE cluster_members.user_id = $subject AND findings.assessed
ORDER BY findings.kind, findings.subject, findings.finding_id
