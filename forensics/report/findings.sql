-- Findings in the order analyze wrote them, clusters in the order the report tells them.
--
-- reads  findings, clusters
-- grain  one finding

SELECT
    findings.finding_id,
    findings.kind,
    findings.cluster_id,
    findings.subject,
    findings.statement,
    findings.likelihood,
    findings.confidence,
    findings.severity,
    findings.alternative,
    findings.assessed,
    findings.detail
FROM findings
LEFT JOIN clusters USING (cluster_id)
ORDER BY
    findings.kind,
    CASE clusters.verdict WHEN 'coordinated' THEN 0 WHEN 'undecided' THEN 1 ELSE 2 END,
    clusters.events DESC NULLS LAST,
    findings.cluster_id NULLS FIRST,
    findings.subject NULLS FIRST,
    findings.finding_id
