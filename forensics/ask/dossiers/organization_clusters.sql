-- Clusters whose members declare an organization.
--
-- reads   clusters, account_features, accounts
-- params  $subject  what the dossier is about
-- grain   one row per cluster

SELECT cluster_id, verdict, campaign, size, organization_share, likelihood, confidence
FROM clusters
WHERE lower(organization_id) = lower($subject) OR organization_id IN (
    SELECT organization_id FROM accounts WHERE lower(organization_name) = lower($subject)
    UNION
    SELECT organization_id FROM account_features WHERE lower(organization_name) = lower($subject)
)
ORDER BY cluster_id
